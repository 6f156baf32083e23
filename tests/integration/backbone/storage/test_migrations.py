"""Every migration but the foundation can be undone and done again on a database with data in it."""

import asyncio

import pytest
from alembic import command

from backbone.storage.migrate import _config, current, head
from tests.support.desk import make_desk, rows
from tests.support.fills import fill

pytestmark = pytest.mark.database


async def test_the_schema_goes_back_to_the_bus_and_forth_again_with_what_is_there(database_url: str) -> None:
    desk = await make_desk(database_url)
    ids = await fill(database_url, desk)
    await rows(
        database_url,
        "UPDATE messages SET state = 'waiting_window', direction = 'out' WHERE id = $1",
        ids["message_id"],
    )
    await asyncio.to_thread(command.downgrade, _config(database_url), "0002")
    assert await current(database_url) == "0002"
    [message] = await rows(database_url, "SELECT state, error_code FROM messages")
    assert (message["state"], message["error_code"]) == ("failed", "window_closed")
    await asyncio.to_thread(command.upgrade, _config(database_url), "head")
    assert await current(database_url) == head()
    assert len(await rows(database_url, "SELECT language, hidden_at FROM messages")) == 1
