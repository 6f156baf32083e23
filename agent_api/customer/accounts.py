"""Channel accounts that customers reach by themselves: looked up by id before any tenant is known, remembered briefly."""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from pydantic import SecretStr, TypeAdapter, ValidationError

from backbone.channel.registry import manifests
from backbone.channel.visitor import LIFETIME
from backbone.clock import Clock
from backbone.errors import Conflict, NotFound
from backbone.storage.account_config import open_config
from backbone.storage.crypto import MasterKey
from backbone.storage.database import Database
from schemas.widget import WidgetLook

_FRESH = timedelta(seconds=5)
_MOST = 1000
_PLAIN = WidgetLook()
_SPAN: TypeAdapter[timedelta] = TypeAdapter(timedelta)


@dataclass(frozen=True, slots=True)
class CustomerAccount:
    """An account whose customers come to us directly. `secrets` sign their tokens, newest first; `identity_secrets` are
    those the company signs with who they are; `origins` are pages that may show the chat besides the installation's own.
    """

    id: str
    tenant_id: str
    channel: str
    secrets: tuple[SecretStr, ...] = field(repr=False)
    token_lifetime: timedelta
    identity_secrets: tuple[SecretStr, ...] = field(default=(), repr=False)
    origins: frozenset[str] = frozenset()
    look: WidgetLook = _PLAIN
    rings: frozenset[str] = frozenset()
    """The push services by which its apps are woken."""

    @property
    def channel_class(self) -> str:
        return manifests()[self.channel].capabilities.channel_class.value


class CustomerAccounts:
    """Knows an account for 5 s: one that is paused or gets new secrets is noticed within that time."""

    def __init__(self, database: Database, master: MasterKey, clock: Clock) -> None:
        self._database = database
        self._master = master
        self._clock = clock
        self._known: OrderedDict[str, tuple[float, CustomerAccount]] = OrderedDict()

    async def get(self, account_id: str) -> CustomerAccount:
        """Raises `NotFound` for accounts that don't exist or whose channel has no visitors, `Conflict` for paused ones."""
        now = self._clock.monotonic()
        at, account = self._known.get(account_id, (float("-inf"), None))
        if account is None or now - at >= _FRESH.total_seconds():
            account = await self._read(account_id)
            self._known[account_id] = (now, account)
            while len(self._known) > _MOST:
                self._known.popitem(last=False)
        return account

    async def _read(self, account_id: str) -> CustomerAccount:
        async with self._database.transaction(read_only=True) as connection:
            row: Any = await connection.fetchrow("SELECT * FROM account_by_id($1)", account_id)
        self._known.pop(account_id, None)
        if row is None:
            raise NotFound("There is no such chat.")
        config = open_config(self._master, account_id, row["config"])
        secrets = _secrets(config, "visitor_secrets")
        if not secrets:
            raise NotFound("There is no such chat.")
        if row["state"] == "paused":
            raise Conflict("This chat is paused.")
        return CustomerAccount(
            id=row["id"],
            tenant_id=row["tenant_id"],
            channel=row["channel"],
            secrets=secrets,
            token_lifetime=_lifetime(config.get("token_lifetime")),
            identity_secrets=_secrets(config, "identity_secrets"),
            origins=frozenset(origin for origin in _list(config, "origins") if isinstance(origin, str)),
            look=_look(config.get("widget")),
            rings=_rings(config.get("push")),
        )


def _rings(push: Any) -> frozenset[str]:
    return frozenset(name for name in ("fcm", "apns") if isinstance(push, dict) and push.get(name))


def _list(config: Mapping[str, Any], name: str) -> list[Any]:
    given = config.get(name)
    return list(given) if isinstance(given, list) else []


def _secrets(config: Mapping[str, Any], name: str) -> tuple[SecretStr, ...]:
    return tuple(SecretStr(str(secret)) for secret in _list(config, name))


def _lifetime(given: object) -> timedelta:
    """As the channel's settings store it (ISO 8601 or seconds); what can't be read is the default."""
    try:
        return LIFETIME if given is None else _SPAN.validate_python(given)
    except ValidationError:
        return LIFETIME


def _look(given: object) -> WidgetLook:
    try:
        return _PLAIN if given is None else WidgetLook.model_validate(given)
    except ValidationError:
        return _PLAIN
