"""Waiting for a condition instead of for a time."""

import asyncio
import time
from collections.abc import Awaitable, Callable

PATIENCE = 30.0


async def until(holds: Callable[[], bool | Awaitable[bool]], *, within: float = PATIENCE, what: str = "") -> None:
    """Returns as soon as `holds` does; fails the test if it doesn't within so many seconds."""
    deadline = time.monotonic() + within
    while True:
        answer = holds()
        if answer if isinstance(answer, bool) else await answer:
            return
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {within} s: {what or holds}")
        await asyncio.sleep(0.01)
