"""New records of all partitions without a group: for wake-ups."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence

from backbone.bus.port import BusRecord, TopicPartition
from backbone.bus.postgres.consumer import LOOK_EVERY, RECORDS
from backbone.bus.postgres.log import ends, read
from backbone.bus.postgres.session import Session
from backbone.errors import Unavailable
from backbone.telemetry.logs import get_logger

PAUSE = 1.0
READ_RECORDS = 500


async def tail(make_session: Callable[[], Session], topics: Sequence[str]) -> AsyncIterator[BusRecord]:
    """As `Bus.tail`. After a loss of the connection it goes on where it stood."""
    log = get_logger("bus.postgres")
    positions: dict[TopicPartition, int] | None = None
    wake = asyncio.Event()

    def heard(changed: str) -> None:
        if not set(changed.split(",")).isdisjoint(topics):
            wake.set()

    session = make_session()
    session.listen(RECORDS, heard)
    try:
        while True:
            try:
                wake.clear()
                found = await ends(session, topics)
                positions = _starts(positions, found)
                for record in await read(session, list(positions.items()), READ_RECORDS):
                    positions[TopicPartition(record.topic, record.partition)] = record.offset + 1
                    yield record
                    wake.set()
                async with asyncio.timeout(LOOK_EVERY):
                    await wake.wait()
            except TimeoutError:
                continue
            except Unavailable:
                log.warning("tail_reconnects")
                await asyncio.sleep(PAUSE)
    finally:
        await session.close()


def _starts(before: dict[TopicPartition, int] | None, found: Mapping[TopicPartition, int]) -> dict[TopicPartition, int]:
    """The end of each partition at first; later where we stood, the start of a partition made since, and never beyond the end."""
    if before is None:
        return dict(found)
    return {partition: min(before.get(partition, 0), end) for partition, end in found.items()}
