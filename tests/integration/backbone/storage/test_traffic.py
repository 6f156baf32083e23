"""Counts of accounts against a real PostgreSQL: added up by the hour, by any number of processes, and kept while it is away."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from backbone.clock import SystemClock
from backbone.errors import Unavailable
from backbone.storage.database import Database
from backbone.storage.traffic import Traffic
from tests.support.desk import rows
from tests.support.time import manual_clock, settle
from tests.support.waiting import until

pytestmark = pytest.mark.database


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    made = Database(database_url, role="frontdesk_gateway", name="test")
    await made.start()
    yield made
    await made.stop()


async def counts(url: str) -> dict[tuple[str, int], tuple[int, ...]]:
    found = await rows(
        url, "SELECT account_id, extract(hour FROM hour)::int AS h, received, stored, refused FROM account_traffic"
    )
    return {(row["account_id"], row["h"]): (row["received"], row["stored"], row["refused"]) for row in found}


async def test_counts_of_several_processes_and_hours_add_up(database: Database, database_url: str) -> None:
    clock = manual_clock()
    processes = [Traffic(database, clock) for _ in range(3)]
    for traffic in processes:
        traffic.add("ten_1", "acc_1", "received", 2)
        traffic.add("ten_2", "acc_2", "stored")
    await asyncio.gather(*(traffic.write() for traffic in processes))
    clock.advance(timedelta(hours=1))
    processes[0].add("ten_1", "acc_1", "refused")
    await processes[0].write()
    assert await counts(database_url) == {("acc_1", 12): (6, 0, 0), ("acc_1", 13): (0, 0, 1), ("acc_2", 12): (0, 3, 0)}


async def test_what_could_not_be_written_is_written_later(database: Database, database_url: str) -> None:
    traffic = Traffic(database, manual_clock())
    traffic.add("ten_1", "acc_1", "received", 5)
    await database.stop()
    with pytest.raises(Unavailable):
        await traffic.write()
    await database.start()
    await traffic.write()
    assert await counts(database_url) == {("acc_1", 12): (5, 0, 0)}


async def test_a_process_that_is_told_to_stop_writes_what_it_has(database: Database, database_url: str) -> None:
    traffic = Traffic(database, SystemClock())
    task = asyncio.create_task(traffic.run())
    await settle()
    traffic.add("ten_1", "acc_1", "received", 7)
    task.cancel()
    await until(task.done)
    assert [found[0] for found in (await counts(database_url)).values()] == [7]


async def test_counting_is_bounded(database: Database, database_url: str) -> None:
    traffic = Traffic(database, manual_clock(), most=2)
    for number in range(5):
        traffic.add("ten_1", f"acc_{number}", "received")
    await traffic.write()
    assert len(await counts(database_url)) == 2
