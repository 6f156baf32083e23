"""What callers are told: made by the router from what lies in the database, read by the gateway for its dialogues."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from backbone.channel.port import DialogueView
from backbone.clock import Clock, ManualClock, SystemClock
from backbone.storage.database import Database
from backbone.storage.leases import acquire
from gateway.inbound.dialogue import DialogueProjection
from router.config import ConfigCache
from router.signals import Signals
from router.waits import LEASE, Waits
from tests.support.api import add_conversation
from tests.support.desk import Desk, make_desk, rows

pytestmark = pytest.mark.database
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
HOURS = '{"zone": "UTC", "spans": [{"weekday": 0, "start": "09:00", "end": "17:00"}]}'


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url, role="frontdesk_router", name="test-waits", most=2)
    await database.start()
    yield database
    await database.stop()


async def told(database: Database, url: str, desk: Desk, clock: Clock) -> DialogueView:
    """What a caller hears after one look of the router and one of the gateway."""
    async with database.transaction() as connection:
        lease = await acquire(connection, LEASE, "r1", timedelta(minutes=5))
    assert lease is not None
    await Waits(database, ConfigCache(clock), Signals(), clock).round(lease)
    gateway = Database(url, role="frontdesk_gateway", name="test-dialogue", most=1)
    await gateway.start()
    try:
        projection = DialogueProjection(gateway, clock, lambda: [desk.tenant_id])
        await projection.refresh()
        return projection.view(desk.tenant_id, desk.account_id)
    finally:
        await gateway.stop()


async def test_callers_hear_how_many_are_before_them_and_how_long_it_takes(
    database: Database, database_url: str
) -> None:
    desk = await make_desk(database_url, agents=1, capacity=1, channel="twilio_voice")
    await rows(database_url, "UPDATE agents SET used = 1 WHERE tenant_id = $1", desk.tenant_id)
    for _ in range(2):
        await add_conversation(
            database_url, desk, channel="twilio_voice", channel_class="voice",
            waiting_since=datetime.now(UTC), due_at=datetime.now(UTC) + timedelta(seconds=10),
        )  # fmt: skip
    view = await told(database, database_url, desk, SystemClock())
    assert (view.agents_online, view.waiting, view.next_opening) == (True, 2, None)
    assert view.expected_wait is not None
    assert view.expected_wait > timedelta(0)


async def test_where_only_a_bot_is_online_nobody_hears_that_the_team_is_here(
    database: Database, database_url: str
) -> None:
    desk = await make_desk(database_url, agents=1, channel="vonage_voice")
    await rows(database_url, "UPDATE agents SET role = 'bot' WHERE tenant_id = $1", desk.tenant_id)
    assert not (await told(database, database_url, desk, SystemClock())).agents_online


async def test_at_night_callers_hear_when_we_are_back_though_nobody_is_online(
    database: Database, database_url: str
) -> None:
    desk = await make_desk(database_url, channel="twilio_voice", presence="offline", hours=HOURS)
    view = await told(database, database_url, desk, ManualClock(NOON + timedelta(hours=10)))
    assert (view.agents_online, view.next_opening) == (False, datetime(2026, 11, 30, 9, 0, tzinfo=UTC))
