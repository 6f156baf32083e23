"""Bare consumers of the inbound topic: a `getmany` loop and one record after the other, with and without a database.

With `--store` they have the same effects as the router and nothing besides: conversation found or opened, message stored,
conversation updated, one event, the position moved, in one transaction for each batch or each record. There is no
de-duplication, contact, SLA, timer, poison handling, lease or metric. On Kafka this is plain aiokafka; the log in
PostgreSQL is read by the only client there is. `batches` is our own batch loop with nothing behind it.
"""

import argparse
import asyncio
import contextlib
import json
import sys
import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from datetime import timedelta
from typing import Any

import asyncpg
import uvloop
from aiokafka import AIOKafkaConsumer
from aiokafka import TopicPartition as KafkaPartition

from backbone.bus.consumer import BatchConsumer
from backbone.bus.kafka import KafkaBus
from backbone.bus.port import Bus, BusRecord, TopicPartition
from backbone.bus.postgres import PostgresBus
from backbone.clock import SystemClock
from backbone.ids import new_id
from schemas.inbound import InboundRecord, MessageReceived
from schemas.topics import INBOUND

PARTITIONS = 12
BATCH = 500

_FIND = """
SELECT id, account_id, thread_key FROM conversations JOIN unnest($1::text[], $2::text[]) AS k (a, t) ON account_id = a AND thread_key = t
WHERE status <> 'resolved' ORDER BY account_id, thread_key FOR UPDATE OF conversations
"""
_OPEN = """
INSERT INTO conversations (id, tenant_id, account_id, channel, channel_class, thread_key, status, contact_id, contact_address, opened_at,
    last_message_at) SELECT i, n, a, 'whatsapp', 'messaging', t, 'open', '', t, now(), now()
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) AS v (i, n, a, t)
"""
_STORE = """
INSERT INTO messages (id, tenant_id, conversation_id, account_id, direction, author_kind, content, received_at, sort_at, bus_partition,
    bus_offset, provider_message_id) SELECT i, n, c, a, 'in', 'contact', b::jsonb, r, r, p, o, m
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::int[], $8::bigint[], $9::text[])
    AS v (i, n, c, a, b, r, p, o, m)
"""
_TOUCH = """
UPDATE conversations c SET last_message_at = v.r, preview = left(v.b, 100), message_count = message_count + 1, version = version + 1
FROM unnest($1::text[], $2::timestamptz[], $3::text[]) AS v (i, r, b) WHERE c.id = v.i
"""
_SAY = """
INSERT INTO events_pending (tenant_id, id, type, conversation_id, at, data)
SELECT n, i, 'message.received', c, now(), jsonb_build_object('message_id', m)
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) AS v (n, i, c, m)
"""
_MOVE = """
INSERT INTO consumer_positions AS p (consumer_group, topic, partition, next_offset, owner, epoch)
SELECT 'bare', $1, n, o, 'bare', 1 FROM unnest($2::int[], $3::bigint[]) AS v (n, o)
ON CONFLICT (consumer_group, topic, partition) DO UPDATE SET next_offset = excluded.next_offset
"""


