"""Who does not lead tells the one who does: what a process did is not found by a look a second later."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from backbone.storage.database import Database
from backbone.storage.leases import Lease
from backbone.storage.wake import Listener
from backbone.telemetry.metrics import Metrics
from router.leadership import Leader
from router.signals import Signal

pytestmark = pytest.mark.database


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url, role="frontdesk_router", name="test")
    await database.start()
    yield database
    await database.stop()


async def test_what_a_process_did_is_passed_on_and_what_it_heard_is_not(database: Database) -> None:
    heard: asyncio.Queue[str] = asyncio.Queue()
    listening, leading = asyncio.Event(), asyncio.Event()

    async def lead(_lease: Lease) -> bool:
        leading.set()
        return False

    async def never(_lease: Lease) -> bool:
        raise AssertionError("only one leads")

    other = Signal()
    first = Leader(database, "sequencer/0", "r1", lead, Signal(), Metrics())
    second = Leader(database, "sequencer/0", "r2", never, other, Metrics(), look=timedelta(minutes=1), tell="events")
    listener = Listener(database, lambda topic, _detail: heard.put_nowait(topic), listening.set)
    async with asyncio.timeout(30), asyncio.TaskGroup() as group:
        tasks = [group.create_task(first.run()), group.create_task(listener.run())]
        await leading.wait()
        await listening.wait()
        tasks.append(group.create_task(second.run()))
        other.hear()
        while not second.rounds:
            await asyncio.sleep(0.01)
        for _ in range(3):
            other.set()
            assert await heard.get() == "events"
        assert heard.empty()
        for task in tasks:
            task.cancel()
