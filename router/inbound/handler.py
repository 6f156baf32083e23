"""The router's batch: decode, drop what was seen before, apply, write, move the position, all in one transaction."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

import asyncpg
from pydantic import ValidationError

from backbone.bus.port import BusRecord, TopicPartition
from backbone.channel.offload import load
from backbone.clock import Clock
from backbone.errors import DeadLetter, Unavailable
from backbone.storage import outbox
from backbone.storage.blobs import BlobStore
from backbone.storage.database import Connection, Database
from backbone.storage.dead_letters import DeadLetters
from backbone.storage.positions import Positions
from backbone.storage.statement import Statement, columns, together
from backbone.storage.traffic import Traffic
from backbone.telemetry.metrics import Metric, Metrics
from router.config import ConfigCache
from router.domain.conversation import Conversation
from router.domain.flood import Floods
from router.inbound import asides, extras, privacy, satisfaction
from router.inbound.amendments import AMENDMENTS, amend
from router.inbound.arrivals import Arrival, Batch, take
from router.inbound.census import Census
from router.inbound.extras import Extras
from router.inbound.links import link
from router.repositories import conversations, events, messages, timers
from router.repositories.conversations import Thread
from router.repositories.timers import SLA
from router.signals import Signals
from schemas.inbound import InboundRecord, MessageEchoed
from schemas.topics import INBOUND

_ONCE = """
    INSERT INTO inbox (account_id, key_hash, tenant_id) SELECT * FROM unnest($1::text[], $2::bytea[], $3::text[])
    ON CONFLICT DO NOTHING RETURNING account_id, key_hash
"""
# One row for each locked conversation, or one without; what is fresh stands in the first.
_FIRST = """
    SELECT (SELECT count(*) FROM moved), CASE WHEN coalesce(l.place, 1) = 1 THEN (SELECT array_agg(account_id) FROM fresh) END,
        CASE WHEN coalesce(l.place, 1) = 1 THEN (SELECT array_agg(key_hash) FROM fresh) END, l.*
    FROM (SELECT 1) AS one LEFT JOIN (SELECT row_number() OVER () AS place, locked.* FROM locked) AS l ON true
"""
_SAYING = frozenset({"message", "echo"})
_AWAITED = """
    SELECT EXISTS (SELECT 1 FROM written w JOIN orphans o USING (account_id, provider_message_id))
