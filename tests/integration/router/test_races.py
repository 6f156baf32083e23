"""Everybody at once: one winner for each conversation, no to and fro, nobody over capacity. `make chaos` has 10,000 of them."""

import pytest

from backbone.storage.database import Database
from router.usecases import reservations
from tests.support.races import race
from tests.support.router import Workers

pytestmark = pytest.mark.database


async def test_in_five_hundred_races_each_conversation_has_one_winner(workers: Workers, database_url: str) -> None:
    api = Database(database_url, role="frontdesk_api", name="test-api", most=10)
    await api.start()
    came = await race(workers, api, database_url, 500, seed=1)
    await api.stop()
    assert came.wrong == []
    assert came.races == 500
    # Each way to lose was tried.
    for what in ("accept: done", "accept: reservation_ended", "decline: done", "assign: done", "rule: done"):
        assert came.told[what] > 20, came.told


async def test_an_offer_that_is_accepted_after_its_end_would_be_found(
    workers: Workers, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    api = Database(database_url, role="frontdesk_api", name="test-api", most=10)
    await api.start()
    monkeypatch.setattr(reservations, "_refuse_ended", lambda *_: None)
    came = await race(workers, api, database_url, 50, seed=1)
    await api.stop()
    assert any("to and fro" in one or "did not stay" in one for one in came.wrong)
