"""The gateway's dead letters: verified requests that could not be understood, kept sealed until a fix or a human decides."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from backbone.channel.json import clean
from backbone.channel.port import Account, Request
from backbone.clock import Clock
from backbone.errors import Overloaded, PayloadInvalid, Retriable, Unavailable
from backbone.ids import new_id
from backbone.storage.crypto import DayKeys
from backbone.storage.database import Database
from backbone.storage.dead_letters import DeadLetters as Rows
from backbone.storage.dead_letters import Letter
from backbone.telemetry.logs import get_logger
from backbone.telemetry.metrics import Metric, Metrics
from gateway.inbound.digest import Digest, mark
from gateway.spool import Spool

log = get_logger(__name__)

MARKS_MAX = 2000
_SECRET = re.compile(r"authorization|cookie|signature|secret|token|password|credential|api-?key")
_HARMLESS = re.compile(r"(timestamp|-id|-retry-num|-retry-reason)$")


class _Envelope(msgspec.Struct, frozen=True, array_like=True):
    """A request as a letter keeps it. New fields go to the end, with a default."""

    method: str
    query: str
    headers: tuple[tuple[str, str], ...]
    body: bytes


class _SpooledLetter(msgspec.Struct, frozen=True, array_like=True):
    at: datetime
    letter_id: str
    letter: Letter


_envelope = msgspec.msgpack.Decoder(_Envelope)
_spooled = msgspec.msgpack.Decoder(_SpooledLetter)


@dataclass(frozen=True, slots=True)
class Kept:
    """What a letter of the gateway needs to be parsed again; `marks` name the events that were taken at the time."""

    request: Request
    marks: frozenset[str]


def letter_of(account: Account, request: Request, found: Digest) -> Letter:
    """The letter for one request: the whole of it, so that a better codec can parse it again."""
    marks = [mark(owner, event) for owner, event in found.events][:MARKS_MAX]
    return Letter(
        tenant_id=account.tenant_id,
        account_id=account.id,
        channel=account.channel,
        source="gateway",
        reason=clean(found.reason()) or "rejected",
        raw=seal_envelope(request),
        request={
            "method": request.method,
            "bytes": len(request.body),
            "causes": sorted({fault.cause for fault in found.faults}),
            "taken": marks,
        },
    )


def seal_envelope(request: Request) -> bytes:
    """A request as bytes for a letter, without what proves who sent it: it was verified, and must not work twice."""
    headers = tuple((name, _harmless(name, value)) for name, value in request.headers if _keep(name))
    return msgspec.msgpack.encode(_Envelope(request.method, request.query, headers, request.body))


def open_envelope(raw: bytes, account: Account) -> Request:
    """The request again, with the URL the account has now. Raises `PayloadInvalid`."""
    held = _decode(raw)
    url = account.webhook_url + (f"?{held.query}" if held.query else "")
    return Request(held.method, url, held.query, held.headers, held.body)


def readable(raw: bytes) -> bytes:
    """A kept request for an operator's eyes: first line, headers, an empty line, the body as it is. Raises `PayloadInvalid`."""
    held = _decode(raw)
    head = [f"{held.method} ?{held.query}", *(f"{name}: {value}" for name, value in held.headers)]
    return "\n".join(head).encode("utf-8", "replace") + b"\n\n" + held.body


def _decode(raw: bytes) -> _Envelope:
    try:
        return _envelope.decode(raw)
    except msgspec.MsgspecError as error:
        raise PayloadInvalid("the letter does not hold a request") from error


def _keep(name: str) -> bool:
    low = name.lower()
    return low == "authorization" or not _SECRET.search(low) or bool(_HARMLESS.search(low))


def _harmless(name: str, value: str) -> str:
    """Of a bearer token only the claims are kept (`<claims>.<zeros>`), since some codecs read who wrote from them."""
    if name.lower() != "authorization":
        return value
    scheme, _, credentials = value.partition(" ")
    claims, dot, proof = credentials.rpartition(".")
    return f"{scheme} {claims}.{'0' * len(proof)}" if scheme.lower() == "bearer" and dot else ""


class DeadLetters:
    """Writes letters of requests. With the database away they go to a spool of their own, else the caller must refuse."""

    def __init__(
        self, database: Database, keys: DayKeys, clock: Clock, *, metrics: Metrics, spool: Spool | None = None
    ) -> None:
        self._database = database
        self._rows = Rows(database, keys)
        self._clock = clock
        self._metrics = metrics
        self._spool = spool

    async def keep(self, letter: Letter) -> None:
        """Returns once it survives a crash. Raises `Unavailable`."""
        now, letter_id = self._clock.now(), new_id("dlq")
        try:
            if self._spool is None or not await self._spool.must_take():
                await self._store(letter_id, letter, now)
                return
        except Retriable as error:
            if self._spool is None:
                raise
            log.warning("database away: spooling a dead letter", code=error.code)
        try:
            await self._spool.append([msgspec.msgpack.encode(_SpooledLetter(now, letter_id, letter))])
        except Overloaded as error:
            raise Unavailable("dead letters can't be kept") from error

    async def take_spooled(self, records: Sequence[bytes]) -> int:
        """The spool's sink: stores letters it held; returns how many can't be. Raises `Retriable`."""
        unreadable = 0
        for record in records:
            try:
                held: Any = _spooled.decode(record)
                await self._store(held.letter_id, held.letter, held.at)
            except Retriable:
                raise
            except Exception as error:
                # One letter that can't be stored must not keep the others from it.
                log.error("spooled dead letter can't be stored", exc_info=error)
                unreadable += 1
        return unreadable

    async def _store(self, letter_id: str, letter: Letter, now: datetime) -> None:
        async with self._database.transaction([letter.tenant_id]) as connection:
            await self._rows.keep(connection, letter, now, letter_id=letter_id)
        for cause in (letter.request or {}).get("causes", ()):
            self._metrics.inc(Metric.GATEWAY_DEAD_LETTERED, letter.channel, cause)
