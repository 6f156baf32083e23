"""The idempotent producer behind the bus: started on need, replaced when it is broken, always closed in bounded time."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from backbone.bus.kafka.closing import close_producer
from backbone.bus.kafka.connection import KafkaConnection
from backbone.bus.port import Message
from backbone.errors import ConfigurationInvalid, Unavailable
from backbone.telemetry.logs import get_logger

START_PATIENCE = 5.0
ANSWER_PATIENCE = 3.0
# Past it a batch without an answer means a stuck client rather than a slow cluster.
STUCK_AFTER = timedelta(seconds=60)
# Larger than any batch of the accumulator: the builder must never refuse a record half-way.
BUILDER_BYTES = 2 * 1024 * 1024


class ProducerSource:
    """Holds one producer. An error that the library gives up on breaks the sequence numbers of its partition, so the
    producer is closed and a new one takes over; batches of other partitions that are under way end on the old one.
    """

    def __init__(self, connection: KafkaConnection, client_id: str) -> None:
        self._connection = connection
        self._client_id = client_id
        self._producer: Any = None
        self._starting = asyncio.Lock()
        self._closing: set[asyncio.Task[None]] = set()
        self._under_way: dict[asyncio.Future[object], float] = {}
        self._look: asyncio.TimerHandle | None = None
        self._log = get_logger("bus.kafka")

    async def current(self) -> Any:
        """Raises `Unavailable` if the cluster can't be reached within 5 s."""
        if self._producer is not None:
            return self._producer
        async with self._starting:
            if self._producer is None:
                self._producer = await self._start()
            return self._producer

    async def send(self, topic: str, partition: int, messages: Sequence[Message]) -> None:
        """One batch, acknowledged by all in-sync replicas. Raises `Unavailable`; it may have been taken then.

        Waits as long as the library retries; callers' deadlines are the accumulator's.
        """
        producer = await self.current()
        batch = producer.create_batch()
        for message in messages:
            batch.append(timestamp=None, key=message.key, value=message.value, headers=list(message.headers))
        try:
            await self._answered(await producer.send_batch(batch, topic, partition=partition))
        except (KafkaError, TimeoutError) as error:
            self._discard(producer, error)
            raise Unavailable("Kafka did not take the records") from error

    async def _answered(self, answer: "asyncio.Future[object]") -> None:
        """Waits for a batch's answer; raises `TimeoutError` for one that never comes.

        One timer looks after all of them: one for each cost a small batch a sixth of what it takes.
        """
        loop = asyncio.get_running_loop()
        self._under_way[answer] = loop.time()
        if self._look is None:
            self._look = loop.call_later(STUCK_AFTER.total_seconds(), self._look_after)
        try:
            await answer
        except asyncio.CancelledError:
            if answer in self._under_way:
                raise
            raise TimeoutError from None
        finally:
            self._under_way.pop(answer, None)

    def _look_after(self) -> None:
        self._look = None
        loop = asyncio.get_running_loop()
        due = loop.time() - STUCK_AFTER.total_seconds()
        for answer in [answer for answer, since in self._under_way.items() if since <= due]:
            del self._under_way[answer]
            answer.cancel()
        if self._under_way:
            oldest = min(self._under_way.values())
            self._look = loop.call_at(oldest + STUCK_AFTER.total_seconds(), self._look_after)

    async def partitions(self, topic: str) -> int:
        """How many the topic has. Raises `Unavailable`, also for a topic that doesn't exist (yet)."""
        producer = await self.current()
        try:
            async with asyncio.timeout(START_PATIENCE):
                return len(await producer.partitions_for(topic))
        except (KafkaError, TimeoutError) as error:
            raise Unavailable(f"Kafka does not know the topic {topic}") from error

    async def brokers(self) -> int:
        """How many brokers answer for the cluster now. Raises `Unavailable`."""
        producer = await self.current()
        try:
            async with asyncio.timeout(ANSWER_PATIENCE):
                return len((await producer.client.fetch_all_metadata()).brokers())
        except (KafkaError, TimeoutError) as error:
            raise Unavailable("Kafka does not answer") from error

    async def close(self) -> None:
        producer, self._producer = self._producer, None
        if self._look is not None:
            self._look.cancel()
            self._look = None
        if producer is not None:
            await close_producer(producer)
        await asyncio.gather(*self._closing)

    async def _start(self) -> Any:
        producer = AIOKafkaProducer(
            **self._connection.options(self._client_id),
            enable_idempotence=True,
            acks="all",
            linger_ms=0,
            max_batch_size=BUILDER_BYTES,
            max_request_size=BUILDER_BYTES,
        )
        try:
            async with asyncio.timeout(START_PATIENCE):
                await producer.start()
        except (KafkaError, TimeoutError, OSError) as error:
            await close_producer(producer)
            raise Unavailable("Kafka can't be reached") from error
        except ValueError as error:
            await close_producer(producer)
            raise ConfigurationInvalid(f"Kafka's settings are refused: {error}") from error
        return producer

    def _discard(self, producer: Any, error: BaseException) -> None:
        if producer is not self._producer:
            return
        self._producer = None
        self._log.warning("producer_replaced", error=type(error).__name__)
        task = asyncio.get_running_loop().create_task(close_producer(producer))
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)