"""


class InboundHandler:
    """Handles `messages.inbound.v1`. Safe to repeat: what a lost commit did is known by its de-duplication keys."""

    def __init__(
        self,
        database: Database,
        positions: Positions,
        *,
        configs: ConfigCache,
        blobs: BlobStore,
        dead_letters: DeadLetters,
        signals: Signals,
        clock: Clock,
        metrics: Metrics,
        reopen_within: timedelta,
        traffic: Traffic | None = None,
    ) -> None:
        """Without `traffic` accounts are not counted."""
        self._database = database
        self._positions = positions
        self._configs = configs
        self._blobs = blobs
        self._dead_letters = dead_letters
        self._signals = signals
        self._clock = clock
        self._metrics = metrics
        self._reopen_within = reopen_within
        self._floods = Floods()
        self._census = Census(metrics, traffic)
        self._seconds = metrics.histogram(Metric.ROUTER_BATCH_SECONDS, INBOUND)
        self._records = metrics.histogram(Metric.ROUTER_BATCH_RECORDS, INBOUND)
        self._consumed = metrics.counter(Metric.ROUTER_CONSUMED, INBOUND)

    async def claim(self, partitions: Sequence[TopicPartition]) -> Mapping[TopicPartition, int | None]:
        return await self._positions.claim(partitions)

    def forget(self, partitions: Sequence[TopicPartition]) -> None:
        self._positions.forget(partitions)

    async def lost(self) -> Sequence[TopicPartition]:
        return await self._positions.lost()

    async def process(self, records: Sequence[BusRecord]) -> None:
        started = self._clock.monotonic()
        arrivals = [
            await self._decode(record) if record.headers else _decode(record, record.value) for record in records
        ]
        tenants = sorted({a.record.tenant_id for a in arrivals})
        try:
            batch = await self._database.run(lambda connection: self._write(connection, records, arrivals), tenants)
        except asyncpg.UniqueViolationError as error:
            # Another router opened one of the threads between our look and our insert: look again.
            raise Unavailable("a conversation of this batch was opened elsewhere at the same time") from error
        self._floods.keep(batch.extras.look)
        self._census.count(arrivals, batch.fresh)
        for kind, times in batch.masked.items():
            self._metrics.inc(Metric.ROUTER_MASKED, kind, by=times)
        self._wake(batch)
        self._seconds.observe(self._clock.monotonic() - started)
        self._records.observe(len(records))
        self._consumed.inc(len(records))

    async def bury(self, record: BusRecord, error: BaseException) -> None:
        """The poison's tenant is read from its envelope where that is possible at all."""
        reason = f"{type(error).__name__}: {error}" if isinstance(error, DeadLetter) else type(error).__name__
        owner = await self._dead_letters.owner_of(record)
        async with self._database.transaction([owner.tenant_id]) as connection:
            await self._dead_letters.keep_record(connection, record, owner, reason, self._clock.now())
            await self._positions.advance(connection, [record])
        self._metrics.inc(Metric.ROUTER_POISON, type(error).__name__)
        self._census.refuse(owner.tenant_id, owner.account_id)

    async def _decode(self, record: BusRecord) -> Arrival:
        return _decode(record, await load(record, self._blobs))

    async def _write(self, connection: Connection, records: Sequence[BusRecord], arrivals: Sequence[Arrival]) -> Batch:
        fresh, open_now = await self._once(connection, records, arrivals)
        tenants = sorted({a.record.tenant_id for a in fresh})
        batch = Batch(self._clock.now(), dict(await self._configs.get(connection, tenants)) if tenants else {})
        batch.fresh, batch.extras = fresh, Extras(self._floods.look())
        said, others = await self._said(connection, fresh)
        # An echo is compared with what we sent before this: that holds what an agent wrote as it was.
        privacy.mask(batch, (*said, *others))
        if said:
            await take(connection, batch, said, open_now, self._reopen_within)
        awaited = await _save(connection, batch)
        batch.held_released = await extras.write(connection, batch.extras, batch.now, batch.events.append)
        await satisfaction.write(connection, batch.answers.given, batch.config)
        await asides.apply(connection, batch, others)
        if any(a.record.event.kind == "echo" for a in said):
            await link(connection, batch, ((m.tenant_id, m.provider_message_id or "") for m in batch.messages))
        amendments = [a for a in others if isinstance(a.record.event, AMENDMENTS)]
        if amendments or awaited:
            await amend(connection, batch, amendments)
        await events.append(connection, batch.events)
        return batch

    async def _said(
        self, connection: Connection, fresh: Sequence[Arrival]
    ) -> tuple[Sequence[Arrival], Sequence[Arrival]]:
        """What says something new, in order, and all that is neither a message nor an echo."""
        kinds = {arrival.record.event.kind for arrival in fresh}
        if kinds <= {"message"}:
            return fresh, ()
        said: list[Arrival] = []
        others: list[Arrival] = []
        for arrival in fresh:
            kind = arrival.record.event.kind
            if kind == "message" or (kind == "echo" and not await self._is_ours(connection, arrival)):
                said.append(arrival)
            elif kind != "echo":
                others.append(arrival)
        return said, others

    async def _once(
        self, connection: Connection, records: Sequence[BusRecord], arrivals: Sequence[Arrival]
    ) -> tuple[list[Arrival], dict[Thread, Conversation]]:
        """Moves the position, drops what was taken before, in this batch or ever, and locks the open conversations of what
        is said, all in one round trip; raises `Fenced`.

        A conversation that another router opens meanwhile is not seen: opening it again fails, and the batch is repeated.
        """
        first: dict[tuple[str, bytes], Arrival] = {}
        for arrival in arrivals:
            first.setdefault((arrival.record.account_id, arrival.key_hash), arrival)
        # In one order for everybody, so that two batches with the same keys don't deadlock.
        values = ((account, key, first[account, key].record.tenant_id) for account, key in sorted(first))
        threads = [arrival.thread for arrival in first.values() if arrival.record.event.kind in _SAYING]
        statement = together(
            [
                ("moved", self._positions.moving(records)),
                ("fresh", Statement(_ONCE, columns(values))),
                ("locked", conversations.locking_open(threads)),
            ],
            _FIRST,
        )
        rows = await connection.fetch(statement.sql, *statement.args)
        moved, accounts, keys, place, *_ = rows[0]
        await self._positions.confirm(connection, moved, records)
        fresh = set(zip(accounts or (), keys or (), strict=True))
        open_now = conversations.by_thread(tuple(row)[4:] for row in rows) if place is not None else {}
        return [arrival for key, arrival in first.items() if key in fresh], open_now

    async def _is_ours(self, connection: Connection, arrival: Arrival) -> bool:
        """Whether an echo is of a message we sent: known by its provider id, or still on its way out in this thread."""
        event = arrival.record.event
        assert isinstance(event, MessageEchoed)
        found = await connection.fetchval(
            """
            SELECT 1 FROM messages m WHERE m.account_id = $1 AND m.provider_message_id = $2
            UNION ALL SELECT 1 FROM message_parts p WHERE p.account_id = $1 AND p.provider_message_id = $2
            UNION ALL SELECT 1 FROM conversations c JOIN messages m ON m.conversation_id = c.id
                WHERE c.account_id = $1 AND c.thread_key = $3 AND c.status <> 'resolved' AND m.direction = 'out'
                    AND m.state IN ('queued', 'sending') AND m.content ->> 'text' IS NOT DISTINCT FROM $4
            LIMIT 1
            """,
            arrival.record.account_id,
            event.provider_message_id,
            event.thread_key,
            event.content.text,
        )
        return found is not None

    def _wake(self, batch: Batch) -> None:
        if batch.events or batch.events_written:
            self._signals.events.set()
        if batch.outbox or batch.held_released or batch.answers.given:
            self._signals.outbox.set()
        for tenant_id in batch.waiting_tenants:
            self._signals.wake_dispatch(tenant_id)
        if batch.timers:
            self._signals.timer_set(min(row.due_at for row in batch.timers.values()))


