"""`KafkaBus`: publishing through an accumulator for each partition, and what makes consumers and tails."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from backbone.bus.accumulator import Accumulator, Limits, Report
from backbone.bus.kafka.connection import KafkaConnection, calm_logs
from backbone.bus.kafka.consumer import KafkaConsumer
from backbone.bus.kafka.producer import ProducerSource
from backbone.bus.kafka.since import offsets_since
from backbone.bus.kafka.tail import tail
from backbone.bus.kafka.topics import ensure_topics
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
from backbone.clock import Clock
from backbone.errors import Unavailable
from backbone.telemetry.logs import get_logger

Line = tuple[str, int]


class KafkaBus:
    """The bus on Kafka: acks of all in-sync replicas, idempotent, one batch in flight for each partition.

    `start` succeeds with the cluster away, so that a process can come up and serve what it can: publishing then raises
    `Unavailable` until the cluster is back. It never makes topics by itself and never commits a position that matters.
    `connection` may be the bootstrap servers alone. `report` is told of each batch.
    """

    def __init__(
        self,
        connection: KafkaConnection | str,
        *,
        clock: Clock,
        client_id: str,
        limits: Limits | None = None,
        session_timeout: timedelta = timedelta(seconds=20),
        report: Report | None = None,
    ) -> None:
        self._connection = KafkaConnection(connection) if isinstance(connection, str) else connection
        self._clock = clock
        self._client_id = client_id
        self._limits = limits or Limits()
        self._session_timeout = session_timeout
        self._report = report
        self._source: ProducerSource | None = None
        self._partitions: dict[str, int] = {}
        self._lines: dict[Line, Accumulator] = {}
        self._log = get_logger("bus.kafka")

    async def start(self) -> None:
        calm_logs()
        self._source = ProducerSource(self._connection, self._client_id)
        try:
            await self._source.current()
        except Unavailable:
            self._log.warning("kafka_away_at_start")

    async def stop(self) -> None:
        """Waits up to 5 s for what is under way; who still waits then gets `Unavailable`."""
        lines, self._lines = list(self._lines.values()), {}
        source, self._source = self._source, None
        await asyncio.gather(*(line.close(timedelta(seconds=5)) for line in lines))
        if source is not None:
            await source.close()

    async def ensure_topics(self, topics: Iterable[TopicSpec]) -> None:
        await ensure_topics(self._connection, self._client_id, list(topics))

    async def publish(self, message: Message) -> None:
        partitions = self._partitions.get(message.topic) or await self._learn(message.topic)
        line = (message.topic, partition_of(message.key, partitions))
        await (self._lines.get(line) or self._open(line)).put(message)

    async def publish_many(self, messages: Sequence[Message]) -> None:
        groups: dict[Line, list[Message]] = {}
        for message in messages:
            partitions = self._partitions.get(message.topic) or await self._learn(message.topic)
            groups.setdefault((message.topic, partition_of(message.key, partitions)), []).append(message)
        futures: list[asyncio.Future[None]] = []
        try:
            for line, group in groups.items():
                futures.append((self._lines.get(line) or self._open(line)).put_many(group))
            await asyncio.gather(*futures)
        finally:
            for future in futures:
                future.cancel()

    def consumer(self, topics: Sequence[str], *, group: str, member: str, listener: AssignmentListener) -> Consumer:
        return KafkaConsumer(
            self._connection,
            topics,
            group=group,
            member=member,
            listener=listener,
            clock=self._clock,
            session_timeout=self._session_timeout,
        )

    def tail(self, topics: Sequence[str]) -> AsyncIterator[BusRecord]:
        return tail(self._connection, f"{self._client_id}-tail", topics)

    async def offsets_since(self, topic: str, at: datetime) -> Mapping[TopicPartition, int]:
        return await offsets_since(self._connection, f"{self._client_id}-since", topic, at)

    async def health(self) -> BusHealth:
        """Asks the cluster for its brokers, within 3 s. `ok` doesn't say that any topic has enough replicas in sync."""
        waiting = {"waiting_records": self._limits.records, "waiting_bytes": self._limits.bytes}
        try:
            brokers = await self._started().brokers()
        except Unavailable as error:
            return BusHealth(ok=False, detail=error.detail, facts=waiting)
        return BusHealth(ok=brokers > 0, detail=f"{brokers} brokers", facts={"brokers": brokers, **waiting})

    def _started(self) -> ProducerSource:
        if self._source is None:
            raise Unavailable("the bus is not started")
        return self._source

    async def _learn(self, topic: str) -> int:
        # Kept for good: with another number of partitions the same key would change its place and lose its order.
        try:
            async with asyncio.timeout(self._limits.deadline.total_seconds()):
                self._partitions[topic] = await self._started().partitions(topic)
        except TimeoutError as error:
            raise Unavailable("Kafka does not answer") from error
        return self._partitions[topic]

    def _open(self, line: Line) -> Accumulator:
        source, (topic, partition) = self._started(), line

        async def flush(messages: Sequence[Message]) -> None:
            await source.send(topic, partition, messages)

        self._lines[line] = Accumulator(flush, self._limits, report=self._report)
        return self._lines[line]
