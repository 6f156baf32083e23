"""A gateway's door without servers: one test channel, accounts in memory, a fake bus, and a caller that speaks ASGI."""

import asyncio
import hmac
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

from pydantic import SecretStr
from starlette.types import Message, Receive, Scope, Send

from backbone.channel.json import array, loads, obj, text
from backbone.channel.manifest import Capabilities, ChannelClass, Manifest
from backbone.channel.port import Account, AccountSettings, Codec, Context, Parsed, Rejected, Request, Response
from backbone.channel.registry import Channel
from backbone.clock import Clock, SystemClock
from backbone.errors import PayloadInvalid, SignatureInvalid, SignatureMissing, Unavailable
from backbone.storage.dead_letters import Letter
from backbone.telemetry.metrics import Metrics
from gateway.accounts import AccountDirectory, Served
from gateway.deadletters import DeadLetters
from gateway.inbound.app import IngressApp
from gateway.inbound.body import READ_WITHIN
from gateway.inbound.deadlines import Deadlines
from gateway.inbound.dialogue import DialogueProjection
from gateway.inbound.intake import Intake, Nudge
from gateway.inbound.isolation import Isolation
from gateway.inbound.keys import KeyCache
from gateway.inbound.publisher import Publisher
from gateway.inbound.quotas import QuotaLimits, Quotas
from gateway.spool import Spool
from schemas.content import Content, Media, MediaKind
from schemas.inbound import AnyInboundEvent, EventIgnored, InboundRecord, MessageReceived, Sender
from schemas.topics import INBOUND
from tests.support.fakes import FakeBus, MemoryBlobs

SIGNATURE = "x-test-signature"
SECRET = "a secret of the test channel"


class PlainSettings(AccountSettings):
    secret: SecretStr


class PlainCodec:
    """A channel for tests: a JSON array of `{"id", "from", "text", "to"?, "parts"?}`, signed by HMAC over the body.

    `{"ignored": …}` is of no use to anybody, `{"crash": …}` is a defect of the codec, anything else is rejected. An element
    with a `kind` is for the channel of that name only; `{"poll": …}` says only that there is something new.
    """

    settings_type: type[AccountSettings] = PlainSettings

    def verify(self, request: Request, context: Context) -> None:
        given = request.header(SIGNATURE)
        if given is None:
            raise SignatureMissing
        if not hmac.compare_digest(given, sign(request.body, context.account.settings.secret.get_secret_value())):
            raise SignatureInvalid

    def parse(self, request: Request, context: Context) -> Parsed:
        events: list[AnyInboundEvent] = []
        rejected: list[Rejected] = []
        poll_now = False
        for element in array(loads(request.body)):
            try:
                events.append(self._event(obj(element), context))
                poll_now = poll_now or "poll" in element
            except PayloadInvalid as error:
                rejected.append(Rejected(error.detail, json.dumps(element).encode()))
        body = b"agents are here" if context.dialogue.agents_online else b"taken"
        return Parsed(tuple(events), tuple(rejected), Response(202, body, headers=(("X-Answer", "yes"),)), poll_now)

    def _event(self, element: dict[str, Any], context: Context) -> AnyInboundEvent:
        channel = context.account.channel
        if element.get("crash") in {True, channel}:
            raise ZeroDivisionError("a defect")
        if "ignored" in element or "poll" in element or element.get("kind", channel) != channel:
            return EventIgnored(thread_key="", dedup_key="none", reason="of no use")
        sender = text(element.get("from"), "from")
        media = tuple(Media(kind=MediaKind.FILE, provider_ref=f"part:{index}") for index in element.get("parts", ()))
        return MessageReceived(
            thread_key=sender,
            dedup_key=text(element.get("id"), "id"),
            account_ref=element.get("to"),
            sender=Sender(address=sender),
            content=Content(text=text(element.get("text"), "text"), media=media),
        )

    def extract_media(self, body: bytes, refs: Sequence[str]) -> Mapping[str, tuple[str, str | None, bytes]]:
        indexes = {ref: int(ref.partition(":")[2]) for ref in refs}
        return {
            ref: ("text/plain", f"part-{index}.txt", b"%d" % index * 1000)
            for ref, index in indexes.items()
            if index <= 9
        }


def sign(body: bytes, secret: str = SECRET) -> str:
    return hmac.digest(secret.encode(), body, "sha256").hex()


def plain_channel(**manifest: Any) -> Channel:
    values = {
        "name": "plain",
        "title": "Plain",
        "ingress": "webhook",
        "signed": ("body",),
        "capabilities": Capabilities(channel_class=ChannelClass.MESSAGING, text_max=1000),
        **manifest,
    }
    return Channel(Manifest.model_validate(values), cast("Codec", PlainCodec()), Path())


def served(
    account_id: str = "acc_1",
    tenant_id: str = "ten_1",
    external_id: str = "1000",
    state: str = "active",
    trouble: str = "",
    channel: Channel | None = None,
) -> Served:
    channel = channel or plain_channel()
    account = Account(
        id=account_id,
        tenant_id=tenant_id,
        channel=channel.manifest.name,
        external_id=external_id,
        settings=PlainSettings(secret=SecretStr(SECRET)),
        webhook_url=f"https://desk.example.test/webhooks/{channel.manifest.name}/{account_id}",
    )
    return Served(account, channel, state, 1, trouble)


