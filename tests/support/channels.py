"""Loads the channels' fixtures and builds the requests, accounts and messages that the contract suite works on."""

import base64
import json
import os
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from pydantic import BaseModel, SecretBytes, SecretStr

from backbone.channel import registry
from backbone.channel.port import Account, Context, Parsed, Request, SimulatedMessage
from backbone.channel.registry import Channel
from backbone.channel.sources import KeySimulator, Token, TokenSource
from schemas.outbound import OutboundMessage

REPOSITORY = Path(__file__).resolve().parents[2]
PAYLOADS = REPOSITORY.parent / "shared" / "payloads"
PROVIDER = "https://provider.example.test"
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
SEED = "contract"
RECORDED: Mapping[str, tuple[str, ...]] = {
    "facebook_comments": ("facebook_feed",),
    "instagram_comments": ("instagram",),
    "rcs": ("rcs_google",),
    "wechat": ("wechat", "wecom"),
    "x_posts": ("x",),
}
"""Folders of recorded payloads that have another name than the channel which reads them."""


def names() -> list[str]:
    """The channels under test: all folders with a manifest, or only the one that the environment's CHANNEL names."""
    only = os.environ.get("CHANNEL")
    found = sorted(path.parent.name for path in registry.services_folder().glob("*/manifest.toml"))
    return [name for name in found if only is None or name == only]


@cache
def load(name: str) -> Channel:
    return registry.channel(name)


@dataclass(frozen=True)
class Fixture:
    """One file of `fixtures/inbound` or `fixtures/outbound`; read on first use, so that a broken one fails alone."""

    channel: str
    path: Path

    @property
    def id(self) -> str:
        return f"{self.channel}/{self.path.parent.name}/{self.path.stem}"

    @property
    def data(self) -> dict[str, Any]:
        return _read(self.path)


@cache
def _read(path: Path) -> dict[str, Any]:
    data = json.loads(path.read_text(encoding="utf-8"))
    assert isinstance(data, dict), f"{path} holds no object"
    return data


def fixtures(direction: str, name: str | None = None) -> list[Fixture]:
    """All fixtures of one direction, of one channel or of all under test."""
    chosen = names() if name is None else [name]
    folder = registry.services_folder()
    return [
        Fixture(channel, path)
        for channel in chosen
        for path in sorted((folder / channel / "fixtures" / direction).glob("*.json"))
    ]


def exemptions(name: str) -> dict[str, str]:
    """Declared capabilities that have no fixture, each with its reason, from `fixtures/**/exempt.toml`."""
    found: dict[str, str] = {}
    for path in sorted((registry.services_folder() / name / "fixtures").glob("**/exempt.toml")):
        found.update(_leaves(tomllib.loads(path.read_text(encoding="utf-8"))))
    return found


