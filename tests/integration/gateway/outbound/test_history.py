"""In another history of the database, what waits and what the bus brings again may have been sent before."""

from datetime import timedelta

import pytest

from backbone.storage.database import Database
from gateway.outbound import store
from gateway.outbound.history import History
from tests.support.outbound import CHANNEL, deliveries, message, queue

pytestmark = pytest.mark.database


async def test_a_change_of_the_timeline_makes_every_waiting_outcome_unknown(
    database: Database, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    history = History([CHANNEL])
    await queue(database, message("one"))
    async with database.transaction() as connection:
        first = await history.look(connection)
        history.note(first)
        assert await history.look(connection) == first
        assert (await deliveries(database_url))[0]["error_code"] is None
        real, _ = await store.heads(connection, [CHANNEL])
    assert (first.timeline, first.changed_at, history.is_new(real)) == (real, None, False)

    async def promoted(_connection: object) -> str:
        return "00000002"

    monkeypatch.setattr(store, "timeline", promoted)
    assert history.is_new("00000002")
    async with database.transaction() as connection:
        second = await history.look(connection)
    history.note(second)
    assert (await deliveries(database_url))[0]["error_code"] == store.UNKNOWN
    assert second.changed_at is not None
    assert second.may_have_been_sent(second.changed_at - timedelta(minutes=1))
    assert not second.may_have_been_sent(second.changed_at + timedelta(minutes=1))
    assert not first.may_have_been_sent(second.changed_at)


async def test_what_was_rolled_back_is_found_out_again(
    database: Database, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    history = History([CHANNEL])
    async with database.transaction() as connection:
        history.note(await history.look(connection))
    await queue(database, message("one"))

    async def promoted(_connection: object) -> str:
        return "00000002"

    monkeypatch.setattr(store, "timeline", promoted)
    for _ in range(2):
        async with database.transaction() as connection:
            await history.look(connection)
            await connection.execute("ROLLBACK")
            await connection.execute("BEGIN")
        assert (await deliveries(database_url))[0]["error_code"] is None
    async with database.transaction() as connection:
        await history.look(connection)
    assert (await deliveries(database_url))[0]["error_code"] == store.UNKNOWN
