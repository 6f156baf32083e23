"""Expected waits from a real queue: told to newcomers and to those who wait, written for every process, and measured."""

from datetime import timedelta

import pytest

from backbone.storage import team_waits
from backbone.storage.database import Database
from router.waits import LEASE, Waits
from tests.support.api import add_key, running_api
from tests.support.desk import Desk, Feed, make_desk, rows
from tests.support.router import Workers

pytestmark = pytest.mark.database


async def renew(workers: Workers, desk: Desk) -> None:
    waits = Waits(workers.database, workers.handler._configs, workers.signals, workers.clock)
    await waits.renew(await workers.lease(LEASE), desk.tenant_id)


async def read(database_url: str, desk: Desk, channel_class: str = "live") -> team_waits.TeamWait:
    """As the gateway reads it, which may not see a conversation."""
    database = Database(database_url, role="frontdesk_gateway", name="test-gateway")
    await database.start()
    try:
        async with database.transaction([desk.tenant_id], read_only=True) as connection:
            return (await team_waits.read(connection, [desk.team_id], channel_class))[desk.team_id]
    finally:
        await database.stop()


async def test_a_newcomer_is_told_of_the_queue_and_every_process_can_read_it(
    workers: Workers, database_url: str
) -> None:
    desk = await make_desk(database_url, agents=1, capacity=2)
    feed = Feed(desk)
    await workers.take(*(feed.message(sender=f"c{n}") for n in range(5)))
    await workers.dispatch(desk.tenant_id)
    await renew(workers, desk)
    told = await read(database_url, desk)
    assert (told.online, told.slots, told.free, told.waiting) == (1, 2, 0, 3)
    # Nothing was handled yet, so what is usual for a live channel counts: four turns of 360 s over two slots.
    assert (told.position, told.seconds) == (4, 720.0)
    assert told.low is not None
    assert told.high is not None
    assert told.low < 720 < told.high
    assert told.fresh(workers.clock.now() + timedelta(minutes=2)).seconds is None
    mail = await read(database_url, desk, "mail")
    assert mail.position == 4


async def test_a_forecast_is_measured_when_somebody_takes_the_work(workers: Workers, database_url: str) -> None:
    desk = await make_desk(database_url, agents=1, capacity=1)
    feed = Feed(desk)
    await workers.take(*(feed.message(sender=f"c{n}") for n in range(3)))
    await workers.dispatch(desk.tenant_id)
    await renew(workers, desk)
    workers.clock.advance(timedelta(seconds=30))
    await renew(workers, desk)
    said = await rows(database_url, "SELECT seconds, took FROM wait_forecasts ORDER BY position")
    assert [(r["seconds"], r["took"]) for r in said] == [(360.0, None), (720.0, None)]
    workers.clock.advance(timedelta(seconds=370))
    await rows(database_url, "UPDATE agents SET capacity = 3")
    await workers.dispatch(desk.tenant_id)
    await renew(workers, desk)
    settled = await rows(database_url, "SELECT took FROM wait_forecasts ORDER BY position")
    assert [r["took"] for r in settled] == [400.0, 400.0]
    told = await read(database_url, desk)
    # Said 360 and 720, took 400 both: off by 40 and by 320, and in range both.
    assert (told.measured, told.median_error, told.in_range) == (2, 180.0, 1.0)


async def test_a_closed_team_promises_no_wait_but_says_when_it_opens(workers: Workers, database_url: str) -> None:
    hours = '{"zone": "Europe/Berlin", "spans": [{"weekday": 0, "start": "09:00", "end": "17:00"}]}'
    desk = await make_desk(database_url, hours=hours)
    await renew(workers, desk)
    told = await read(database_url, desk)
    assert told.seconds is None
    assert told.opens_at is not None
    assert told.opens_at.isoformat() == "2026-11-23T08:00:00+00:00"


async def test_agents_read_waits_and_places_over_the_api(workers: Workers, database_url: str) -> None:
    desk = await make_desk(database_url, agents=1, capacity=1)
    feed = Feed(desk)
    await workers.take(*(feed.message(sender=f"c{n}") for n in range(3)))
    await workers.dispatch(desk.tenant_id)
    found = await rows(database_url, "SELECT id, agent_id FROM conversations ORDER BY agent_id IS NULL, due_at, id")
    async with running_api(database_url, clock=workers.clock) as api:
        key, _ = await add_key(api.url, desk.tenant_id)
        async with api.client(key) as admin:
            team = (await admin.get(f"/v1/teams/{desk.team_id}/wait", params={"channel_class": "live"})).json()
            assert (team["position"], team["wait"]["seconds"], team["accuracy"]) == (3, 1080.0, None)
            placed = [(await admin.get(f"/v1/conversations/{row['id']}/wait")).json() for row in found]
            assert [one["position"] for one in placed] == [None, 1, 2]
            assert placed[2]["wait"]["seconds"] == 720.0
            assert (await admin.get("/v1/teams/tea_unknown/wait")).status_code == 404
