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
from backbone.telemetry.metrics import Metric, Metrics
from router.config import ConfigCache
from router.domain.conversation import Fact
from router.inbound.amendments import AMENDMENTS, amend
from router.inbound.arrivals import Arrival, Batch, take
from router.repositories import contacts, conversations, events, messages, timers
from router.repositories.events import event_row
from router.repositories.timers import SLA
from router.signals import Signals
from schemas.inbound import (
    CallUpdated,
    ContactChanged,
    InboundRecord,
    MessageEchoed,
    MessageReceived,
    TypingStarted,
)
from schemas.topics import INBOUND


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
    ) -> None:
        self._database = database
        self._positions = positions
        self._configs = configs
        self._blobs = blobs
        self._dead_letters = dead_letters
        self._signals = signals
        self._clock = clock
        self._metrics = metrics
        self._reopen_within = reopen_within
        self._seconds = metrics.histogram(Metric.ROUTER_BATCH_SECONDS, INBOUND)
        self._records = metrics.histogram(Metric.ROUTER_BATCH_RECORDS, INBOUND)
        self._consumed = metrics.counter(Metric.ROUTER_CONSUMED, INBOUND)

    async def claim(self, partitions: Sequence[TopicPartition]) -> Mapping[TopicPartition, int | None]:
        return await self._positions.claim(partitions)

    def forget(self, partitions: Sequence[TopicPartition]) -> None:
        self._positions.forget(partitions)

    async def process(self, records: Sequence[BusRecord]) -> None:
        started = self._clock.monotonic()
        arrivals = [await self._decode(record) for record in records]
        tenants = sorted({a.record.tenant_id for a in arrivals})
        try:
            batch = await self._database.run(lambda connection: self._write(connection, records, arrivals), tenants)
        except asyncpg.UniqueViolationError as error:
            # Another router opened one of the threads between our look and our insert: look again.
            raise Unavailable("a conversation of this batch was opened elsewhere at the same time") from error
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

    async def _decode(self, record: BusRecord) -> Arrival:
        body = await load(record, self._blobs)
        try:
            decoded = InboundRecord.model_validate_json(body)
        except ValidationError as error:
            kinds = ", ".join(sorted({e["type"] for e in error.errors(include_input=False)}))
            raise DeadLetter(f"not a record this release understands ({kinds})") from None
        return Arrival(decoded, record)

    async def _write(self, connection: Connection, records: Sequence[BusRecord], arrivals: Sequence[Arrival]) -> Batch:
        await self._positions.advance(connection, records)
        fresh = await self._once(connection, arrivals)
        tenants = sorted({a.record.tenant_id for a in fresh})
        batch = Batch(self._clock.now(), dict(await self._configs.get(connection, tenants)) if tenants else {})
        said = [a for a in fresh if isinstance(a.record.event, MessageReceived)]
        echoes = [a for a in fresh if isinstance(a.record.event, MessageEchoed)]
        if echoes:
            said = [a for a in fresh if a in said or (a in echoes and not await self._is_ours(connection, a))]
        if said:
            await take(connection, batch, said, self._reopen_within)
        await _save(connection, batch)
        await self._asides(connection, batch, fresh)
        # New messages wake the orphans that waited for them, so this runs even without an amendment in the batch.
        await amend(connection, batch, [a for a in fresh if isinstance(a.record.event, AMENDMENTS)])
        await events.append(connection, batch.events)
        await outbox.enqueue(connection, batch.outbox)
        for arrival in arrivals if len(fresh) < len(arrivals) else ():
            if arrival not in fresh:
                self._metrics.inc(Metric.ROUTER_DUPLICATES, arrival.record.channel)
        return batch

    async def _once(self, connection: Connection, arrivals: Sequence[Arrival]) -> list[Arrival]:
        """Drops what was taken before, in this batch or ever."""
        first: dict[tuple[str, bytes], Arrival] = {}
        for arrival in arrivals:
            first.setdefault((arrival.record.account_id, arrival.key_hash), arrival)
        ordered = sorted(first)
        rows = await connection.fetch(
            "INSERT INTO inbox (account_id, key_hash, tenant_id) SELECT * FROM unnest($1::text[], $2::bytea[], $3::text[]) "
            "ON CONFLICT DO NOTHING RETURNING account_id, key_hash",
            [account for account, _ in ordered],
            [key for _, key in ordered],
            [first[key].record.tenant_id for key in ordered],
        )
        fresh = {(row["account_id"], row["key_hash"]) for row in rows}
        return [arrival for key, arrival in first.items() if key in fresh]

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

    async def _asides(self, connection: Connection, batch: Batch, fresh: Sequence[Arrival]) -> None:
        """What changes no message: typing, calls, a customer's new address."""
        for arrival in fresh:
            record, event = arrival.record, arrival.record.event
            if isinstance(event, ContactChanged):
                contact = await contacts.link(
                    connection, record.tenant_id, record.account_id, event.old_address, event.new_address
                )
                if contact:
                    batch.events.append(
                        event_row(record.tenant_id, Fact("contact.updated", {"contact_id": contact}), batch.now)
                    )
            elif isinstance(event, TypingStarted | CallUpdated):
                open_now = await conversations.lock_open(connection, [arrival.thread])
                for current in open_now.values():
                    batch.say(current, _aside(current.base(), event))

    def _wake(self, batch: Batch) -> None:
        if batch.events:
            self._signals.events.set()
        if batch.outbox:
            self._signals.outbox.set()
        for tenant_id in batch.waiting_tenants:
            self._signals.wake_dispatch(tenant_id)
        if batch.timers:
            self._signals.timer_set(min(row.due_at for row in batch.timers.values()))


def _aside(base: dict[str, object], event: TypingStarted | CallUpdated) -> Fact:
    if isinstance(event, TypingStarted):
        return Fact("typing.started", base | {"by": "contact"})
    data = {"call_id": event.call_id, "state": event.state, "duration_seconds": event.duration_seconds}
    return Fact("call.updated", base | data)


async def _save(connection: Connection, batch: Batch) -> None:
    await conversations.insert(connection, batch.openings)
    await messages.insert(connection, batch.messages)
    await conversations.save(connection, list(batch.savings.values()))
    await timers.put(connection, list(batch.timers.values()))
    await timers.cancel(connection, sorted(batch.cancelled - set(batch.timers)), SLA)