def _decode(record: BusRecord, body: bytes) -> Arrival:
    try:
        decoded = InboundRecord.model_validate_json(body)
    except ValidationError as error:
        kinds = ", ".join(sorted({e["type"] for e in error.errors(include_input=False)}))
        raise DeadLetter(f"not a record this release understands ({kinds})") from None
    return Arrival(decoded, record)


async def _save(connection: Connection, batch: Batch) -> bool:
    """Everything the batch's messages changed, in one round trip; tells whether orphans wait for one of the messages."""
    opened = {o.conversation.id for o in batch.openings}
    kept = [one for key, one in batch.savings.items() if key not in opened]
    cancelled = sorted(key for key in batch.cancelled if (key, SLA) not in batch.timers)
    parts: list[tuple[str, Statement]] = []
    if batch.openings:
        parts.append(("opened", conversations.inserting(batch.openings, batch.savings)))
    if batch.messages:
        parts.append(("written", messages.inserting(batch.messages)))
    if kept:
        parts.append(("saved", conversations.saving(kept)))
    if batch.timers:
        parts.append(("timed", timers.putting(list(batch.timers.values()))))
    if cancelled:
        parts.append(("cancelled", timers.cancelling(cancelled, SLA)))
    if batch.outbox:
        parts.append(("queued", outbox.enqueuing(batch.outbox)))
    if batch.events:
        parts.append(("told", events.appending(batch.events)))
    if not parts:
        return False
    batch.events_written = bool(batch.events)
    batch.events.clear()
    statement = together(parts, _AWAITED if batch.messages else "SELECT false")
    return bool(await connection.fetchval(statement.sql, *statement.args))
