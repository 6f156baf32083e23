"""The gateway's connection to the test's database."""

from collections.abc import AsyncIterator

import pytest

from backbone.storage.database import Database


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    made = Database(database_url, role="frontdesk_gateway", name="test")
    await made.start()
    yield made
    await made.stop()