class Store:
    """One connection, one transaction a call."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    async def keep(self, records: Sequence[BusRecord]) -> None:
        found = [(record, InboundRecord.model_validate_json(record.value)) for record in records]
        async with self._connection.transaction():
            ids = await self._conversations([inbound for _, inbound in found])
            rows = [self._row(record, inbound, ids) for record, inbound in found]
            columns = [list(column) for column in zip(*rows, strict=True)]
            await self._connection.execute(_STORE, *columns)
            await self._connection.execute(_TOUCH, columns[2], columns[5], columns[4])
            await self._connection.execute(_SAY, columns[1], [new_id("evt") for _ in rows], columns[2], columns[0])
            ends = {record.partition: record.offset + 1 for record in records}
            await self._connection.execute(_MOVE, INBOUND, list(ends), list(ends.values()))

    async def _conversations(self, inbound: Sequence[InboundRecord]) -> dict[tuple[str, str], str]:
        tenants = {(one.account_id, one.event.thread_key): one.tenant_id for one in inbound}
        wanted = sorted(tenants)
        rows = await self._connection.fetch(_FIND, [a for a, _ in wanted], [t for _, t in wanted])
        ids = {(row["account_id"], row["thread_key"]): str(row["id"]) for row in rows}
        fresh = [key for key in wanted if key not in ids]
        if fresh:
            ids |= {key: new_id("cnv") for key in fresh}
            await self._connection.execute(
                _OPEN,
                [ids[k] for k in fresh],
                [tenants[k] for k in fresh],
                [a for a, _ in fresh],
                [t for _, t in fresh],
            )
        return ids

    def _row(self, record: BusRecord, inbound: InboundRecord, ids: Mapping[tuple[str, str], str]) -> tuple[Any, ...]:
        event = inbound.event
        assert isinstance(event, MessageReceived)
        conversation = ids[inbound.account_id, event.thread_key]
        content = event.content.model_dump_json(exclude_defaults=True)
        return (
            new_id("msg"), inbound.tenant_id, conversation, inbound.account_id, content, inbound.received_at,
            record.partition, record.offset, event.provider_message_id,
        )  # fmt: skip


class Nothing:
    """A handler of our batch loop that does nothing but count; `enough` is set at the end. The first batch warms up."""

    def __init__(self, most: int) -> None:
        self._most = most
        self.count = self.counted = 0
        self.began = self.cpu = 0.0
        self.enough = asyncio.Event()

    async def claim(self, partitions: Sequence[TopicPartition]) -> Mapping[TopicPartition, int | None]:
        return dict.fromkeys(partitions)

    def forget(self, partitions: Sequence[TopicPartition]) -> None:
        pass

    async def lost(self) -> Sequence[TopicPartition]:
        return ()

    async def process(self, records: Sequence[BusRecord]) -> None:
        if self.count == 0:
            self.began, self.cpu, self.counted = time.perf_counter(), time.process_time(), len(records)
        self.count += len(records)
        if self.count >= self._most and not self.enough.is_set():
            tell(self.count - self.counted, self.began, self.cpu)
            self.enough.set()

    async def bury(self, record: BusRecord, error: BaseException) -> None:
        raise AssertionError(f"nothing fails here, but {record.offset} did") from error


def _bus(arguments: argparse.Namespace, url: str) -> Bus:
    if arguments.bus == "postgres":
        return PostgresBus(url, clock=SystemClock(), member=arguments.mode)
    return KafkaBus(arguments.address, clock=SystemClock(), client_id=arguments.mode)


async def kafka_batches(arguments: argparse.Namespace, most: int) -> AsyncGenerator[Sequence[BusRecord], None]:
    """Batches by `getmany`, or single records by `getone`, from the given offsets on."""
    consumer = AIOKafkaConsumer(bootstrap_servers=arguments.address, fetch_min_bytes=1, enable_auto_commit=False)
    await consumer.start()
    consumer.assign([KafkaPartition(INBOUND, number) for number in range(PARTITIONS)])
    for number, offset in json.loads(arguments.offsets).items():
        consumer.seek(KafkaPartition(INBOUND, int(number)), offset)
    try:
        while True:
            if most == 1:
                yield [await consumer.getone()]
            elif found := await consumer.getmany(timeout_ms=500, max_records=most):
                yield [record for batch in found.values() for record in batch]
    finally:
        await consumer.stop()


class _From:
    """Hands the consumer the offsets to begin with."""

    def __init__(self, offsets: Mapping[str, int]) -> None:
        self._offsets = offsets

    async def assigned(self, partitions: Sequence[TopicPartition]) -> Mapping[TopicPartition, int | None]:
        return {p: self._offsets.get(str(p.partition), 0) for p in partitions}

    async def revoked(self, partitions: Sequence[TopicPartition]) -> None:
        pass


async def log_batches(bus: Bus, offsets: Mapping[str, int], most: int) -> AsyncGenerator[Sequence[BusRecord], None]:
    consumer = bus.consumer([INBOUND], group=f"bare-{most}", member="bare", listener=_From(offsets))
    await consumer.start()
    try:
        while True:
            if found := await consumer.poll(max_records=most, timeout=timedelta(seconds=1)):
                yield found
    finally:
        await consumer.stop()


async def ours(arguments: argparse.Namespace) -> None:
    """Our own loop over our own adapter."""
    bus, handler = _bus(arguments, arguments.url), Nothing(arguments.count)
    await bus.start()
    consumer = BatchConsumer(
        bus, [INBOUND], group=new_id("bench"), member="bench", handler=handler, clock=SystemClock(), max_records=BATCH
    )
    task = asyncio.create_task(consumer.run())
    await asyncio.wait({task, asyncio.create_task(handler.enough.wait())}, return_when=asyncio.FIRST_COMPLETED)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await bus.stop()


def tell(count: int, began: float, cpu: float) -> None:
    """The result; then it waits until its CPU, and that of its connections, has been read."""
    print(json.dumps({"count": count, "seconds": time.perf_counter() - began, "cpu": time.process_time() - cpu}))
    sys.stdout.flush()
    sys.stdin.readline()


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("mode", choices=("getmany", "one", "batches"))
    parser.add_argument("--bus", choices=("kafka", "postgres"), required=True)
    parser.add_argument("--address", default="")
    parser.add_argument("--url", required=True)
    parser.add_argument("--offsets", default="{}")
    parser.add_argument("--count", type=int, required=True)
    parser.add_argument("--store", action="store_true")
    arguments = parser.parse_args()
    if arguments.mode == "batches":
        await ours(arguments)
        return
    store = Store(await asyncpg.connect(arguments.url)) if arguments.store else None
    most = 1 if arguments.mode == "one" else BATCH
    bus = _bus(arguments, arguments.url)
    kafka = arguments.bus == "kafka"
    batches = kafka_batches(arguments, most) if kafka else log_batches(bus, json.loads(arguments.offsets), most)
    done, began, cpu, counted = 0, time.perf_counter(), time.process_time(), 0
    async with contextlib.aclosing(batches):
        async for records in batches:
            if store is not None:
                await store.keep(records)
            elif most == 1:
                InboundRecord.model_validate_json(records[0].value)
            done += len(records)
            if counted == 0:
                began, cpu, counted = time.perf_counter(), time.process_time(), done
            if done >= arguments.count:
                break
    tell(done - counted, began, cpu)


if __name__ == "__main__":
    uvloop.run(main())
