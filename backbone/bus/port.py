"""The bus as the rest of the product sees it: partitioned, ordered, at least once.

Positions of consumers are not the bus's business: they live in PostgreSQL, in the transaction of the batch, and are
handed to the consumer when partitions are assigned. What is made for each record is a `msgspec.Struct`: making one costs
a tenth of what a dataclass does.
"""

import zlib
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

import msgspec

Headers = tuple[tuple[str, bytes], ...]

SHARES = 4
LEAST_SHARE = 50


def share_of(max_records: int) -> int:
    """How many of a poll's records may be of one partition: a long one neither starves the others nor fills the batch."""
    return min(max_records, max(LEAST_SHARE, max_records // SHARES))


class Message(msgspec.Struct, frozen=True, gc=False):
    """What is published. `key` decides the partition: the same key keeps its order."""

    topic: str
    key: bytes
    value: bytes
    headers: Headers = ()


class BusRecord(msgspec.Struct, frozen=True, gc=False):
    """What is consumed. `offset` grows by at least one within a partition; `at` is when the bus took it."""

    topic: str
    partition: int
    offset: int
    key: bytes
    value: bytes
    headers: Headers
    at: datetime


class TopicPartition(msgspec.Struct, frozen=True, order=True, gc=False):
    topic: str
    partition: int


@dataclass(frozen=True, slots=True)
class TopicSpec:
    """How a topic is made if it doesn't exist. `retention` bounds how long records are kept (6 days, design §4)."""

    name: str
    partitions: int = 12
    replication: int = 1
    min_in_sync: int = 1
    retention: timedelta = timedelta(days=6)
    segment: timedelta = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class BusHealth:
    ok: bool
    detail: str
    facts: Mapping[str, object] = field(default_factory=dict)


class AssignmentListener(Protocol):
    """Told of partitions gained and lost. Must not publish or poll."""

    async def assigned(self, partitions: Sequence[TopicPartition]) -> Mapping[TopicPartition, int | None]:
        """Called before the first record of these partitions: answer the offset to read next; None is the oldest kept."""
        ...

    async def revoked(self, partitions: Sequence[TopicPartition]) -> None:
        """Called when these partitions are lost; records of them in hand must be dropped or finish before it returns."""
        ...


class Consumer(Protocol):
    """One member of a group. Not safe for concurrent use: one task polls."""

    async def start(self) -> None: ...

    async def poll(self, *, max_records: int, timeout: timedelta) -> Sequence[BusRecord]:
        """Records in offset order within each partition, of each at most `share_of(max_records)`; none after `timeout`.

        Raises `Unavailable` if the bus is away. A record polled is not polled again until `seek` or a new assignment.
        """
        ...

    async def seek(self, partition: TopicPartition, offset: int) -> None:
        """The next poll goes on at `offset` (a batch that failed is read again this way)."""
        ...

    async def note_positions(self, positions: Mapping[TopicPartition, int]) -> None:
        """Tell the bus the next offsets, for its lag metrics only. Errors are logged, never raised."""
        ...

    async def lag(self) -> Mapping[TopicPartition, int]:
        """Records not yet polled, for each assigned partition."""
        ...

    def progress(self) -> int:
        """A number that grows while the consumer lives: polls answered and heartbeats seen. A watchdog compares it."""
        ...

    async def stop(self) -> None: ...


class Bus(Protocol):
    """Publishes and consumes. Built from the composition root; `start` before use, `stop` after."""

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    async def ensure_topics(self, topics: Iterable[TopicSpec]) -> None:
        """Makes topics that don't exist; leaves others as they are.

        Raises `ConfigurationInvalid` where an existing topic has fewer replicas or in-sync replicas than asked.
        """
        ...

    async def publish(self, message: Message) -> None:
        """Returns when all in-sync replicas have it. Raises `Unavailable` otherwise (it may still have been taken)."""
        ...

    async def publish_many(self, messages: Sequence[Message]) -> None:
        """As `publish`, for many; order is kept for each key. On an error any part of them may have been taken."""
        ...

    def consumer(self, topics: Sequence[str], *, group: str, member: str, listener: AssignmentListener) -> Consumer:
        """A new member of `group`; `member` is its static name (a pod's), which survives restarts."""
        ...

    def tail(self, topics: Sequence[str]) -> AsyncIterator[BusRecord]:
        """New records of all partitions from now on, without a group; what was published before is not seen.

        Meant for wake-ups: it reconnects by itself and may then miss records.
        """
        ...

    async def offsets_since(self, topic: str, at: datetime) -> Mapping[TopicPartition, int]:
        """For each partition the offset of the first kept record that was taken at `at` or later, else its next offset.

        Raises `Unavailable`.
        """
        ...

    async def health(self) -> BusHealth: ...


def partition_of(key: bytes, partitions: int) -> int:
    """The partition of a key: CRC-32, which costs a tenth of Kafka's murmur2 in Python; both adapters use it."""
    return zlib.crc32(key) % partitions
