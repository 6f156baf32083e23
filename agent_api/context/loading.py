"""Loads parts at the same time, each within its own deadline: none that hangs keeps the others, or the answer, back."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any

from backbone.telemetry.logs import get_logger

PART_WITHIN = timedelta(milliseconds=200)
AT_ONCE = 3
"""Parts of one call that hold a connection at the same time: the others of the process are for everybody else."""

Load = Callable[[], Awaitable[Any]]


class Loader:
    """One for a process: what was given up ends behind the scenes, and is kept in sight until then."""

    def __init__(self) -> None:
        self._left: set[asyncio.Task[Any]] = set()
        self._log = get_logger("context")

    async def load(self, parts: Mapping[str, Load], within: timedelta = PART_WITHIN) -> dict[str, Any]:
        """What each part gave; those that failed or took longer are not in it. Takes `within` at most."""
        room = asyncio.Semaphore(AT_ONCE)

        async def one(load: Load) -> Any:
            async with room:
                return await load()

        tasks = {asyncio.create_task(one(load), name=f"context {name}"): name for name, load in parts.items()}
        try:
            done, late = await asyncio.wait(tasks, timeout=within.total_seconds())
        except asyncio.CancelledError:
            for task in tasks:
                self._give_up(task)
            raise
        for task in late:
            self._log.warning("context_part_late", part=tasks[task])
            self._give_up(task)
        return {tasks[task]: task.result() for task in done if self._succeeded(task, tasks[task])}

    def _succeeded(self, task: asyncio.Task[Any], part: str) -> bool:
        error = task.exception()
        if error is not None:
            self._log.warning("context_part_failed", part=part, error=type(error).__name__)
        return error is None

    def _give_up(self, task: asyncio.Task[Any]) -> None:
        """Asks it to end, and doesn't wait: it may hang in the very thing that it must tell."""
        task.cancel()
        self._left.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._left.discard(task)
        if not task.cancelled():
            task.exception()
