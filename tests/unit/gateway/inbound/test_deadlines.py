import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from backbone.clock import ManualClock
from gateway.inbound.deadlines import Deadlines
from tests.support.time import advance, manual_clock, settle

SECOND = timedelta(seconds=1)


@pytest.fixture
def clock() -> ManualClock:
    return manual_clock()


@pytest.fixture
async def deadlines(clock: ManualClock) -> AsyncIterator[Deadlines]:
    found = Deadlines(clock)
    running = asyncio.create_task(found.run())
    await settle()
    yield found
    running.cancel()


async def wait(deadlines: Deadlines, event: asyncio.Event) -> str:
    try:
        with deadlines.within(SECOND):
            await event.wait()
    except TimeoutError:
        return "late"
    return "in time"


async def test_a_wait_is_cut_after_its_time_and_not_before(clock: ManualClock, deadlines: Deadlines) -> None:
    waiting = asyncio.create_task(wait(deadlines, asyncio.Event()))
    await advance(clock, timedelta(seconds=0.9), steps=9)
    assert not waiting.done()
    await advance(clock, timedelta(seconds=0.3), steps=3)
    assert await waiting == "late"


async def test_a_wait_that_ends_in_time_is_left_alone(clock: ManualClock, deadlines: Deadlines) -> None:
    event = asyncio.Event()
    waiting = asyncio.create_task(wait(deadlines, event))
    await settle()
    event.set()
    assert await waiting == "in time"
    await advance(clock, 3 * SECOND, steps=30)
    assert deadlines._open == set()


async def test_a_task_cancelled_by_somebody_else_stays_cancelled(clock: ManualClock, deadlines: Deadlines) -> None:
    waiting = asyncio.create_task(wait(deadlines, asyncio.Event()))
    await settle()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting


async def test_a_task_cancelled_at_its_deadline_by_somebody_else_too_stays_cancelled(
    clock: ManualClock, deadlines: Deadlines
) -> None:
    waiting = asyncio.create_task(wait(deadlines, asyncio.Event()))
    await settle()
    [limit] = deadlines._open
    limit.cut()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting


async def test_an_error_of_the_work_itself_passes(deadlines: Deadlines) -> None:
    with pytest.raises(KeyError), deadlines.within(SECOND):
        raise KeyError
    assert deadlines._open == set()


async def test_after_a_cut_the_task_goes_on_as_if_nothing_had_been(clock: ManualClock, deadlines: Deadlines) -> None:
    async def work() -> str:
        first = await wait(deadlines, asyncio.Event())
        await asyncio.sleep(0)
        return first

    working = asyncio.create_task(work())
    await advance(clock, 2 * SECOND, steps=20)
    assert await working == "late"
    assert working.cancelling() == 0
