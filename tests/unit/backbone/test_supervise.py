"""Background tasks under supervision."""

import asyncio
import os
import signal
from datetime import timedelta

import pytest
import structlog

from backbone.clock import ManualClock
from backbone.supervise import EXIT_OK, EXIT_STUCK, EXIT_TASK_DIED, Restart, Supervisor, supervise
from tests.support.time import advance, manual_clock, settle

SECOND = timedelta(seconds=1)


@pytest.fixture
def clock() -> ManualClock:
    return manual_clock()


async def forever() -> None:
    await asyncio.Event().wait()


async def die() -> None:
    raise RuntimeError("broken")


async def finish() -> None:
    return


async def test_the_death_of_one_task_brings_the_process_down_and_names_it(clock: ManualClock) -> None:
    with structlog.testing.capture_logs() as logs:
        code = await supervise({"consumer": forever, "timers": die}, clock=clock, signals=False)
    assert code == EXIT_TASK_DIED
    assert [line["task"] for line in logs if line["event"] == "task died"] == ["timers"]


async def test_a_task_that_returns_unasked_has_died_too(clock: ManualClock) -> None:
    assert await supervise({"consumer": finish, "timers": forever}, clock=clock, signals=False) == EXIT_TASK_DIED


async def test_a_task_that_may_finish_leaves_the_others_running(clock: ManualClock) -> None:
    supervisor = Supervisor(clock)
    supervisor.add("warm-up", finish, may_finish=True)
    supervisor.add("consumer", forever)
    running = asyncio.create_task(supervisor.run(signals=False))
    await settle()
    assert not running.done()
    supervisor.stop()
    assert await running == EXIT_OK


async def test_a_task_that_cancels_itself_has_died(clock: ManualClock) -> None:
    async def cancelled() -> None:
        raise asyncio.CancelledError

    assert await supervise({"consumer": cancelled, "timers": forever}, clock=clock, signals=False) == EXIT_TASK_DIED


async def test_tasks_stop_in_reverse_order_of_adding(clock: ManualClock) -> None:
    ended: list[str] = []

    def job(name: str) -> asyncio.Event:
        stopped = asyncio.Event()

        async def run() -> None:
            await stopped.wait()
            ended.append(name)

        async def stop() -> None:
            stopped.set()

        supervisor.add(name, run, on_stop=stop)
        return stopped

    supervisor = Supervisor(clock)
    for name in ("bus", "consumer", "http"):
        job(name)
    running = asyncio.create_task(supervisor.run(signals=False))
    await settle()
    supervisor.stop()
    assert await running == EXIT_OK
    assert ended == ["http", "consumer", "bus"]


async def test_a_task_that_ignores_its_stop_hook_is_cancelled_after_its_deadline(clock: ManualClock) -> None:
    async def hook() -> None:
        return

    supervisor = Supervisor(clock)
    supervisor.add("http", forever, on_stop=hook, stop_within=10 * SECOND)
    running = asyncio.create_task(supervisor.run(signals=False))
    await settle()
    supervisor.stop()
    await advance(clock, 9 * SECOND)
    assert not running.done()
    await advance(clock, SECOND)
    assert await running == EXIT_OK


async def test_a_stop_hook_that_hangs_or_fails_holds_nothing_up(clock: ManualClock) -> None:
    supervisor = Supervisor(clock)
    supervisor.add("one", forever, on_stop=forever, stop_within=SECOND)
    supervisor.add("two", forever, on_stop=die, stop_within=SECOND)
    running = asyncio.create_task(supervisor.run(signals=False))
    await settle()
    with structlog.testing.capture_logs() as logs:
        supervisor.stop()
        await advance(clock, 2 * SECOND, steps=4)
        assert await running == EXIT_OK
    assert [line["task"] for line in logs if line["event"] == "stop hook failed"] == ["two"]


async def test_a_second_stop_cuts_the_waiting_short(clock: ManualClock) -> None:
    async def hook() -> None:
        return

    supervisor = Supervisor(clock)
    supervisor.add("http", forever, on_stop=hook, stop_within=10 * SECOND)
    running = asyncio.create_task(supervisor.run(signals=False))
    await settle()
    supervisor.stop()
    await settle()
    supervisor.stop()
    assert await running == EXIT_OK


