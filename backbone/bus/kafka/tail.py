"""New records of all partitions without a group: for wake-ups."""

import asyncio
from collections.abc import AsyncIterator, Sequence

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError

from backbone.bus.kafka.closing import close_consumer
from backbone.bus.kafka.connection import KafkaConnection
from backbone.bus.kafka.records import record_of
from backbone.bus.port import BusRecord
from backbone.telemetry.logs import get_logger

START_PATIENCE = 10.0
PAUSE = 1.0
POLL_MS = 1000


async def tail(connection: KafkaConnection, client_id: str, topics: Sequence[str]) -> AsyncIterator[BusRecord]:
    """As `Bus.tail`. Waits for the cluster and for the topics as long as it takes."""
    log = get_logger("bus.kafka")
    while True:
        consumer = AIOKafkaConsumer(
            *topics,
            **connection.options(client_id),
            group_id=None,
            enable_auto_commit=False,
            auto_offset_reset="latest",
            isolation_level="read_committed",
            fetch_min_bytes=1,
        )
        try:
            async with asyncio.timeout(START_PATIENCE):
                await consumer.start()
                await consumer.seek_to_end()
            while True:
                for records in (await consumer.getmany(timeout_ms=POLL_MS)).values():
                    for record in records:
                        yield record_of(record)
        except (KafkaError, TimeoutError, OSError) as error:
            log.warning("tail_reconnects", error=type(error).__name__)
        finally:
            await close_consumer(consumer)
        await asyncio.sleep(PAUSE)
