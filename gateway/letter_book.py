"""Reads, replays and closes dead letters for operators: over all tenants, each in its own transaction's sight."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from pydantic import ValidationError

from backbone.bus.port import Bus, Headers, Message
from backbone.channel.port import Context
from backbone.clock import Clock
from backbone.errors import ConfigurationInvalid, Conflict, NotFound, Poisoned, Unavailable
from backbone.storage.crypto import DayKeys
from backbone.storage.database import Connection, Database
from backbone.storage.dead_letters import UNKNOWN, DeadLetters
from gateway.accounts import AccountDirectory
from gateway.deadletters import open_envelope
from gateway.inbound.digest import digest, without
from gateway.inbound.intake import Intake
from schemas.inbound import InboundRecord

State = Literal["open", "replayed", "dropped"]
TENANTS_A_QUERY = 500
PUBLISH_WITHIN = timedelta(seconds=10)

_COLUMNS = (
    "id, tenant_id, account_id, channel, source, reason, request, topic, partition, record_offset, state, created_at,"
    " resolved_at"
)


@dataclass(frozen=True, slots=True)
class Entry:
    """A stored letter without its bytes. `facts` hold no content."""

    id: str
    tenant_id: str
    account_id: str
    channel: str
    source: str
    reason: str
    facts: Mapping[str, Any]
    topic: str | None
    partition: int | None
    record_offset: int | None
    state: State
    created_at: datetime
    resolved_at: datetime | None


class LetterBook:
    """Looks letters up. A tenant of None means all of them, found by their accounts."""

    def __init__(self, database: Database, keys: DayKeys, clock: Clock) -> None:
        self._database = database
        self._rows = DeadLetters(database, keys)
        self._clock = clock

    async def page(
        self,
        *,
        tenant_id: str | None = None,
        account_id: str | None = None,
        state: State | None = "open",
        limit: int = 50,
    ) -> Sequence[Entry]:
        """The oldest letters first; of any state where it is None."""
        found: list[Entry] = []
        for some in await self._tenants(tenant_id):
            async with self._database.transaction(some, read_only=True) as connection:
                rows = await connection.fetch(
                    f"""
                    SELECT {_COLUMNS} FROM dead_letters
                    WHERE ($1::text IS NULL OR state = $1) AND ($2::text IS NULL OR account_id = $2)
                    ORDER BY created_at, id LIMIT $3
                    """,
                    state,
                    account_id,
                    limit,
                )
            found.extend(_entry(row) for row in rows)
        return sorted(found, key=lambda entry: (entry.created_at, entry.id))[:limit]

    async def find(self, letter_id: str) -> Entry:
        """Raises `NotFound`."""
        for some in await self._tenants(None):
            async with self._database.transaction(some, read_only=True) as connection:
                row = await connection.fetchrow(f"SELECT {_COLUMNS} FROM dead_letters WHERE id = $1", letter_id)
            if row is not None:
                return _entry(row)
        raise NotFound(f"there is no dead letter {letter_id}")

    async def raw(self, entry: Entry) -> bytes:
        """The bytes as they were kept. Raises `ConfigurationInvalid` once the key of their day is destroyed."""
        async with self._database.transaction([entry.tenant_id]) as connection:
            return await self._open(connection, entry)

    async def close(self, entry: Entry, state: Literal["replayed", "dropped"]) -> bool:
        """Marks an open letter; False if somebody else closed it meanwhile."""
        async with self._database.transaction([entry.tenant_id]) as connection:
            done = await connection.fetchval(
                "UPDATE dead_letters SET state = $2, resolved_at = $3 WHERE id = $1 AND state = 'open' RETURNING true",
                entry.id,
                state,
                self._clock.now(),
            )
        return bool(done)

    async def _open(self, connection: Connection, entry: Entry) -> bytes:
        row = await connection.fetchrow("SELECT id, raw, raw_day FROM dead_letters WHERE id = $1", entry.id)
        if row is None:
            raise NotFound(f"there is no dead letter {entry.id}")
        return await self._rows.open(connection, row)

    async def _tenants(self, tenant_id: str | None) -> Sequence[Sequence[str]]:
        """In groups that fit one transaction; with those letters whose owner nobody knows."""
        if tenant_id is not None:
            return [[tenant_id]]
        async with self._database.transaction(read_only=True) as connection:
            rows = await connection.fetch("SELECT DISTINCT tenant_id FROM channel_accounts ORDER BY 1")
        found = [UNKNOWN, *(row["tenant_id"] for row in rows)]
        return [found[start : start + TENANTS_A_QUERY] for start in range(0, len(found), TENANTS_A_QUERY)]


class Replayer:
    """Does again what failed, after a fix. What was taken before is recognised by its de-duplication key."""

    def __init__(self, book: LetterBook, directory: AccountDirectory, intake: Intake, bus: Bus) -> None:
        self._book = book
        self._directory = directory
        self._intake = intake
        self._bus = bus

    async def replay(self, entry: Entry) -> int:
        """Publishes what the letter holds and marks it replayed; returns how many records.

        Raises `Conflict` if it isn't open, `Poisoned` if it can't be understood by this release either (it stays open),
        `NotFound` if its account is gone, `ConfigurationInvalid` if it can't be opened, and `Unavailable`.
        """
        if entry.state != "open":
            raise Conflict(f"{entry.id} is {entry.state}")
        raw = await self._book.raw(entry)
        try:
            async with asyncio.timeout(PUBLISH_WITHIN.total_seconds()):
                count = await (self._again(entry, raw) if entry.source == "gateway" else self._republish(entry, raw))
        except TimeoutError as error:
            raise Unavailable("the bus did not confirm in time") from error
        await self._book.close(entry, "replayed")
        return count

    async def _again(self, entry: Entry, raw: bytes) -> int:
        """Parses the kept request with the codec of this release, as of the time it came."""
        served = self._directory.by_id(entry.account_id)
        if served is None:
            raise NotFound(f"the account {entry.account_id} is gone")
        if served.trouble:
            raise ConfigurationInvalid(served.trouble)
        request = open_envelope(raw, served.account)
        context = Context(served.account, entry.created_at)
        found = digest(served, request, context, self._directory)
        if found.faults:
            raise Poisoned(found.reason())
        found.events = without(found.events, frozenset(entry.facts.get("taken", ())))
        if found.events:
            await self._intake.publish(served, request, found, entry.created_at)
        return len(found.events)

    async def _republish(self, entry: Entry, raw: bytes) -> int:
        """A bus record goes back to its topic with its own key, so that it comes after what its thread has now."""
        if entry.topic is None:
            raise Poisoned("the letter names no topic to publish to")
        key = entry.facts.get("key")
        message = Message(entry.topic, key.encode() if key is not None else _key_of(entry, raw), raw, _headers(entry))
        await self._bus.publish(message)
        return 1


def _key_of(entry: Entry, raw: bytes) -> bytes:
    try:
        return InboundRecord.model_validate_json(raw).key
    except ValidationError:
        return f"{entry.account_id}/".encode()


def _headers(entry: Entry) -> Headers:
    return tuple((name, value.encode()) for name, value in entry.facts.get("headers", ()))


def _entry(row: Any) -> Entry:
    values = {name: row[name] for name in _COLUMNS.replace(",", " ").split() if name != "request"}
    return Entry(facts=row["request"] or {}, **values)
