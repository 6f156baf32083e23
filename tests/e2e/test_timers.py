"""5,000 timers while both routers that fire them are killed: each fires once, and none early (L1 in small)."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.support.desk import rows
from tests.support.stack import Stack
from tests.support.timers import ROUTERS, kill_when_left, left, outcome, set_timers

pytestmark = [pytest.mark.database, pytest.mark.chaos, pytest.mark.timeout(300)]
MANY = 5000


@pytest.fixture
async def stack(database_url: str, tmp_path: Path) -> AsyncIterator[Stack]:
    stack = Stack(tmp_path, database_url)
    stack.seed()
    for name in ROUTERS:
        await asyncio.to_thread(stack.start, name)
    yield stack
    await asyncio.to_thread(stack.stop)


async def test_five_thousand_timers_fire_once_and_never_early_while_both_routers_are_killed(stack: Stack) -> None:
    due = await set_timers(stack, MANY, timedelta(milliseconds=2), timedelta(seconds=4))
    assert len(due) == MANY
    assert await left(stack) == MANY, "some fired while they were being set"
    pids = [stack.pid(name) for name in ROUTERS]
    remaining = [
        await kill_when_left(stack, name, int(MANY * (1 - share)), within=60)
        for name, share in zip(ROUTERS, (0.1, 0.4), strict=True)
    ]
    assert all(0 < many < MANY for many in remaining), f"not killed in the middle: {remaining}"
    found = await outcome(stack, due, within=90)
    assert (found.missing, found.doubled, found.early) == (0, 0, 0)
    assert found.kinds == {"sla.warning": MANY // 2, "conversation.status_changed": MANY // 2}
    following = await rows(stack.database_url, "SELECT kind, step, count(*) AS many FROM timers GROUP BY 1, 2")
    assert [tuple(row) for row in following] == [("sla", "breach:0", MANY // 2)]
    assert not set(pids) & {stack.pid(name) for name in ROUTERS}
