"""Where a moment lies in a topic: the brokers keep an index of times."""

import asyncio
from collections.abc import Mapping
from datetime import datetime

import aiokafka
from aiokafka.errors import KafkaError

from backbone.bus.kafka.closing import close_consumer
from backbone.bus.kafka.connection import KafkaConnection
from backbone.bus.port import TopicPartition
from backbone.errors import Unavailable

PATIENCE = 20.0


async def offsets_since(
    connection: KafkaConnection, client_id: str, topic: str, at: datetime
) -> Mapping[TopicPartition, int]:
    """As `Bus.offsets_since`. Kafka's times are whole milliseconds."""
    consumer = aiokafka.AIOKafkaConsumer(
        topic, **connection.options(client_id), group_id=None, enable_auto_commit=False
    )
    try:
        async with asyncio.timeout(PATIENCE):
            await consumer.start()
            places = sorted(consumer.assignment())
            moment = int(at.timestamp() * 1000)
            found = await consumer.offsets_for_times(dict.fromkeys(places, moment))
            ends = await consumer.end_offsets(places)
    except (KafkaError, TimeoutError, OSError) as error:
        raise Unavailable("Kafka does not say now where that moment lies") from error
    finally:
        await close_consumer(consumer)
    return {
        TopicPartition(topic, place.partition): found[place].offset if found[place] is not None else ends[place]
        for place in places
    }
