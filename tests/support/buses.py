"""Both buses behind one rig, for the suite that they share."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from typing import Protocol
from uuid import uuid4

from backbone.bus.accumulator import Limits
from backbone.bus.kafka import KafkaBus
from backbone.bus.port import Bus, BusRecord, Consumer, Message, TopicPartition, TopicSpec
from backbone.bus.postgres import PostgresBus
from backbone.clock import SystemClock
from backbone.errors import Unavailable
from backbone.storage.embedded import EmbeddedPostgres
from backbone.storage.migrate import migrate
from tests.support.apart import run_apart
from tests.support.kafka import KafkaCluster, warm_up
from tests.support.ports import free_ports
from tests.support.servers import POSTGRES_SETTINGS

PARTITIONS = 4
DEADLINE = timedelta(seconds=3)
POLL = timedelta(seconds=0.3)


class Server(Protocol):
    """A server of the test's own that it may kill."""

    def kill(self) -> None: ...

    def restart(self) -> None: ...

    def stop(self) -> None: ...


class Rig:
    """Makes buses of one kind on one server; closes all that it made."""

    def __init__(self, kind: str, address: str) -> None:
        self.kind = kind
        self.address = address
        self._open = AsyncExitStack()

    def unstarted(self, *, member: str = "one", limits: Limits | None = None) -> Bus:
        limits = limits or Limits(deadline=DEADLINE)
        if self.kind == "postgres":
            return PostgresBus(self.address, clock=SystemClock(), member=member, limits=limits)
        session = timedelta(seconds=3)
        return KafkaBus(self.address, clock=SystemClock(), client_id=member, limits=limits, session_timeout=session)

    async def bus(self, *, member: str = "one", limits: Limits | None = None) -> Bus:
        bus = self.unstarted(member=member, limits=limits)
        await bus.start()
        self._open.push_async_callback(bus.stop)
        return bus

    async def topic(self, bus: Bus, partitions: int = PARTITIONS) -> str:
        name = f"test.{uuid4().hex}"
        await bus.ensure_topics([TopicSpec(name, partitions=partitions)])
        return name

    async def member(
        self,
        bus: Bus,
        topic: str,
        name: str,
        *,
        group: str = "",
        positions: Mapping[TopicPartition, int | None] | None = None,
    ) -> "Member":
        member = Member(name, positions or {})
        member.consumer = bus.consumer([topic], group=group or f"group-of-{topic}", member=name, listener=member)
        await member.consumer.start()
        self._open.push_async_callback(member.stop)
        return member

    async def close(self) -> None:
        await self._open.aclose()


JOURNAL = list[tuple[str, str, TopicPartition]]


class Member:
    """A consumer with its listener: keeps what it polled, and writes down what it gained and lost."""

    consumer: Consumer

    def __init__(self, name: str, positions: Mapping[TopicPartition, int | None]) -> None:
        self.name = name
        self.positions = dict(positions)
        self.owned: set[TopicPartition] = set()
        self.records: list[BusRecord] = []
        self.journal: JOURNAL = []
        self.refusals = 0
        self.outages = 0
        self._polling: asyncio.Task[None] | None = None
        self._stopped = False

    async def assigned(self, partitions: Sequence[TopicPartition]) -> Mapping[TopicPartition, int | None]:
        if self.refusals:
            self.refusals -= 1
            raise Unavailable("the positions can't be read")
        self.owned |= set(partitions)
        self.journal += [(self.name, "assigned", partition) for partition in partitions]
        return {partition: self.positions.get(partition) for partition in partitions}

    async def revoked(self, partitions: Sequence[TopicPartition]) -> None:
        self.owned -= set(partitions)
        self.journal += [(self.name, "revoked", partition) for partition in partitions]

    async def poll(self, most: int = 500) -> Sequence[BusRecord]:
        polled = await self.consumer.poll(max_records=most, timeout=POLL)
        self.records += polled
        for record in polled:
            self.positions[TopicPartition(record.topic, record.partition)] = record.offset + 1
        return polled

    async def read(self, count: int) -> list[BusRecord]:
        """Polls until it has so many more records; fails if they don't come."""
        start = len(self.records)
        async with asyncio.timeout(30):
            while len(self.records) - start < count:
                await self.poll()
        return self.records[start:]

    def keep_polling(self) -> None:
        """In the background, over outages; any other error comes out of `stop`."""

        async def run() -> None:
            while True:
                try:
                    await self.poll()
                except Unavailable:
                    self.outages += 1
                    await asyncio.sleep(0.1)

        self._polling = asyncio.create_task(run())

    async def stop(self) -> None:
        if self._stopped:
            return
        self._stopped = True
        polling = self._polling
        if polling is not None:
            polling.cancel()
            await asyncio.wait([polling])
        await self.consumer.stop()
        if polling is not None and not polling.cancelled():
            polling.result()


def messages(topic: str, count: int, *, keys: int = 10, size: int = 0) -> list[Message]:
    return [Message(topic, b"key-%d" % (n % keys), b"%d" % n + b"." * size, (("n", b"%d" % n),)) for n in range(count)]


def number(record: BusRecord) -> int:
    return int(record.value.rstrip(b"."))


def by_key(records: Iterable[BusRecord]) -> dict[bytes, list[int]]:
    found: dict[bytes, list[int]] = {}
    for record in records:
        found.setdefault(record.key, []).append(number(record))
    return found


class OwnPostgres:
    def __init__(self, folder: Path) -> None:
        self._server = EmbeddedPostgres(folder, free_ports(1)[0], settings=POSTGRES_SETTINGS)
        self._server.start()
        self.address = self._server.url()
        run_apart(migrate(self.address))

    def kill(self) -> None:
        self._server.kill()

    def restart(self) -> None:
        self._server.start()

    def stop(self) -> None:
        self._server.stop()


class OwnKafka:
    def __init__(self, folder: Path) -> None:
        self._cluster = KafkaCluster(parent=folder)
        self._cluster.start()
        self.address = self._cluster.bootstrap
        run_apart(warm_up(self.address))

    def kill(self) -> None:
        self._cluster.brokers[0].kill()

    def restart(self) -> None:
        broker = self._cluster.brokers[0]
        if broker.process is None:
            broker.start()
        broker.wait()

    def stop(self) -> None:
        self._cluster.stop()
