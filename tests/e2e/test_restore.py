"""The database is gone and comes back as of a moment: the bus refills what came later, and no stream goes on unnoticed."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bench.restore import Drill

pytestmark = [pytest.mark.database, pytest.mark.kafka, pytest.mark.chaos, pytest.mark.timeout(300)]


@pytest.fixture
async def drill(kafka_bootstrap: str, tmp_path: Path) -> AsyncIterator[Drill]:
    drill = await asyncio.to_thread(Drill, tmp_path, kafka_bootstrap)
    try:
        await asyncio.to_thread(drill.start)
        yield drill
    finally:
        await asyncio.to_thread(drill.stop)


async def test_a_database_restored_to_a_moment_is_refilled_by_the_bus(drill: Drill) -> None:
    outcome = await drill.run(300)
    assert outcome.passed, str(outcome)
