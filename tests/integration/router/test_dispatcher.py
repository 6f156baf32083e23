"""Assignment against a real PostgreSQL: deadline order, capacity by constraint, fencing, and always an answer."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import asyncpg
import pytest

from backbone.errors import CapacityExhausted, Fenced, FrontdeskError
from backbone.storage.database import Database
from router.usecases import agents, conversations, messages
from router.usecases.types import Author
from schemas.content import Content
from tests.support.desk import NOW, Feed, make_desk, rows
from tests.support.router import Workers, make_workers

pytestmark = pytest.mark.database
PERSON = Author("agent", "agt_x")


@pytest.fixture
async def api(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url, role="frontdesk_api", name="test-api", most=20)
    await database.start()
    yield database
    await database.stop()


async def owners(url: str) -> dict[str, str | None]:
    return {r["thread_key"]: r["agent_id"] for r in await rows(url, "SELECT thread_key, agent_id FROM conversations")}


async def test_new_work_goes_to_the_least_loaded_agent_online(workers: Workers, database_url: str) -> None:
    desk = await make_desk(database_url, agents=2)
    feed = Feed(desk)
    await workers.take(*(feed.message(sender=f"c{n}") for n in range(4)))
    assert workers.signals.take_tenants() == {desk.tenant_id}
    await workers.dispatch(desk.tenant_id)
    given = list((await owners(database_url)).values())
    assert {agent: given.count(agent) for agent in desk.agent_ids} == dict.fromkeys(desk.agent_ids, 2)
    used = await rows(database_url, "SELECT used FROM agents")
    assert [r["used"] for r in used] == [2, 2]


async def test_tenants_whose_work_nobody_can_take_are_in_no_others_way(
    workers: Workers, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("router.dispatcher._TENANTS", 1)
    desks = sorted([await make_desk(database_url, agents=1) for _ in range(3)], key=lambda desk: desk.tenant_id)
    for desk in desks[:2]:
        await rows(database_url, "UPDATE agents SET presence = 'offline' WHERE tenant_id = $1", desk.tenant_id)
    for desk in desks:
        await workers.take(Feed(desk).message(sender="ann"))
    workers.signals.take_tenants()
    lease = await workers.lease()
    for _ in desks:
        workers.clock.advance(timedelta(seconds=2))
        await workers.dispatcher.round(lease)
    assert (await rows(database_url, "SELECT agent_id FROM conversations WHERE agent_id IS NOT NULL"))[0][
        "agent_id"
    ] == desks[2].agent_ids[0]


async def test_beyond_capacity_work_waits_with_its_reason_and_goes_out_when_an_agent_frees(
    workers: Workers, api: Database, database_url: str
) -> None:
    desk = await make_desk(database_url, agents=1, capacity=2)
    feed = Feed(desk)
    for name in ("first", "second", "third"):
        await workers.take(feed.message(sender=name))
        await workers.dispatch(desk.tenant_id)
    assert (await owners(database_url))["third"] is None
    (why,) = await rows(database_url, "SELECT unassigned_reason FROM conversations WHERE thread_key = 'third'")
    assert why["unassigned_reason"] == "all_busy"
    (decision,) = await rows(database_url, "SELECT explanation FROM routing_decisions WHERE outcome = 'all_busy'")
    assert json.loads(decision["explanation"])["candidates"][0]["excluded"] == "at_capacity"
    (done,) = await rows(database_url, "SELECT id FROM conversations WHERE thread_key = 'first'")
    async with api.transaction([desk.tenant_id]) as connection:
        await conversations.change_status(
            connection,
            tenant_id=desk.tenant_id,
            conversation_id=done["id"],
            status="resolved",
            snoozed_until=None,
            actor=PERSON,
            now=NOW,
        )
    await workers.dispatch(desk.tenant_id)
    assert (await owners(database_url))["third"] == desk.agent_ids[0]


async def test_the_database_refuses_work_beyond_capacity_but_lets_capacity_fall(database_url: str) -> None:
    desk = await make_desk(database_url, agents=1, capacity=2)
    await rows(database_url, "UPDATE agents SET used = 2")
    with pytest.raises(asyncpg.CheckViolationError):
        await rows(database_url, "UPDATE agents SET used = used + 1")
    await rows(database_url, "UPDATE agents SET capacity = 1")
    await rows(database_url, "UPDATE agents SET used = used - 1")
    assert desk.agent_ids


async def test_a_dispatcher_that_lost_its_lease_writes_nothing(
    workers: Workers, database_url: str, tmp_path: Path
) -> None:
    desk = await make_desk(database_url)
    old = await workers.lease()
    await rows(database_url, "UPDATE leases SET expires_at = now() - interval '1 second'")
    successor = await make_workers(database_url, tmp_path, holder="r2")
    try:
        assert (await successor.lease()).epoch == old.epoch + 1
    finally:
        await successor.database.stop()
    await workers.take(Feed(desk).message())
    with pytest.raises(Fenced):
        await workers.dispatcher.round(old)
    assert list((await owners(database_url)).values()) == [None]


async def test_with_nobody_online_the_customer_is_told_once_and_the_wait_goes_on(
    workers: Workers, database_url: str
) -> None:
    hours = {"zone": "Europe/Berlin", "spans": [{"weekday": 0, "start": "09:00", "end": "17:00"}]}
    desk = await make_desk(database_url, presence="offline", hours=json.dumps(hours))
    feed = Feed(desk)
    await workers.take(feed.message(sender="ann"))
    await workers.dispatch(desk.tenant_id)
    await workers.take(feed.message(sender="ann"))
    await workers.dispatch(desk.tenant_id)
    sent = await rows(
        database_url, "SELECT content ->> 'text' AS t, automatic, state FROM messages WHERE direction = 'out'"
    )
    assert [(r["automatic"], r["state"]) for r in sent] == [(True, "queued")]
    assert "2026-11-23 09:00 (CET)" in sent[0]["t"]
    (case,) = await rows(database_url, "SELECT waiting_since, unassigned_reason FROM conversations")
    assert (case["waiting_since"], case["unassigned_reason"]) == (NOW, "team_closed")
    assert [r["topic"] for r in await rows(database_url, "SELECT topic FROM outbox")] == [
        "messages.outbound.webchat.v1"
    ]


async def test_work_of_an_agent_who_goes_offline_is_given_to_another(
    workers: Workers, api: Database, database_url: str
) -> None:
    desk = await make_desk(database_url, agents=2)
    await workers.take(Feed(desk).message(sender="ann"))
    await workers.dispatch(desk.tenant_id)
    (first,) = (await owners(database_url)).values()
    assert first is not None
    async with api.transaction([desk.tenant_id]) as connection:
        await agents.set_presence(
            connection, tenant_id=desk.tenant_id, agent_id=first, presence="offline", reason=None, now=NOW
        )
    await workers.dispatch(desk.tenant_id)
    (second,) = (await owners(database_url)).values()
    assert second is not None
    assert second != first
    used = {r["id"]: r["used"] for r in await rows(database_url, "SELECT id, used FROM agents")}
    assert used == {first: 0, second: 1}


async def test_races_between_router_and_people_leave_one_owner_and_no_overrun(
    workers: Workers, api: Database, database_url: str
) -> None:
    desk = await make_desk(database_url, agents=4, capacity=10)
    feed = Feed(desk)
    await workers.take(*(feed.message(sender=f"c{n}") for n in range(60)))
    ids = [r["id"] for r in await rows(database_url, "SELECT id FROM conversations ORDER BY id")]

    async def person(number: int) -> str:
        try:
            async with api.transaction([desk.tenant_id]) as connection:
                await conversations.assign(
                    connection,
                    tenant_id=desk.tenant_id,
                    conversation_id=ids[number % len(ids)],
                    agent_id=desk.agent_ids[number % 4],
                    actor=PERSON,
                    now=NOW,
                )
        except FrontdeskError as error:
            return error.code
        except (asyncpg.CheckViolationError, asyncpg.DeadlockDetectedError) as error:
            return type(error).__name__
        return "assigned"

    async def router(people: asyncio.Future[list[str]]) -> int:
        """Round after round for as long as people change what it has just looked at: only then can it come to rest."""
        lease, rounds = await workers.lease(), 0
        while not people.done():
            workers.signals.wake_dispatch(desk.tenant_id)
            await workers.dispatcher.round(lease)
            rounds += 1
        return rounds

    people = asyncio.ensure_future(asyncio.gather(*(person(n) for n in range(500))))
    assert await router(people) > 1
    outcomes = await people
    await workers.dispatch(desk.tenant_id)
    assert "assigned" in outcomes
    held = await rows(
        database_url,
        "SELECT a.id, a.used, a.capacity, (SELECT coalesce(sum(units), 0) FROM conversations c WHERE c.agent_id = a.id) AS owned FROM agents a",
    )
    assert all(r["used"] == r["owned"] and r["used"] <= r["capacity"] for r in held), [dict(r) for r in held]
    assert set(outcomes) <= {"assigned", CapacityExhausted.code, "CheckViolationError", "DeadlockDetectedError"}


async def test_a_reply_is_stored_queued_and_stops_the_clock(workers: Workers, api: Database, database_url: str) -> None:
    desk = await make_desk(database_url)
    feed = Feed(desk)
    await workers.take(feed.message(sender="ann", provider_message_id="p1"))
    (case,) = await rows(database_url, "SELECT id, version FROM conversations")
    async with api.transaction([desk.tenant_id]) as connection:
        stored = await messages.reply(
            connection,
            tenant_id=desk.tenant_id,
            conversation_id=case["id"],
            author=Author("agent", desk.agent_ids[0]),
            content=Content(text="tomorrow"),
            now=NOW,
            expected_version=case["version"],
        )
    (after,) = await rows(
        database_url, "SELECT waiting_since, first_reply_at, version, message_count, preview FROM conversations"
    )
    assert (after["waiting_since"], after["first_reply_at"], after["message_count"], after["preview"]) == (
        None,
        NOW,
        2,
        "tomorrow",
    )
    assert stored.conversation_version == after["version"]
    assert await rows(database_url, "SELECT 1 FROM timers") == []
    (queued,) = await rows(database_url, "SELECT convert_from(value, 'UTF8')::jsonb ->> 'in_reply_to' AS r FROM outbox")
    assert queued["r"] == "p1"


async def test_timers_warn_breach_and_escalate_once_each(workers: Workers, database_url: str) -> None:
    desk = await make_desk(database_url, presence="away")
    await workers.take(Feed(desk).message(sender="ann"))
    for _ in range(8):
        await rows(database_url, "UPDATE timers SET due_at = least(due_at, clock_timestamp())")
        await workers.timers.fire_due()
    facts = [r["type"] for r in await rows(database_url, "SELECT type FROM events_pending ORDER BY position")]
    assert facts[2:] == ["sla.warning", "sla.breached", *["conversation.escalated"] * 3]
    (case,) = await rows(database_url, "SELECT sla_state, priority FROM conversations")
    assert (case["sla_state"], case["priority"]) == ("breached", 3)


async def test_a_timer_is_never_early(workers: Workers, database_url: str) -> None:
    desk = await make_desk(database_url)
    await workers.take(Feed(desk).message(sender="ann"))
    await rows(database_url, "UPDATE timers SET due_at = clock_timestamp() + interval '1 hour'")
    assert await workers.timers.fire_due() == 0