class FixedDirectory:
    """The part of `AccountDirectory` that the door uses."""

    def __init__(self, accounts: Sequence[Served]) -> None:
        self._accounts = accounts

    def by_id(self, account_id: str) -> Served | None:
        return next((one for one in self._accounts if one.account.id == account_id), None)

    def by_address(self, tenant_id: str, channel: str, external_id: str) -> Served | None:
        wanted = (tenant_id, channel, external_id)
        return next(
            (
                one
                for one in self._accounts
                if (one.account.tenant_id, one.account.channel, one.account.external_id) == wanted
            ),
            None,
        )

    def of_channel(self, tenant_id: str, channel: str) -> Served | None:
        wanted = (tenant_id, channel)
        return next((one for one in self._accounts if (one.account.tenant_id, one.account.channel) == wanted), None)


@dataclass
class LetterBox:
    """Keeps letters in memory; `away` makes it refuse."""

    letters: list[Letter] = field(default_factory=list)
    away: bool = False

    async def keep(self, letter: Letter) -> None:
        if self.away:
            raise Unavailable("the fake letter box is away")
        self.letters.append(letter)


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def problem(self) -> dict[str, Any]:
        return cast("dict[str, Any]", json.loads(self.body))


@dataclass
class Door:
    """Everything behind the door, to look at and to break."""

    app: IngressApp
    bus: FakeBus
    blobs: MemoryBlobs
    box: LetterBox
    quotas: Quotas
    deadlines: Deadlines
    publisher: Publisher
    metrics: Metrics
    spool: Spool | None

    async def post(
        self, body: bytes, *, account: str = "acc_1", signature: str | None = None, **options: Any
    ) -> Answer:
        headers = options.pop("headers", [])
        given = sign(body) if signature is None else signature
        return await call(
            self.app, f"/webhooks/plain/{account}", body, headers=[(SIGNATURE, given), *headers], **options
        )

    @contextmanager
    def keeping_time(self) -> Iterator[None]:
        """Deadlines count meanwhile, as they do in a running gateway."""
        task = asyncio.create_task(self.deadlines.run())
        yield
        task.cancel()

    def records(self) -> list[InboundRecord]:
        return [InboundRecord.model_validate_json(record.value) for record in self.bus.records(INBOUND)]


def open_door(
    *accounts: Served,
    clock: Clock | None = None,
    limits: QuotaLimits | None = None,
    spool: Spool | None = None,
    dialogue: DialogueProjection | None = None,
    keys: KeyCache | None = None,
    nudge: Nudge | None = None,
    read_within: timedelta = READ_WITHIN,
    isolation: Isolation | None = None,
) -> Door:
    clock, metrics, bus = clock or SystemClock(), Metrics(), FakeBus()
    blobs, box = MemoryBlobs(), LetterBox()
    directory = cast("AccountDirectory", FixedDirectory(accounts or [served()]))
    quotas, deadlines = Quotas(clock, limits), Deadlines(clock, timedelta(milliseconds=10))
    publisher = Publisher(bus, blobs, clock, deadlines, spool=spool)
    intake = Intake(
        directory,
        publisher,
        cast("DeadLetters", box),
        blobs,
        clock,
        metrics,
        dialogue=dialogue,
        keys=keys,
        nudge=nudge,
        isolation=isolation,
    )
    app = IngressApp(directory, intake, quotas, deadlines, clock, metrics, fallback=fallback, read_within=read_within)
    return Door(app, bus, blobs, box, quotas, deadlines, publisher, metrics, spool)


async def fallback(scope: Scope, receive: Receive, send: Send) -> None:
    """The application behind the door."""
    await send({"type": "http.response.start", "status": 299, "headers": []})
    await send({"type": "http.response.body", "body": b"behind the door"})


async def call(
    app: Any,
    path: str,
    body: bytes = b"",
    *,
    method: str = "POST",
    query: str = "",
    headers: Sequence[tuple[str, str]] = (),
    chunks: Sequence[bytes] | None = None,
    gap: timedelta = timedelta(0),
    disconnect: bool = False,
    declared: int | None = None,
) -> Answer:
    """One request as a server would hand it over. `chunks` come `gap` apart; `disconnect` ends it in the middle."""
    parts = list(chunks if chunks is not None else [body])
    length = declared if declared is not None else sum(len(part) for part in parts)
    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": query.encode(),
        "headers": [
            (b"content-length", str(length).encode()),
            *((name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers),
        ],
    }
    sent: list[Message] = []

    async def receive() -> Message:
        if not parts:
            if disconnect:
                return {"type": "http.disconnect"}
            await asyncio.Event().wait()
        if gap:
            await asyncio.sleep(gap.total_seconds())
        part = parts.pop(0)
        return {"type": "http.request", "body": part, "more_body": bool(parts) or disconnect}

    async def send(message: Message) -> None:
        sent.append(message)

    await app(scope, receive, send)
    return _answer(sent)


def _answer(sent: Sequence[Message]) -> Answer:
    if not sent:
        return Answer(0, {}, b"")
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in sent[0]["headers"]}
    return Answer(sent[0]["status"], headers, b"".join(message.get("body", b"") for message in sent[1:]))


def message(number: int | str = 1, sender: str = "5550001", said: str = "hello", **more: Any) -> dict[str, Any]:
    return {"id": f"m-{number}", "from": sender, "text": said, **more}


def batch(*elements: Any) -> bytes:
    return json.dumps(list(elements)).encode()
