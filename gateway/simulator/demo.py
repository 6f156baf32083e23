"""Reads the file that describes a demo: its accounts with the plain secrets of their simulated providers."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from backbone.channel import registry
from backbone.channel.port import Account
from backbone.errors import ConfigurationInvalid
from gateway.accounts import Served

DEFAULT = Path(".data/demo.json")


class _Account(BaseModel):
    model_config = ConfigDict(extra="ignore")

    account_id: str
    external_id: str
    webhook_url: str
    settings: dict[str, object]


class _File(BaseModel):
    model_config = ConfigDict(extra="ignore")

    base_url: str
    provider_url: str
    tenant_id: str
    accounts: dict[str, _Account]


@dataclass(frozen=True, slots=True)
class Demo:
    """`provider_url` is where the simulated providers listen, with `/sim` at its end."""

    base_url: str
    provider_url: str
    accounts: Mapping[str, Served] = field(repr=False)

    def account(self, channel: str) -> Served:
        """The demo's account on a channel; raises `ConfigurationInvalid` that names those there are."""
        if channel not in self.accounts:
            raise ConfigurationInvalid(
                f"the demo has no account on {channel!r}; there are: {', '.join(sorted(self.accounts))}"
            )
        return self.accounts[channel]

    def by_id(self, account_id: str) -> Served | None:
        return next((served for served in self.accounts.values() if served.account.id == account_id), None)


def load(path: Path) -> Demo:
    """Raises `ConfigurationInvalid` where the file is missing or no demo; its values are secrets and are never quoted."""
    try:
        found = _File.model_validate(json.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise ConfigurationInvalid(
            f"{path} can't be read ({error.strerror}): start the demo by `frontdesk up`"
        ) from None
    except (ValidationError, ValueError):
        raise ConfigurationInvalid(f"{path} describes no demo: start a new one by `frontdesk up`") from None
    return Demo(
        found.base_url,
        found.provider_url,
        {name: _served(name, account, found.tenant_id) for name, account in found.accounts.items()},
    )


def _served(name: str, given: _Account, tenant_id: str) -> Served:
    channel = registry.channel(name)
    try:
        settings = channel.codec.settings_type.model_validate(given.settings)
    except ValidationError:
        raise ConfigurationInvalid(f"the demo's settings of {name} are not those of this release") from None
    account = Account(given.account_id, tenant_id, name, given.external_id, settings, given.webhook_url)
    return Served(account, channel, "active", 1)
