"""Fakes behind our ports, in memory, with the failures that the real ones have."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Literal

from backbone.bus.port import (
    AssignmentListener,
    BusHealth,
    BusRecord,
    Consumer,
    Message,
    TopicPartition,
    TopicSpec,
    partition_of,
)
from backbone.errors import NotFound, Unavailable

Mode = Literal["up", "away", "hanging", "torn"]
AT = datetime(2026, 1, 1, tzinfo=UTC)


class FakeBus:
    """The port `Bus` in memory. `mode` says how it fails.

    `away` refuses at once, `hanging` never answers until `mode` changes, `torn` takes the first half of a call and then
    refuses it. `delay` is a pause before each answer. Consumers of one group share its partitions evenly.
    """

    def __init__(self, partitions: int = 4) -> None:
        self.mode: Mode = "up"
        self.delay = 0.0
        self.calls = 0
        self.logs: dict[TopicPartition, list[BusRecord]] = {}
        self.topics: dict[str, int] = {}
        self._default = partitions
        self._groups: dict[str, list[FakeConsumer]] = {}
        self._grown = asyncio.Condition()

    async def start(self) -> None:
        """Nothing to start."""

    async def stop(self) -> None:
        """Nothing to stop."""

    async def ensure_topics(self, topics: Iterable[TopicSpec]) -> None:
        self._refuse_if_away()
        for spec in topics:
            self.topics.setdefault(spec.name, spec.partitions)

    async def publish(self, message: Message) -> None:
        await self.publish_many([message])

    async def publish_many(self, messages: Sequence[Message]) -> None:
        self.calls += 1
        if self.delay:
            await asyncio.sleep(self.delay)
        while self.mode == "hanging":
            await asyncio.sleep(0.01)
        self._refuse_if_away()
        taken = list(messages) if self.mode == "up" else list(messages)[: (len(messages) + 1) // 2]
        for message in taken:
            self._take(message)
        async with self._grown:
            self._grown.notify_all()
        if self.mode == "torn":
            raise Unavailable("the fake bus failed in the middle")

    def _take(self, message: Message) -> None:
        count = self.topics.setdefault(message.topic, self._default)
        place = TopicPartition(message.topic, partition_of(message.key, count))
        log = self.logs.setdefault(place, [])
        log.append(BusRecord(place.topic, place.partition, len(log), message.key, message.value, message.headers, AT))

    def _refuse_if_away(self) -> None:
        if self.mode == "away":
            raise Unavailable("the fake bus is away")

    def records(self, topic: str) -> list[BusRecord]:
        """Everything published to a topic; in order for each key."""
        return [record for place in sorted(self.logs) if place.topic == topic for record in self.logs[place]]

    def consumer(self, topics: Sequence[str], *, group: str, member: str, listener: AssignmentListener) -> Consumer:
        return FakeConsumer(self, list(topics), group, listener)

    async def tail(self, topics: Sequence[str]) -> AsyncIterator[BusRecord]:
        seen = {place: len(log) for place, log in self.logs.items()}
        while True:
            for place in sorted(self.logs):
                if place.topic in topics:
                    for record in self.logs[place][seen.get(place, 0) :]:
                        seen[place] = record.offset + 1
                        yield record
            async with self._grown:
                await self._grown.wait()

    async def offsets_since(self, topic: str, at: datetime) -> Mapping[TopicPartition, int]:
        return {
            place: next((record.offset for record in log if record.at >= at), len(log))
            for place, log in self.logs.items()
            if place.topic == topic
        }

    async def health(self) -> BusHealth:
        return BusHealth(ok=self.mode == "up", detail=self.mode)

    async def share(self, group: str) -> None:
        """Hands the partitions of a group out anew."""
        members = self._groups.get(group, [])
        for member in members:
            await member.lose_all()
        places = sorted(
            {
                TopicPartition(topic, number)
                for member in members
                for topic in member.topics
                for number in range(self.topics.setdefault(topic, self._default))
            }
        )
        for index, member in enumerate(members):
            await member.gain(places[index :: len(members)])

    async def join(self, group: str, member: "FakeConsumer") -> None:
        self._groups.setdefault(group, []).append(member)
        await self.share(group)

    async def leave(self, group: str, member: "FakeConsumer") -> None:
        await member.lose_all()
        self._groups[group].remove(member)
        await self.share(group)

    async def wait_for_more(self, timeout: timedelta) -> None:
        try:
            async with asyncio.timeout(timeout.total_seconds()), self._grown:
                await self._grown.wait()
        except TimeoutError:
            return


class FakeConsumer:
    """One member of a group of a `FakeBus`."""

    def __init__(self, bus: FakeBus, topics: list[str], group: str, listener: AssignmentListener) -> None:
        self.topics = topics
        self._bus = bus
        self._group = group
        self._listener = listener
        self._next: dict[TopicPartition, int] = {}
        self._polls = 0

    async def start(self) -> None:
        await self._bus.join(self._group, self)

    async def stop(self) -> None:
        await self._bus.leave(self._group, self)

    async def gain(self, places: Sequence[TopicPartition]) -> None:
        if places:
            found = await self._listener.assigned(places)
            self._next.update({place: found.get(place) or 0 for place in places})

    async def lose_all(self) -> None:
        if self._next:
            places = sorted(self._next)
            self._next.clear()
            await self._listener.revoked(places)

    async def poll(self, *, max_records: int, timeout: timedelta) -> Sequence[BusRecord]:
        if self._bus.mode != "up":
            raise Unavailable("the fake bus is away")
        self._polls += 1
        if not self._ready():
            await self._bus.wait_for_more(timeout)
        taken = self._ready()[:max_records]
        for record in taken:
            self._next[TopicPartition(record.topic, record.partition)] = record.offset + 1
        return taken

    def _ready(self) -> list[BusRecord]:
        return [record for place in sorted(self._next) for record in self._bus.logs.get(place, [])[self._next[place] :]]

    async def seek(self, partition: TopicPartition, offset: int) -> None:
        self._next[partition] = offset

    async def note_positions(self, positions: Mapping[TopicPartition, int]) -> None:
        """A fake has no lag metrics."""

    async def lag(self) -> Mapping[TopicPartition, int]:
        return {place: len(self._bus.logs.get(place, [])) - offset for place, offset in self._next.items()}

    def progress(self) -> int:
        return self._polls


@dataclass
class MemoryBlobs:
    """The blob store in memory; `away` makes it refuse to store."""

    held: dict[str, bytes] = field(default_factory=dict)
    away: bool = False

    async def put(self, tenant_id: str, data: bytes) -> str:
        if self.away:
            raise Unavailable("the fake blob store is away")
        name = f"{len(self.held):032x}"
        key = f"{tenant_id}/{name[:2]}/{name}"
        self.held[key] = data
        return key

    async def get(self, key: str) -> bytes:
        if key not in self.held:
            raise NotFound("no such blob")
        return self.held[key]

    async def delete(self, key: str) -> None:
        self.held.pop(key, None)