def _leaves(table: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from _leaves(value)
        else:
            yield key, str(value)


def account(
    name: str, settings: Mapping[str, Any] | None = None, external_id: str = "1000000001", seed: str = SEED
) -> Account:
    """An account of the channel with the simulator's demo settings and some of them replaced."""
    channel = load(name)
    values = {**channel.simulator.demo_settings(PROVIDER, seed), **(settings or {})}
    return Account(
        id="acc_1",
        tenant_id="ten_1",
        channel=name,
        external_id=external_id,
        settings=channel.codec.settings_type.model_validate(values),
        webhook_url=f"https://desk.example.test/webhooks/{name}/acc_1",
    )


def fixture_account(fixture: Fixture, seed: str = SEED) -> Account:
    """The account a fixture belongs to; with another seed one that differs in every secret."""
    data = fixture.data
    overrides = dict(data.get("settings", {}))
    mine = account(fixture.channel, overrides, data.get("external_id", "1000000001"))
    if seed == SEED:
        return mine
    shared = {key: value for key, value in overrides.items() if emptied(getattr(mine.settings, key)) is None}
    return account(fixture.channel, shared, mine.external_id, seed)


def emptied(value: Any) -> Any:
    """A setting with its secrets made empty; None where it holds no secret."""
    if isinstance(value, SecretStr):
        return SecretStr("")
    if isinstance(value, tuple) and value and isinstance(value[0], SecretStr):
        return (SecretStr(""),)
    return None


def body_of(request: Mapping[str, Any]) -> bytes:
    """The exact bytes of a fixture's request. `json` is written as most providers do: compact, ASCII only."""
    if "base64" in request:
        return base64.b64decode(request["base64"], validate=True)
    if "text" in request:
        return str(request["text"]).encode("utf-8", "surrogatepass")
    if "form" in request:
        return urlencode([(key, value) for key, value in request["form"]]).encode()
    if "json" in request:
        return json.dumps(request["json"], separators=(",", ":")).encode()
    return b""


def unsigned(fixture: Fixture, on: Account) -> Request:
    given = fixture.data["request"]
    query = given.get("query", "")
    return Request(
        method=given.get("method", "POST"),
        url=on.webhook_url + (f"?{query}" if query else ""),
        query=query,
        headers=tuple((key.lower(), value) for key, value in given.get("headers", {}).items()),
        body=body_of(given),
    )


def unsigned_poll(on: Account, body: bytes) -> Request:
    """What a session or a poll fetched, as the gateway hands it to the codec."""
    return Request("POLL", on.webhook_url, "", (), body)


def instant_of(fixture: Fixture, key: str = "now") -> datetime:
    return datetime.fromisoformat(fixture.data.get(key, fixture.data.get("now", NOW.isoformat())))


def request_of(fixture: Fixture, on: Account) -> Request:
    """The request of a fixture, signed by the simulator where the fixture asks for it."""
    request = unsigned(fixture, on)
    if not fixture.data.get("signed", False):
        return request
    return load(fixture.channel).simulator.sign(request, on, instant_of(fixture, "signed_at"))


def context_of(fixture: Fixture, on: Account) -> Context:
    return context(on, fixture.channel, instant_of(fixture))


def context(on: Account, name: str, now: datetime = NOW) -> Context:
    """What the gateway would hand in, with the keys that the simulator publishes."""
    simulator = load(name).simulator
    keys = simulator.keys(on, now) if isinstance(simulator, KeySimulator) else {}
    return Context(account=on, now=now, keys=keys)


def simulated(text: str, sender: str = "5550001") -> SimulatedMessage:
    return SimulatedMessage(sender=sender, text=text, message_id=f"sim-{text}", name="Ana")


def receive(channel: Channel, request: Request, context: Context) -> Parsed:
    """What the gateway does with a request: verify, then parse."""
    channel.codec.verify(request, context)
    return channel.codec.parse(request, context)


def dump(event: Any) -> dict[str, Any]:
    return {**event.model_dump(mode="json", exclude_defaults=True), "kind": event.kind}


def signed_fixtures(name: str) -> list[Fixture]:
    """Inbound fixtures that carry a signature and are accepted."""
    return [
        fixture
        for fixture in fixtures("inbound", name)
        if fixture.data.get("signed") and "error" not in fixture.data["expect"]
    ]


def signature_headers(fixture: Fixture, on: Account) -> list[str]:
    """The names of the headers that the provider's signing adds or changes."""
    before = set(unsigned(fixture, on).headers)
    return sorted({key for key, value in request_of(fixture, on).headers if (key, value) not in before})


def message_of(fixture: Fixture, on: Account) -> OutboundMessage:
    return outbound_message(on, **fixture.data["message"])


def outbound_message(on: Account, **fields: Any) -> OutboundMessage:
    """A message to send: the fields given, and plain values for the rest."""
    values = {
        "tenant_id": on.tenant_id,
        "account_id": on.id,
        "channel": on.channel,
        "conversation_id": "cnv_1",
        "message_id": "msg_1",
        "thread_key": "5550001",
        "recipient": "5550001",
        "created_at": NOW,
        **fields,
    }
    return OutboundMessage.model_validate(values)


def addressed(name: str) -> dict[str, Any]:
    """Recipient and thread as the channel's first outbound fixture has them."""
    data = fixtures("outbound", name)[0].data["message"]
    return {key: data[key] for key in ("recipient", "recipient_name", "thread_key", "subject") if key in data}


def with_token(on: Account) -> Account:
    """The account with the access token that its simulated provider gives, where its channel needs one."""
    channel = load(on.channel)
    call = channel.codec.token_call(on, NOW) if isinstance(channel.codec, TokenSource) else None
    if call is None or not isinstance(channel.codec, TokenSource):
        return on
    found = channel.codec.token_found(channel.simulator.answer(call, "none", 1)[0], on)
    assert isinstance(found, Token)
    return replace(on, token=found.value)


def secrets_of(settings: BaseModel) -> set[str]:
    """Every secret value that the settings hold, at any depth."""
    return {value for value in _secrets(dict(settings)) if value}


def _secrets(value: Any) -> Iterator[str]:
    if isinstance(value, SecretStr):
        yield value.get_secret_value()
    elif isinstance(value, SecretBytes):
        yield value.get_secret_value().decode("latin-1")
    elif isinstance(value, BaseModel):
        yield from _secrets(dict(value))
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _secrets(item)
    elif isinstance(value, (list, tuple, set, frozenset)):
        for item in value:
            yield from _secrets(item)


def payload_files(name: str) -> list[Path]:
    """Recorded provider payloads that stand beside a checkout; empty where they are not there."""
    folders = [PAYLOADS / folder for folder in RECORDED.get(name, (name,))]
    return sorted(path for folder in folders if folder.is_dir() for path in folder.iterdir() if path.is_file())


def recorded_request(path: Path, like: Request) -> Request:
    """A recorded payload as the request it was: a file of one line with path and query was a GET, others are bodies."""
    body = path.read_bytes()
    if not (body.startswith(b"/") and b"?" in body.split(b"\n", 1)[0]):
        return replace(like, body=body)
    query = body.partition(b"?")[2].strip().decode("latin-1")
    return replace(like, method="GET", url=f"{like.url.partition('?')[0]}?{query}", query=query, body=b"")


def needs_payloads(name: str) -> list[Path]:
    files = payload_files(name)
    if not files:
        pytest.skip(f"no recorded payloads of {name} beside this checkout (../shared/payloads/)")
    return files
