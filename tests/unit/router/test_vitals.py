"""Counting what waits never ends the process that works."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, cast

import asyncpg
import pytest

from backbone.errors import Unavailable
from backbone.storage.database import Database
from backbone.telemetry.metrics import Metrics
from router.vitals import EVERY, Vitals
from tests.support.time import advance, manual_clock


class BrokenDatabase:
    def __init__(self, error: Exception) -> None:
        self.error = error
        self.asked = 0

    @asynccontextmanager
    async def transaction(self, *, read_only: bool) -> AsyncIterator[Any]:
        self.asked += 1
        raise self.error
        yield None


@pytest.mark.parametrize("error", [Unavailable(), asyncpg.UndefinedFunctionError("waiting_work() does not exist")])
async def test_a_database_that_can_not_be_asked_is_asked_again(error: Exception) -> None:
    database, clock = BrokenDatabase(error), manual_clock()
    task = asyncio.create_task(Vitals(cast("Database", database), clock, Metrics()).run())
    await advance(clock, EVERY * 3, steps=3)
    assert database.asked == 4
    assert not task.done()
    task.cancel()


async def test_what_was_found_ages_until_it_is_asked_again() -> None:
    vitals = Vitals(cast("Database", BrokenDatabase(Unavailable())), clock := manual_clock(), Metrics())
    vitals._oldest["outbox", ""] = clock.now()
    clock.advance(timedelta(seconds=42))
    assert vitals._age("outbox") == 42
    assert vitals._age("events") == 0
