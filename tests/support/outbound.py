"""A made-up channel, its accounts and a scripted provider, for tests of everything between the bus and a provider."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal, cast

import asyncpg

from backbone.channel.manifest import Capabilities, ChannelClass, Manifest
from backbone.channel.port import (
    Accepted,
    Account,
    AccountSettings,
    Codec,
    Context,
    Final,
    HttpCall,
    Outcome,
    Parsed,
    ProviderCall,
    ProviderReply,
    Request,
    SmtpCall,
    Throttled,
    Transient,
)
from backbone.channel.registry import Channel
from backbone.errors import InputInvalid
from backbone.ids import new_id
from backbone.storage.database import Database
from gateway.accounts import Served
from gateway.outbound import store
from gateway.outbound.store import NewDelivery
from schemas.content import Content
from schemas.inbound import DeliveryReported, InboundRecord
from schemas.outbound import OutboundMessage

Kind = Literal["key", "lookup", "none"]
CHANNEL = "paper"
PROVIDER = "http://provider.test"


class PaperSettings(AccountSettings):
    base: str = PROVIDER


class PaperCodec:
    """One call for each line of the text; the key of a call is the message's with the part behind it."""

    settings_type = PaperSettings

    def verify(self, request: Request, context: Context) -> None: ...

    def parse(self, request: Request, context: Context) -> Parsed:
        return Parsed()

    def render(self, message: OutboundMessage, account: Account) -> Sequence[ProviderCall]:
        text = message.content.text or ""
        if text == "refuse":
            raise InputInvalid("the channel can't carry this")
        return [
            HttpCall(
                "POST",
                f"{account.settings.base}/send",
                (),
                json.dumps({"key": key_of(message, part), "text": line}).encode(),
            )
            for part, line in enumerate(text.splitlines())
        ]

    def interpret(self, call: ProviderCall, reply: ProviderReply) -> Outcome:
        answer = json.loads(reply.body or b"{}")
        if reply.status == 200:
            return Accepted(answer.get("id"))
        if reply.status == 429:
            return Throttled("slow_down", scope=answer.get("scope", "account"))
        return Final("no_such_user") if reply.status < 500 else Transient("busy")

    def media_call(self, ref: str, account: Account) -> HttpCall | None:
        return None

    def lookup_call(self, message: OutboundMessage, part: int, account: Account) -> HttpCall:
        return HttpCall("GET", f"{account.settings.base}/sent/{key_of(message, part)}")

    def lookup_found(self, message: OutboundMessage, part: int, reply: ProviderReply) -> Accepted | None:
        found = json.loads(reply.body).get("id")
        return Accepted(found) if found else None


def key_of(message: OutboundMessage, part: int) -> str:
    return f"{message.idempotency_key}-{part}"


def served(
    account_id: str = "acc_1",
    *,
    tenant: str = "ten_1",
    kind: Kind = "key",
    rate: float = 1000.0,
    burst: int = 1000,
    base: str = PROVIDER,
    state: str = "active",
) -> Served:
    """An account of the made-up channel."""
    manifest = Manifest(
        name=CHANNEL,
        title="Paper",
        ingress="webhook",
        idempotency=kind,
        rate_per_second=rate,
        burst=burst,
        capabilities=Capabilities(channel_class=ChannelClass.MESSAGING, text_max=1000),
    )
    account = Account(account_id, tenant, CHANNEL, "paper-1", PaperSettings(base=base), "https://desk.example.test/w")
    return Served(account, Channel(manifest, cast("Codec", PaperCodec()), Path()), state, 1)


class Book:
    """Accounts by id."""

    def __init__(self, *known: Served) -> None:
        self.known = {item.account.id: item for item in known}

    def by_id(self, account_id: str) -> Served | None:
        return self.known.get(account_id)


def message(
    text: str = "hello", *, conversation: str = "cnv_1", account: str = "acc_1", tenant: str = "ten_1", **fields: Any
) -> OutboundMessage:
    values = {
        "tenant_id": tenant,
        "account_id": account,
        "channel": CHANNEL,
        "conversation_id": conversation,
        "message_id": new_id("msg"),
        "thread_key": conversation,
        "recipient": "someone",
        "content": Content(text=text),
        "created_at": datetime.now(UTC),
        **fields,
    }
    return OutboundMessage.model_validate(values)


Answer = ProviderReply | Exception
Script = Callable[[HttpCall], Answer | Awaitable[Answer]]


def said(call: HttpCall) -> str:
    """The text that a call of the made-up channel carries."""
    return str(json.loads(call.body)["text"]) if call.body else call.url.rpartition("/")[2]


def yes(call: HttpCall) -> ProviderReply:
    """The provider's usual answer: an id made of the key."""
    key = json.loads(call.body)["key"] if call.body else ""
    return ProviderReply(200, (), json.dumps({"id": f"p-{key}"}).encode())


@dataclass
class ScriptedCaller:
    """Answers calls by a script; remembers them in order, and how many were open at once for each account."""

    script: Script = yes
    calls: list[tuple[str, HttpCall]] = field(default_factory=list)
    open: int = 0
    most_open: int = 0

    async def call(self, call: HttpCall | SmtpCall, account: Account) -> ProviderReply:
        assert isinstance(call, HttpCall)
        self.calls.append((account.id, call))
        self.open += 1
        self.most_open = max(self.most_open, self.open)
        try:
            answer = self.script(call)
            if isinstance(answer, Awaitable):
                answer = await answer
            else:
                await asyncio.sleep(0)
            if isinstance(answer, Exception):
                raise answer
            return answer
        finally:
            self.open -= 1

    def texts(self, account_id: str | None = None) -> list[str]:
        return [said(call) for owner, call in self.calls if account_id in {None, owner}]


async def queue(database: Database, *messages: OutboundMessage) -> None:
    """Stores deliveries as the intake would."""
    new = [NewDelivery(item, max(1, len((item.content.text or "").splitlines()))) for item in messages]
    async with database.transaction(sorted({item.tenant_id for item in messages})) as connection:
        await store.insert(connection, new)


async def deliveries(url: str) -> list[dict[str, Any]]:
    """All rows as the owner sees them, in order."""
    connection = await asyncpg.connect(url)
    try:
        return [dict(row) for row in await connection.fetch("SELECT * FROM deliveries ORDER BY position")]
    finally:
        await connection.close()


async def reports(url: str) -> list[DeliveryReported]:
    """What was reported through the outbox, in order."""
    connection = await asyncpg.connect(url)
    try:
        found = await connection.fetch("SELECT value FROM outbox ORDER BY position")
    finally:
        await connection.close()
    events = [InboundRecord.model_validate_json(row["value"]).event for row in found]
    return [event for event in events if isinstance(event, DeliveryReported)]


SOON = timedelta(milliseconds=20)