async def test_a_task_that_ignores_its_cancellation_ends_the_process(clock: ManualClock) -> None:
    release, codes = asyncio.Event(), []

    async def stubborn() -> None:
        while not release.is_set():
            try:
                await release.wait()
            except asyncio.CancelledError:
                continue

    def on_stuck(code: int) -> None:
        codes.append(code)
        release.set()

    supervisor = Supervisor(clock, cancel_within=5 * SECOND, on_stuck=on_stuck)
    supervisor.add("consumer", stubborn)
    running = asyncio.create_task(supervisor.run(signals=False))
    await settle()
    supervisor.stop()
    await advance(clock, 5 * SECOND)
    assert await running == EXIT_STUCK
    assert codes == [EXIT_STUCK]


async def test_a_task_with_a_policy_is_started_again_with_growing_waits(clock: ManualClock) -> None:
    starts: list[float] = []
    restarted: list[str] = []

    async def flaky() -> None:
        starts.append(clock.monotonic())
        raise OSError("away")

    supervisor = Supervisor(clock, jitter=lambda: 1.0, on_restart=restarted.append)
    supervisor.add("poller", flaky, restart=Restart(first=SECOND, ceiling=4 * SECOND, attempts=5))
    running = asyncio.create_task(supervisor.run(signals=False))
    await advance(clock, 30 * SECOND, steps=30)
    assert await running == EXIT_TASK_DIED
    assert starts == [0, 1, 3, 7, 11, 15]
    assert restarted == ["poller"] * 5


async def test_a_task_that_ran_well_for_a_while_begins_with_the_shortest_wait(clock: ManualClock) -> None:
    starts: list[float] = []

    async def long_lived() -> None:
        starts.append(clock.monotonic())
        await clock.sleep(timedelta(minutes=2) if len(starts) == 3 else timedelta(0))
        raise OSError("away")

    supervisor = Supervisor(clock, jitter=lambda: 1.0)
    supervisor.add("poller", long_lived, restart=Restart(first=SECOND, healthy_after=timedelta(minutes=1)))
    running = asyncio.create_task(supervisor.run(signals=False))
    await advance(clock, timedelta(seconds=125), steps=125)
    supervisor.stop()
    assert await running == EXIT_OK
    assert starts[:4] == [0, 1, 3, 124]


async def test_a_stop_ends_the_wait_before_a_restart(clock: ManualClock) -> None:
    supervisor = Supervisor(clock)
    supervisor.add("poller", die, restart=Restart(first=timedelta(hours=1), ceiling=timedelta(hours=1)))
    running = asyncio.create_task(supervisor.run(signals=False))
    await settle()
    supervisor.stop()
    assert await running == EXIT_OK


async def test_a_failure_told_from_outside_gives_its_code(clock: ManualClock) -> None:
    supervisor = Supervisor(clock)
    supervisor.add("consumer", forever)
    running = asyncio.create_task(supervisor.run(signals=False))
    await settle()
    supervisor.fail("watchdog consumer", code=71)
    supervisor.fail("later", code=72)
    assert await running == 71


async def test_a_cancelled_run_cancels_its_tasks_and_restarts_none(clock: ManualClock) -> None:
    supervisor = Supervisor(clock)
    supervisor.add("poller", forever, restart=Restart())
    running = asyncio.create_task(supervisor.run(signals=False))
    await settle()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


async def test_without_tasks_it_ends_at_once(clock: ManualClock) -> None:
    assert await Supervisor(clock).run(signals=False) == EXIT_OK


async def test_sigterm_is_a_clean_stop_and_its_handler_goes_afterwards(clock: ManualClock) -> None:
    supervisor = Supervisor(clock)
    supervisor.add("consumer", forever)
    running = asyncio.create_task(supervisor.run())
    await settle()
    os.kill(os.getpid(), signal.SIGTERM)
    assert await running == EXIT_OK
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


@pytest.mark.parametrize(("failures", "least", "most"), [(1, 0.25, 0.5), (2, 0.5, 1.0), (10, 15, 30), (10_000, 15, 30)])
def test_a_restart_waits_between_half_and_all_of_its_span(failures: int, least: float, most: float) -> None:
    policy = Restart()
    assert policy.delay(failures, lambda: 0.0).total_seconds() == least
    assert policy.delay(failures, lambda: 1.0).total_seconds() == most
