"""Deadlines of many short waits, kept by one look each tenth of a second instead of a timer for each (6 µs a request)."""

import asyncio
from datetime import timedelta
from types import TracebackType

from backbone.clock import Clock

EVERY = timedelta(milliseconds=100)


class Deadlines:
    """Cuts waits that take too long, up to `every` after their time. Nothing is cut unless `run` runs."""

    def __init__(self, clock: Clock, every: timedelta = EVERY) -> None:
        self._clock = clock
        self._every = every
        self._open: set[Limit] = set()

    def within(self, span: timedelta) -> "Limit":
        """A context manager around awaits of the current task: raises `TimeoutError` as `asyncio.timeout` does."""
        return Limit(self._open, self._clock.monotonic() + span.total_seconds())

    async def run(self) -> None:
        """Looks until cancelled."""
        while True:
            await self._clock.sleep(self._every)
            now = self._clock.monotonic()
            for limit in [limit for limit in self._open if limit.due <= now]:
                limit.cut()


class Limit:
    """One wait of one task."""

    __slots__ = ("_cancelling", "_cut", "_open", "_task", "due")

    def __init__(self, others: "set[Limit]", due: float) -> None:
        self.due = due
        self._open = others
        self._cut = False
        self._task: asyncio.Task[object] | None = None
        self._cancelling = 0

    def __enter__(self) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._task = task
        self._cancelling = task.cancelling()
        self._open.add(self)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _at: TracebackType | None
    ) -> None:
        self._open.discard(self)
        if not self._cut or self._task is None:
            return
        # Somebody else may have cancelled the task too: then that is what it is told (as in `asyncio.timeout`).
        if self._task.uncancel() <= self._cancelling and kind is asyncio.CancelledError:
            raise TimeoutError from error

    def cut(self) -> None:
        """Ends the wait; a second time does nothing."""
        if not self._cut and self._task is not None:
            self._cut = True
            self._task.cancel()
