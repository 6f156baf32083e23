"""What capacity is made of, against a real PostgreSQL: calls, mail, idle conversations and those that wake, who drains, overflow."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from backbone.ids import new_id
from backbone.storage.database import Database
from router.usecases import agents, conversations
from router.usecases.types import Author
from tests.support.desk import NOW, Desk, Feed, make_desk, rows
from tests.support.router import Workers
from tests.support.routing import owners, set_routing, used, wrong_sums

pytestmark = pytest.mark.database
PERSON = Author("agent", "agt_x")


@pytest.fixture
async def api(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url, role="frontdesk_api", name="test-api", most=10)
    await database.start()
    yield database
    await database.stop()


async def waiting(workers: Workers, desk: Desk, *senders: str) -> None:
    feed = Feed(desk)
    await workers.take(*(feed.message(sender=name) for name in senders))


async def reason(url: str, sender: str) -> str | None:
    (row,) = await rows(url, "SELECT unassigned_reason FROM conversations WHERE thread_key = $1", sender)
    return row["unassigned_reason"]  # type: ignore[no-any-return]


async def test_a_call_takes_everything_and_nothing_runs_beside_it(workers: Workers, database_url: str) -> None:
    desk = await make_desk(database_url, agents=1, capacity=3)
    await waiting(workers, desk, "caller")
    await rows(database_url, "UPDATE conversations SET channel_class = 'voice'")
    await waiting(workers, desk, "chatter")
    await workers.dispatch(desk.tenant_id)
    given = [name for name, agent in (await owners(database_url)).items() if agent]
    assert len(given) == 1
    assert await wrong_sums(database_url) == []
    await rows(database_url, "UPDATE conversations SET status = 'open'")
    assert set((await used(database_url)).values()) == {3 if given == ["caller"] else 1}


async def test_mail_takes_units_of_its_own_where_an_agent_has_such(workers: Workers, database_url: str) -> None:
    desk = await make_desk(database_url, agents=1, capacity=1)
    await rows(database_url, "UPDATE agents SET interruptible_capacity = 2")
    await waiting(workers, desk, "m1", "m2", "m3")
    await rows(database_url, "UPDATE conversations SET channel_class = 'mail'")
    await waiting(workers, desk, "chat")
    await workers.dispatch(desk.tenant_id)
    found = await owners(database_url)
    assert found["chat"] == desk.agent_ids[0]
    assert [found[m] for m in ("m1", "m2", "m3")].count(None) == 1
    (row,) = await rows(database_url, "SELECT used, interruptible_used FROM agents")
    assert (row["used"], row["interruptible_used"]) == (1, 2)
    assert await wrong_sums(database_url) == []


async def idle_desk(workers: Workers, url: str, capacity: int) -> Desk:
    desk = await make_desk(url, agents=1, capacity=capacity)
    await set_routing(url, desk, idle_after_seconds=600)
    await waiting(workers, desk, "old")
    await workers.dispatch(desk.tenant_id)
    await rows(url, "UPDATE conversations SET waiting_since = NULL, due_at = NULL")
    workers.clock.advance(timedelta(seconds=601))
    await workers.dispatch(desk.tenant_id)
    assert await used(url) == {desk.agent_ids[0]: 0}
    assert (await owners(url))["old"] == desk.agent_ids[0]
    return desk


async def test_an_idle_conversation_frees_its_units_and_takes_them_again_when_it_wakes(
    workers: Workers, database_url: str
) -> None:
    desk = await idle_desk(workers, database_url, 1)
    await waiting(workers, desk, "old")
    assert workers.signals.take_tenants() == {desk.tenant_id}
    await workers.dispatch(desk.tenant_id)
    assert (await owners(database_url))["old"] == desk.agent_ids[0]
    assert await used(database_url) == {desk.agent_ids[0]: 1}
    assert await wrong_sums(database_url) == []


async def test_one_that_wakes_at_a_full_owner_is_offered_anew_with_its_age(workers: Workers, database_url: str) -> None:
    desk = await idle_desk(workers, database_url, 1)
    await rows(database_url, "UPDATE conversations SET waiting_since = NULL")
    await waiting(workers, desk, "new")
    await workers.dispatch(desk.tenant_id)
    await waiting(workers, desk, "old")
    (before,) = await rows(database_url, "SELECT waiting_since, due_at FROM conversations WHERE thread_key = 'old'")
    await workers.dispatch(desk.tenant_id)
    (after,) = await rows(database_url, "SELECT waiting_since, due_at FROM conversations WHERE thread_key = 'old'")
    assert (await owners(database_url))["old"] is None
    assert (await reason(database_url, "old"), after) == ("all_busy", before)
    assert await wrong_sums(database_url) == []


async def test_who_drains_gets_nothing_new_and_is_offline_at_their_time(
    workers: Workers, api: Database, database_url: str
) -> None:
    desk = await make_desk(database_url, agents=1)
    await waiting(workers, desk, "kept")
    await workers.dispatch(desk.tenant_id)
    async with api.transaction([desk.tenant_id]) as connection:
        await agents.set_presence(
            connection, tenant_id=desk.tenant_id, agent_id=desk.agent_ids[0], presence="draining", reason=None,
            now=NOW, offline_at=NOW + timedelta(minutes=20),
        )  # fmt: skip
    await waiting(workers, desk, "new")
    await workers.dispatch(desk.tenant_id)
    found = await owners(database_url)
    assert (found["kept"], found["new"]) == (desk.agent_ids[0], None)
    workers.clock.advance(timedelta(minutes=20))
    await workers.dispatch(desk.tenant_id)
    (row,) = await rows(database_url, "SELECT presence, presence_reason FROM agents")
    assert (row["presence"], row["presence_reason"]) == ("offline", "drained")
    assert (await owners(database_url))["kept"] is None
    assert await wrong_sums(database_url) == []


async def test_outside_of_their_hours_who_is_online_gets_nothing(workers: Workers, database_url: str) -> None:
    desk = await make_desk(database_url, agents=1)
    hours = {"zone": "UTC", "spans": [{"weekday": 4, "start": "10:00", "end": "17:00"}]}
    await rows(database_url, "UPDATE agents SET hours = $1::jsonb", json.dumps(hours))
    await waiting(workers, desk, "ann")
    await workers.dispatch(desk.tenant_id)
    assert (await owners(database_url))["ann"] is None
    workers.clock.advance(timedelta(hours=1))
    await workers.dispatch(desk.tenant_id)
    assert (await owners(database_url))["ann"] == desk.agent_ids[0]


async def test_work_overflows_to_a_bot_at_its_time_and_to_another_team_at_once_when_unstaffed(
    workers: Workers, database_url: str
) -> None:
    desk = await make_desk(database_url, agents=3)
    own, bot, elsewhere = desk.agent_ids
    team = new_id("tea")
    await rows(database_url, "INSERT INTO teams (id, tenant_id, name) VALUES ($1, $2, 'Night')", team, desk.tenant_id)
    await rows(database_url, "UPDATE team_members SET team_id = $1 WHERE agent_id = $2", team, elsewhere)
    await rows(database_url, "DELETE FROM team_members WHERE agent_id = $1", bot)
    await rows(database_url, "UPDATE agents SET role = 'bot' WHERE id = $1", bot)
    await rows(database_url, "UPDATE agents SET used = capacity WHERE id = $1", own)
    to_team = {"after_seconds": 600, "team_id": team, "at_once_when_unstaffed": True}
    await set_routing(database_url, desk, overflow=[{"after_seconds": 120, "agent_id": bot}, to_team])
    await waiting(workers, desk, "ann")
    await workers.dispatch(desk.tenant_id)
    assert ((await owners(database_url))["ann"], await reason(database_url, "ann")) == (None, "all_busy")
    workers.clock.advance(timedelta(seconds=120))
    await workers.dispatch(desk.tenant_id)
    assert (await owners(database_url))["ann"] == bot
    (shown,) = await rows(database_url, "SELECT explanation FROM routing_decisions WHERE outcome = 'assigned'")
    assert json.loads(shown["explanation"])["overflow"] == [bot]
    await rows(database_url, "UPDATE agents SET presence = 'away' WHERE id = $1", own)
    # A customer who came just now, by the same clock.
    await waiting(workers, desk, "ben")
    await rows(
        database_url, "UPDATE conversations SET waiting_since = $1 WHERE thread_key = 'ben'", workers.clock.now()
    )
    await workers.dispatch(desk.tenant_id)
    assert (await owners(database_url))["ben"] == elsewhere


async def test_who_gives_it_back_is_not_given_it_again_and_one_meant_for_somebody_waits_for_them(
    workers: Workers, api: Database, database_url: str
) -> None:
    desk = await make_desk(database_url, agents=2, capacity=1)
    await waiting(workers, desk, "ann")
    await workers.dispatch(desk.tenant_id)
    first = (await owners(database_url))["ann"]
    (case,) = await rows(database_url, "SELECT id FROM conversations")
    other = next(agent for agent in desk.agent_ids if agent != first)

    async def assign(agent_id: str | None, **more: bool) -> None:
        async with api.transaction([desk.tenant_id]) as connection:
            await conversations.assign(
                connection, tenant_id=desk.tenant_id, conversation_id=case["id"], agent_id=agent_id, actor=PERSON,
                now=NOW, **more,
            )  # fmt: skip

    await assign(None)
    await workers.dispatch(desk.tenant_id)
    assert (await owners(database_url))["ann"] == other
    await rows(database_url, "UPDATE agents SET presence = 'away' WHERE id = $1", first)
    await assign(first, when_free=True)
    await workers.dispatch(desk.tenant_id)
    assert ((await owners(database_url))["ann"], await reason(database_url, "ann")) == (None, "agent_not_online")
    await rows(database_url, "UPDATE agents SET presence = 'online' WHERE id = $1", first)
    await workers.dispatch(desk.tenant_id)
    assert (await owners(database_url))["ann"] == first
    assert await wrong_sums(database_url) == []
