"""A rolling update behind a balancer, in small: nobody gets a 5xx, nothing is lost, sockets are told to come again."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bench.rolling import Rolling

pytestmark = [pytest.mark.database, pytest.mark.chaos, pytest.mark.timeout(300)]


@pytest.fixture
async def rolling(database_url: str, tmp_path: Path) -> AsyncIterator[Rolling]:
    rolling = await asyncio.to_thread(Rolling, tmp_path, database_url)
    try:
        await asyncio.to_thread(rolling.start)
        yield rolling
    finally:
        await asyncio.to_thread(rolling.stack.stop)


async def test_processes_are_restarted_in_turn_and_nobody_notices(rolling: Rolling) -> None:
    outcome = await rolling.run(restarts=2, rate=60, sockets=30)
    assert outcome.passed, str(outcome)
    assert sum(outcome.closings.values()) >= 30, "no socket was on a process that stopped"
