"""Runs the background tasks of a process: the death of one is never silent, and a stop always ends."""

import asyncio
import os
import random
import signal
import sys
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from backbone.clock import Clock, SystemClock
from backbone.telemetry.logs import get_logger

log = get_logger(__name__)

EXIT_OK = 0
EXIT_TASK_DIED = 70
"""`EX_SOFTWARE` of sysexits.h: an orchestrator starts the process again."""
EXIT_STUCK = 75

Job = Callable[[], Coroutine[Any, Any, None]]
StopHook = Callable[[], Awaitable[None]]


def exit_now(code: int) -> None:
    """Ends the process at once, without clean-up: for a loop or a task that no longer answers. Never returns."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


@dataclass(frozen=True, slots=True)
class Restart:
    """Start a task again after an error: after `first`, doubling up to `ceiling`, each with full jitter above half.

    A task that ran for `healthy_after` begins anew with `first`. After `attempts` failures in a row it counts as dead.
    """

    first: timedelta = timedelta(milliseconds=500)
    ceiling: timedelta = timedelta(seconds=30)
    healthy_after: timedelta = timedelta(minutes=1)
    attempts: int = 20

    def delay(self, failures: int, jitter: Callable[[], float]) -> timedelta:
        """How long to wait after the `failures`-th error in a row; `jitter` gives a number from 0 to 1."""
        whole = min(self.ceiling, self.first * 2.0 ** min(failures - 1, 30))
        return whole * (0.5 + jitter() / 2)


@dataclass(slots=True)
class _Entry:
    name: str
    job: Job
    restart: Restart | None
    on_stop: StopHook | None
    stop_within: timedelta
    may_finish: bool
    task: asyncio.Task[None] | None = None


class Supervisor:
    """Runs named tasks until one dies, a signal arrives or `stop` is called; then stops them in reverse order of adding.

    A task is stopped by its `on_stop` hook (which should make its coroutine return) within `stop_within`, then by
    cancellation within `cancel_within`. A task that ignores even that ends the process by `on_stuck`. It does not
    restart tasks unless told how, and never hides an error. One use each: `run` may be awaited once.
    """

    def __init__(
        self,
        clock: Clock | None = None,
        *,
        cancel_within: timedelta = timedelta(seconds=5),
        on_restart: Callable[[str], None] = lambda _name: None,
        on_stuck: Callable[[int], None] = exit_now,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._clock = clock or SystemClock()
        self._cancel_within = cancel_within
        self._on_restart = on_restart
        self._on_stuck = on_stuck
        self._jitter = jitter
        self._entries: list[_Entry] = []
        self._stopping = asyncio.Event()
        self._hurry = asyncio.Event()
        self._code = EXIT_OK

    def add(
        self,
        name: str,
        job: Job,
        *,
        restart: Restart | None = None,
        on_stop: StopHook | None = None,
        stop_within: timedelta = timedelta(seconds=10),
        may_finish: bool = False,
    ) -> None:
        """Before `run`. A job that returns although nobody stopped it has died too, unless it `may_finish`."""
        self._entries.append(_Entry(name, job, restart, on_stop, stop_within, may_finish))

    @property
    def stopping(self) -> bool:
        return self._stopping.is_set()

    @property
    def hurried(self) -> bool:
        """Asked to stop more than once."""
        return self._hurry.is_set()

    def stop(self, reason: str = "asked to stop") -> None:
        """Begins a clean stop; the second call cuts the waiting short. Safe in a signal handler of the loop."""
        if self._stopping.is_set():
            self._hurry.set()
            return
        log.info("stopping", reason=reason)
        self._stopping.set()

    def fail(self, reason: str, *, code: int = EXIT_TASK_DIED) -> None:
        """Begins a stop that ends with a non-zero code; the first failure's code stays."""
        self._code = self._code or code
        if not self._stopping.is_set():
            log.critical("going down", reason=reason, code=code)
            self._stopping.set()

    async def run(self, *, signals: bool = True) -> int:
        """Runs everything and returns the exit code: 0 after a clean stop. `signals` takes over SIGTERM and SIGINT."""
        loop = asyncio.get_running_loop()
        taken = (signal.SIGTERM, signal.SIGINT) if signals else ()
        for number in taken:
            loop.add_signal_handler(number, self.stop, signal.Signals(number).name)
        try:
            async with asyncio.TaskGroup() as group:
                for entry in self._entries:
                    entry.task = group.create_task(self._watch(entry), name=entry.name)
                if not self._entries:
                    self._stopping.set()
                try:
                    await self._stopping.wait()
                except asyncio.CancelledError:
                    # The tasks are about to be cancelled by the group and must not count that as dying.
                    self._stopping.set()
                    raise
                for entry in reversed(self._entries):
                    await self._stop_one(entry)
        finally:
            for number in taken:
                loop.remove_signal_handler(number)
        return self._code

    async def _watch(self, entry: _Entry) -> None:
        """Runs one job, again if its policy says so; never raises anything but a cancellation of the stop."""
        failures = 0
        while True:
            began = self._clock.monotonic()
            error = await _outcome(entry.job)
            if self._stopping.is_set():
                if error is not None and not isinstance(error, asyncio.CancelledError):
                    log.error("task failed while stopping", task=entry.name, exc_info=error)
                return
            if error is None and entry.may_finish:
                return
            ran = self._clock.monotonic() - began
            failures = 1 if entry.restart and ran >= entry.restart.healthy_after.total_seconds() else failures + 1
            if entry.restart is None or failures > entry.restart.attempts:
                log.critical("task died", task=entry.name, failures=failures, exc_info=error)
                self.fail(f"task {entry.name} died")
                return
            delay = entry.restart.delay(failures, self._jitter)
            log.error("task failed", task=entry.name, failures=failures, again_in=delay.total_seconds(), exc_info=error)
            self._on_restart(entry.name)
            if await self._stopped_within(delay):
                return

    async def _stopped_within(self, span: timedelta) -> bool:
        stop = asyncio.ensure_future(self._stopping.wait())
        await self._first_of(stop, span)
        stopped = stop.done()
        stop.cancel()
        return stopped

    async def _stop_one(self, entry: _Entry) -> None:
        task = entry.task
        if task is None or task.done():
            return
        if entry.on_stop is not None:
            hook = asyncio.ensure_future(entry.on_stop())
            both = asyncio.gather(hook, asyncio.shield(task), return_exceptions=True)
            await self._first_of(both, entry.stop_within, cut_short=self._hurry)
            await _settle(both)
            if hook.done() and not hook.cancelled() and hook.exception() is not None:
                log.error("stop hook failed", task=entry.name, exc_info=hook.exception())
            if not task.done():
                log.warning("task did not stop in time", task=entry.name, seconds=entry.stop_within.total_seconds())
        if not task.done():
            task.cancel()
            await self._first_of(task, self._cancel_within)
        if not task.done():
            log.critical("task ignores its cancellation", task=entry.name)
            self._code = self._code or EXIT_STUCK
            self._on_stuck(EXIT_STUCK)

    async def _first_of(
        self, future: "asyncio.Future[Any]", span: timedelta, *, cut_short: asyncio.Event | None = None
    ) -> None:
        """Waits until the future is done, `span` is over or the event is set; cancels nothing but its own timers."""
        timers = [asyncio.ensure_future(self._clock.sleep(span))]
        if cut_short is not None:
            timers.append(asyncio.ensure_future(_until(cut_short)))
        await asyncio.wait({future, *timers}, return_when=asyncio.FIRST_COMPLETED)
        for timer in timers:
            await _settle(timer)


async def _outcome(job: Job) -> BaseException | None:
    """How the job ended. A cancellation that nobody asked for is an end like any other; exits of the process pass."""
    try:
        await job()
    except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001
        return error
    return None


async def _until(event: asyncio.Event) -> None:
    await event.wait()


async def _settle(future: "asyncio.Future[Any]") -> None:
    """Cancels what is left of a future of our own and waits for it."""
    future.cancel()
    with suppress(asyncio.CancelledError):
        await future


async def supervise(tasks: Mapping[str, Job], *, clock: Clock | None = None, signals: bool = True) -> int:
    """Runs the named tasks under a plain `Supervisor`; returns the process's exit code."""
    supervisor = Supervisor(clock)
    for name, job in tasks.items():
        supervisor.add(name, job)
    return await supervisor.run(signals=signals)
