"""One member of a consumer group on Kafka, whose positions come from the listener and never from Kafka."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener
from aiokafka import TopicPartition as KafkaPartition
from aiokafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor
from aiokafka.errors import IllegalStateError, KafkaError

from backbone.bus.kafka.closing import close_consumer
from backbone.bus.kafka.connection import KafkaConnection
from backbone.bus.kafka.records import record_of
from backbone.bus.port import AssignmentListener, BusRecord, TopicPartition, share_of
from backbone.clock import Clock
from backbone.errors import Unavailable
from backbone.telemetry.logs import get_logger

START_PATIENCE = 30.0
REQUEST_PATIENCE = 10.0
# How long a poll waits at once: partitions gained meanwhile are opened after it.
SLICE = 0.1
# Fetches are answered at least every half second; so long without one means that the cluster or the client is gone.
SILENT_AFTER = 10.0
NOTE_EVERY = 1.0


class KafkaConsumer:
    """As `Consumer`. A partition is closed until its position is read from the listener, in the polling task; what the
    client fetched before that, from the offsets it knows itself, is dropped and read again from the right place.
    """

    def __init__(
        self,
        connection: KafkaConnection,
        topics: Sequence[str],
        *,
        group: str,
        member: str,
        listener: AssignmentListener,
        clock: Clock,
        session_timeout: timedelta,
    ) -> None:
        self._connection = connection
        self._topics = topics
        self._group = group
        self._member = member
        self._listener = listener
        self._clock = clock
        self._session_timeout = session_timeout
        self._client: Any = None
        # Next offset of each open partition; what was gained and isn't open yet; what the listener was told of; whether
        # the group counts us in.
        self._next: dict[TopicPartition, int] = {}
        self._gained: set[TopicPartition] = set()
        self._told: set[TopicPartition] = set()
        self._joined = False
        self._turn = asyncio.Lock()
        self._progress = 0
        self._stamp = 0
        self._alive_at = 0.0
        self._noted: dict[TopicPartition, int] = {}
        self._noting: asyncio.Task[None] | None = None
        self._log = get_logger("bus.kafka").bind(group=group, member=member)

    async def start(self) -> None:
        """Joins the group. Raises `Unavailable` if that takes more than 30 s; it may be called again then."""
        client = AIOKafkaConsumer(
            **self._connection.options(self._member),
            group_id=self._group,
            group_instance_id=self._member,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            isolation_level="read_committed",
            partition_assignment_strategy=(RoundRobinPartitionAssignor,),
            session_timeout_ms=int(self._session_timeout.total_seconds() * 1000),
            heartbeat_interval_ms=1000,
            max_poll_interval_ms=300_000,
            fetch_min_bytes=1,
            fetch_max_wait_ms=500,
            fetch_max_bytes=16 * 1024 * 1024,
        )
        client.subscribe(topics=list(self._topics), listener=_Rebalance(self))
        self._client = client
        self._alive_at = self._clock.monotonic()
        try:
            async with asyncio.timeout(START_PATIENCE):
                await client.start()
        except (KafkaError, TimeoutError, OSError) as error:
            await self._drop()
            raise Unavailable("the consumer group can't be joined now") from error
        self._noting = asyncio.get_running_loop().create_task(self._note_loop())

    async def stop(self) -> None:
        """Tells the listener, then leaves. The group gives the partitions to others after the session time-out, unless
        a member of the same name comes back before.
        """
        await self._drop()

    async def poll(self, *, max_records: int, timeout: timedelta) -> Sequence[BusRecord]:
        if self._client is None:
            await self.start()
        if self._noting is not None and self._noting.done():
            self._noting.result()
        end = self._clock.monotonic() + timeout.total_seconds()
        try:
            while True:
                await self._open_gained()
                left = end - self._clock.monotonic()
                wait_ms = int(max(0.0, min(left, SLICE)) * 1000)
                records = await self._accept(await self._fetched(wait_ms, max_records))
                self._look_alive(bool(records))
                if records or left <= 0:
                    return records
        except IllegalStateError:
            # A partition was revoked between two steps: the next poll sees the new state.
            return ()
        except (KafkaError, TimeoutError) as error:
            self._log.warning("consumer_rebuilt", error=type(error).__name__)
            await self._drop()
            raise Unavailable("Kafka does not answer this consumer") from error

    async def seek(self, partition: TopicPartition, offset: int) -> None:
        """Without effect on a partition that was revoked meanwhile."""
        if partition in self._next:
            self._next[partition] = offset
            self._client.seek(_kafka(partition), offset)

    async def note_positions(self, positions: Mapping[TopicPartition, int]) -> None:
        """Sent to Kafka once a second at most."""
        self._noted.update(positions)

    async def lag(self) -> Mapping[TopicPartition, int]:
        """By the last answer of the cluster; a partition without one yet counts as not lagging."""
        known = {p: self._client.highwater(_kafka(p)) for p in self._next if self._assigned(p)}
        return {p: max(0, end - self._next[p]) if end is not None else 0 for p, end in known.items()}

    def progress(self) -> int:
        return self._progress

    async def revoked(self, partitions: Iterable[KafkaPartition]) -> None:
        """From the client's own task, whenever the group is balanced anew."""
        names = {_ours(partition) for partition in partitions}
        for partition in names:
            self._next.pop(partition, None)
        self._gained.clear()
        self._joined = False
        async with self._turn:
            lost = sorted(self._told & names)
            self._told -= names
            if lost:
                await self._listener.revoked(lost)

    async def gained(self, partitions: Iterable[KafkaPartition]) -> None:
        # Closed until a poll opens them: an error of the listener then reaches the poller, who tries again.
        self._gained = {_ours(partition) for partition in partitions}
        self._joined = True

    async def _open_gained(self) -> None:
        if not self._gained:
            return
        async with self._turn:
            gained = sorted(self._gained)
            if not gained:
                return
            positions = await self._listener.assigned(gained)
            self._told.update(gained)
            bounds = await self._bounds(gained)
            for partition in gained:
                # Revoked while we asked: the listener is told so as soon as this turn ends.
                if partition not in self._gained:
                    continue
                begin, end = bounds[partition]
                start = self._within(partition, positions.get(partition), begin, end)
                self._client.seek(_kafka(partition), start)
                self._next[partition] = start
            self._gained.difference_update(gained)

    async def _bounds(self, partitions: Sequence[TopicPartition]) -> dict[TopicPartition, tuple[int, int]]:
        wanted = [_kafka(partition) for partition in partitions]
        async with asyncio.timeout(REQUEST_PATIENCE):
            begins = await self._client.beginning_offsets(wanted)
            ends = await self._client.end_offsets(wanted)
        return {_ours(p): (begins[p], ends[p]) for p in wanted}

    def _within(self, partition: TopicPartition, position: int | None, begin: int, end: int) -> int:
        if position is None:
            return begin
        if begin <= position <= end:
            return position
        self._log.error(
            "position_out_of_range",
            topic=partition.topic,
            partition=partition.partition,
            position=position,
            oldest=begin,
            newest=end,
        )
        return begin

    async def _fetched(self, wait_ms: int, most: int) -> dict[KafkaPartition, Sequence[Any]]:
        """The client empties one partition after the other: each is asked for its share, until the batch is full."""
        share = share_of(most)
        found: dict[KafkaPartition, Sequence[Any]] = await self._client.getmany(timeout_ms=wait_ms, max_records=share)
        while found and (room := most - sum(map(len, found.values()))) > 0:
            others = [partition for partition in self._client.assignment() if partition not in found]
            more = await self._client.getmany(*others, timeout_ms=0, max_records=min(share, room)) if others else {}
            if not more:
                break
            found |= more
        return found

    async def _accept(self, batches: Mapping[KafkaPartition, Sequence[Any]]) -> list[BusRecord]:
        accepted: list[BusRecord] = []
        for where, records in batches.items():
            partition = _ours(where)
            expected = self._next.get(partition)
            if expected is None:
                continue
            if records[0].offset != expected and not await self._is_gap(partition, expected, records[0].offset):
                continue
            if partition in self._next:
                self._next[partition] = records[-1].offset + 1
                accepted.extend(map(record_of, records))
        return accepted

    async def _is_gap(self, partition: TopicPartition, expected: int, found: int) -> bool:
        """Whether the log itself jumps; else the client does, and is sent back."""
        begin, _ = (await self._bounds([partition]))[partition]
        if found < expected or begin > expected:
            self._within(partition, expected, begin=found, end=found)
            return True
        if partition in self._next and self._assigned(partition):
            self._client.seek(_kafka(partition), expected)
        return False

    def _assigned(self, partition: TopicPartition) -> bool:
        return self._client is not None and _kafka(partition) in self._client.assignment()

    def _look_alive(self, polled: bool) -> None:
        stamps = (self._client.last_poll_timestamp(_kafka(p)) for p in self._next if self._assigned(p))
        stamp = max((value for value in stamps if value), default=0)
        waiting_for_work = self._joined and not self._next and not self._gained
        now = self._clock.monotonic()
        if polled or stamp != self._stamp or waiting_for_work:
            self._stamp = stamp
            self._alive_at = now
            self._progress += 1
        elif now - self._alive_at > SILENT_AFTER:
            self._alive_at = now
            raise Unavailable("Kafka has not answered this consumer for a while")

    async def _note_loop(self) -> None:
        while True:
            await asyncio.sleep(NOTE_EVERY)
            await self._note()

    async def _note(self) -> None:
        noted, self._noted = self._noted, {}
        offsets = {_kafka(p): offset for p, offset in noted.items() if self._assigned(p)}
        if not offsets:
            return
        try:
            async with asyncio.timeout(REQUEST_PATIENCE):
                await self._client.commit(offsets)
        except (KafkaError, TimeoutError) as error:
            self._log.info("positions_not_noted", error=type(error).__name__)

    async def _drop(self) -> None:
        client, noting = self._client, self._noting
        if noting is not None:
            noting.cancel()
            await asyncio.gather(noting, return_exceptions=True)
            self._noting = None
            await self._note()
        await self.revoked([_kafka(partition) for partition in self._told])
        self._client = None
        if client is not None:
            await close_consumer(client)


class _Rebalance(ConsumerRebalanceListener):  # type: ignore[misc]
    """The client calls it from its own task and swallows what it raises."""

    def __init__(self, consumer: KafkaConsumer) -> None:
        self._consumer = consumer

    async def on_partitions_revoked(self, revoked: Iterable[KafkaPartition]) -> None:
        await self._consumer.revoked(revoked)

    async def on_partitions_assigned(self, assigned: Iterable[KafkaPartition]) -> None:
        await self._consumer.gained(assigned)


def _kafka(partition: TopicPartition) -> KafkaPartition:
    return KafkaPartition(partition.topic, partition.partition)


def _ours(partition: KafkaPartition) -> TopicPartition:
    return TopicPartition(partition.topic, partition.partition)
