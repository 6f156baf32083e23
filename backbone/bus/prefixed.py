"""A bus whose topics and groups carry a prefix, so that several installations can share one cluster."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from msgspec import structs

from backbone.bus.port import (
    AssignmentListener,
    Bus,
    BusHealth,
    BusRecord,
    Consumer,
    Message,
    TopicPartition,
    TopicSpec,
)


class PrefixedBus:
    """Wraps a bus: names get the prefix on the way out and lose it on the way in. Positions are kept by plain names."""

    def __init__(self, bus: Bus, prefix: str) -> None:
        self._bus = bus
        self._prefix = prefix

    async def start(self) -> None:
        await self._bus.start()

    async def stop(self) -> None:
        await self._bus.stop()

    async def ensure_topics(self, topics: Iterable[TopicSpec]) -> None:
        await self._bus.ensure_topics([replace(spec, name=self._prefix + spec.name) for spec in topics])

    async def publish(self, message: Message) -> None:
        await self._bus.publish(structs.replace(message, topic=self._prefix + message.topic))

    async def publish_many(self, messages: Sequence[Message]) -> None:
        await self._bus.publish_many(
            [structs.replace(message, topic=self._prefix + message.topic) for message in messages]
        )

    def consumer(self, topics: Sequence[str], *, group: str, member: str, listener: AssignmentListener) -> Consumer:
        names = [self._prefix + topic for topic in topics]
        plain = _PlainListener(listener, self._prefix)
        return _PlainConsumer(
            self._bus.consumer(names, group=self._prefix + group, member=member, listener=plain), self._prefix
        )

    async def tail(self, topics: Sequence[str]) -> AsyncIterator[BusRecord]:
        async for record in self._bus.tail([self._prefix + topic for topic in topics]):
            yield structs.replace(record, topic=record.topic.removeprefix(self._prefix))

    async def offsets_since(self, topic: str, at: datetime) -> Mapping[TopicPartition, int]:
        found = await self._bus.offsets_since(self._prefix + topic, at)
        return {_plain(partition, self._prefix): offset for partition, offset in found.items()}

    async def health(self) -> BusHealth:
        return await self._bus.health()


class _PlainListener:
    def __init__(self, listener: AssignmentListener, prefix: str) -> None:
        self._listener = listener
        self._prefix = prefix

    async def assigned(self, partitions: Sequence[TopicPartition]) -> Mapping[TopicPartition, int | None]:
        positions = await self._listener.assigned([_plain(p, self._prefix) for p in partitions])
        return {_full(p, self._prefix): offset for p, offset in positions.items()}

    async def revoked(self, partitions: Sequence[TopicPartition]) -> None:
        await self._listener.revoked([_plain(p, self._prefix) for p in partitions])


class _PlainConsumer:
    def __init__(self, consumer: Consumer, prefix: str) -> None:
        self._consumer = consumer
        self._prefix = prefix

    async def start(self) -> None:
        await self._consumer.start()

    async def poll(self, *, max_records: int, timeout: timedelta) -> Sequence[BusRecord]:
        records = await self._consumer.poll(max_records=max_records, timeout=timeout)
        return [structs.replace(record, topic=record.topic.removeprefix(self._prefix)) for record in records]

    async def seek(self, partition: TopicPartition, offset: int) -> None:
        await self._consumer.seek(_full(partition, self._prefix), offset)

    async def note_positions(self, positions: Mapping[TopicPartition, int]) -> None:
        await self._consumer.note_positions({_full(p, self._prefix): offset for p, offset in positions.items()})

    async def lag(self) -> Mapping[TopicPartition, int]:
        return {_plain(p, self._prefix): lag for p, lag in (await self._consumer.lag()).items()}

    def progress(self) -> int:
        return self._consumer.progress()

    async def stop(self) -> None:
        await self._consumer.stop()


def _plain(partition: TopicPartition, prefix: str) -> TopicPartition:
    return TopicPartition(partition.topic.removeprefix(prefix), partition.partition)


def _full(partition: TopicPartition, prefix: str) -> TopicPartition:
    return TopicPartition(prefix + partition.topic, partition.partition)
