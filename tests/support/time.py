"""Moves a manual clock on while letting everything else run."""

import asyncio
from datetime import UTC, datetime, timedelta

from backbone.clock import ManualClock

START = datetime(2026, 1, 1, 12, tzinfo=UTC)


def manual_clock() -> ManualClock:
    return ManualClock(START)


async def settle(rounds: int = 20) -> None:
    """Lets every task that can run do so; no time passes on a manual clock."""
    for _ in range(rounds):
        await asyncio.sleep(0)


async def advance(clock: ManualClock, span: timedelta, *, steps: int = 1) -> None:
    """Moves the clock by `span` in equal steps and lets sleepers act after each."""
    await settle()
    for _ in range(steps):
        clock.advance(span / steps)
        await settle()
