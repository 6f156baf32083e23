"""Offers against a real PostgreSQL: asked, accepted by exactly one, declined, timed out, withdrawn; units held meanwhile."""

import asyncio
import json
from collections.abc import AsyncIterator, Coroutine
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from backbone.errors import Fenced, FrontdeskError, NotFound, ReservationEnded
from backbone.storage.database import Connection, Database
from router.usecases import conversations, reservations
from router.usecases.types import Author
from tests.support.desk import NOW, Desk, Feed, make_desk, rows
from tests.support.router import Workers, make_workers
from tests.support.routing import owners, set_routing, used, wrong_sums
from tests.support.routing import reservations as offers

pytestmark = pytest.mark.database
PERSON = Author("agent", "agt_x")
RING = timedelta(seconds=20)


@pytest.fixture
async def api(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url, role="frontdesk_api", name="test-api", most=10)
    await database.start()
    yield database
    await database.stop()


async def ringing(workers: Workers, url: str, *, agents: int = 2, **routing: object) -> Desk:
    """A desk whose team is asked, with one customer waiting."""
    desk = await make_desk(url, agents=agents, capacity=1)
    await set_routing(url, desk, auto_accept=False, **routing)
    await workers.take(Feed(desk).message(sender="ann"))
    await workers.dispatch(desk.tenant_id)
    return desk


async def answer(api: Database, desk: Desk, how: str, asked: Any) -> None:
    async def work(connection: Connection) -> None:
        known = {"tenant_id": desk.tenant_id, "reservation_id": asked["id"], "agent_id": asked["agent_id"]}
        if how == "accept":
            await reservations.accept(connection, now=NOW, **known)
        else:
            await reservations.decline(connection, now=NOW, reason="busy", **known)

    await api.run(work, [desk.tenant_id])


async def test_an_offer_holds_units_and_accepting_it_takes_the_conversation(
    workers: Workers, api: Database, database_url: str
) -> None:
    desk = await ringing(workers, database_url)
    (asked,) = await offers(database_url)
    assert (asked["state"], asked["expires_at"]) == ("offered", NOW + RING)
    assert (await owners(database_url))["ann"] is None
    assert (await used(database_url))[asked["agent_id"]] == 1
    with pytest.raises(asyncpg.CheckViolationError):
        await rows(database_url, "UPDATE agents SET used = used + 1 WHERE id = $1", asked["agent_id"])
    await answer(api, desk, "accept", asked)
    await answer(api, desk, "accept", asked)
    assert (await owners(database_url))["ann"] == asked["agent_id"]
    assert await wrong_sums(database_url) == []
    facts = [r["type"] for r in await rows(database_url, "SELECT type FROM events_pending ORDER BY position")]
    assert facts[2:] == ["reservation.offered", "conversation.assigned", "reservation.accepted"]
    (shown,) = await rows(database_url, "SELECT explanation FROM routing_decisions WHERE outcome = 'offered'")
    explanation = json.loads(shown["explanation"])
    assert explanation["offered_to"] == [asked["agent_id"]]
    assert explanation["plain"] == "It is offered to 1: none has accepted it yet."


async def test_a_declined_conversation_goes_to_another_with_its_age_and_not_back(
    workers: Workers, api: Database, database_url: str
) -> None:
    desk = await ringing(workers, database_url)
    (first,) = await offers(database_url)
    await answer(api, desk, "decline", first)
    await workers.dispatch(desk.tenant_id)
    _, second = await offers(database_url)
    assert {first["agent_id"], second["agent_id"]} == set(desk.agent_ids)
    (case,) = await rows(database_url, "SELECT waiting_since FROM conversations")
    assert case["waiting_since"] == NOW
    await answer(api, desk, "decline", second)
    await workers.dispatch(desk.tenant_id)
    (case,) = await rows(database_url, "SELECT unassigned_reason FROM conversations")
    assert case["unassigned_reason"] == "all_declined"
    assert len(await offers(database_url)) == 2
    # Nothing waits for ever because everybody said no once.
    workers.clock.advance(timedelta(minutes=10))
    await workers.dispatch(desk.tenant_id)
    assert len(await offers(database_url)) == 3
    assert await wrong_sums(database_url) == []


async def test_who_lets_an_offer_pass_is_set_away_and_another_is_asked(workers: Workers, database_url: str) -> None:
    desk = await ringing(workers, database_url)
    (first,) = await offers(database_url)
    workers.clock.advance(RING)
    await workers.dispatch(desk.tenant_id)
    first, second = await offers(database_url)
    assert (first["state"], second["state"]) == ("timed_out", "offered")
    presence = {
        r["id"]: (r["presence"], r["presence_reason"]) for r in await rows(database_url, "SELECT * FROM agents")
    }
    assert presence == {first["agent_id"]: ("away", "missed_offer"), second["agent_id"]: ("online", None)}
    assert await wrong_sums(database_url) == []


async def test_a_team_may_leave_those_online_who_miss_offers(workers: Workers, database_url: str) -> None:
    desk = await ringing(workers, database_url, missed_sets_away=False, ring_seconds=5)
    workers.clock.advance(timedelta(seconds=5))
    await workers.dispatch(desk.tenant_id)
    assert [r["presence"] for r in await rows(database_url, "SELECT presence FROM agents")] == ["online", "online"]


async def test_of_several_asked_at_once_exactly_one_wins(workers: Workers, api: Database, database_url: str) -> None:
    desk = await ringing(workers, database_url, agents=5, offer_to=4)
    asked = await offers(database_url)
    assert len(asked) == 4
    results = await asyncio.gather(
        *(answer(api, desk, "accept", one) for one in asked for _ in range(2)), return_exceptions=True
    )
    won = {r["agent_id"] for r in await offers(database_url) if r["state"] == "accepted"}
    assert won == {(await owners(database_url))["ann"]}
    lost = [r for r in results if isinstance(r, ReservationEnded)]
    assert (len(lost), {r.extensions["state"] for r in lost}) == (6, {"withdrawn"})
    assert sorted(r["state"] for r in await offers(database_url)) == ["accepted", *["withdrawn"] * 3]
    assert await wrong_sums(database_url) == []
    with pytest.raises(asyncpg.UniqueViolationError):
        await rows(database_url, "UPDATE reservations SET state = 'accepted'")


async def test_a_persons_choice_withdraws_the_offer_and_wins(
    workers: Workers, api: Database, database_url: str
) -> None:
    desk = await ringing(workers, database_url)
    (asked,) = await offers(database_url)
    async with api.transaction([desk.tenant_id]) as connection:
        await conversations.assign(
            connection,
            tenant_id=desk.tenant_id,
            conversation_id=asked["conversation_id"],
            # The very agent whose only unit the offer holds.
            agent_id=asked["agent_id"],
            actor=PERSON,
            now=NOW,
        )
    with pytest.raises(ReservationEnded):
        await answer(api, desk, "accept", asked)
    await workers.dispatch(desk.tenant_id)
    assert (await offers(database_url))[0]["state"] == "withdrawn"
    assert (await owners(database_url))["ann"] == asked["agent_id"]
    assert await wrong_sums(database_url) == []


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE conversations SET waiting_since = NULL, due_at = NULL",
        "UPDATE conversations SET status = 'snoozed'",
        "UPDATE agents SET presence = 'away'",
    ],
)
async def test_an_offer_that_means_nothing_any_more_is_withdrawn_and_blames_nobody(
    workers: Workers, database_url: str, change: str
) -> None:
    desk = await ringing(workers, database_url)
    await rows(database_url, change)
    await workers.dispatch(desk.tenant_id)
    assert [r["state"] for r in await offers(database_url)] == ["withdrawn"]
    (case,) = await rows(database_url, "SELECT declined_by, offered_until FROM conversations")
    assert (case["declined_by"], case["offered_until"]) == ([], None)
    assert await wrong_sums(database_url) == []


async def test_after_its_time_an_offer_is_not_accepted_and_another_agents_is_not_found(
    workers: Workers, api: Database, database_url: str
) -> None:
    desk = await ringing(workers, database_url)
    (asked,) = await offers(database_url)

    def accept(connection: Connection, agent_id: str, late: timedelta) -> Coroutine[Any, Any, None]:
        return reservations.accept(
            connection, tenant_id=desk.tenant_id, reservation_id=asked["id"], agent_id=agent_id, now=NOW + late
        )

    other = next(agent for agent in desk.agent_ids if agent != asked["agent_id"])
    for agent_id, late, error in ((asked["agent_id"], RING, ReservationEnded), (other, timedelta(0), NotFound)):
        with pytest.raises(error):
            async with api.transaction([desk.tenant_id]) as connection:
                await accept(connection, agent_id, late)
    assert (await owners(database_url))["ann"] is None


async def test_a_bot_is_never_asked_it_is_given(workers: Workers, database_url: str) -> None:
    desk = await make_desk(database_url, agents=1)
    await rows(database_url, "UPDATE agents SET role = 'bot'")
    await set_routing(database_url, desk, auto_accept=False)
    await workers.take(Feed(desk).message(sender="ann"))
    await workers.dispatch(desk.tenant_id)
    assert (await owners(database_url))["ann"] == desk.agent_ids[0]


async def test_a_leader_that_lost_its_lease_ends_no_offer_and_makes_none(
    workers: Workers, database_url: str, tmp_path: Path
) -> None:
    desk = await ringing(workers, database_url)
    old = await workers.lease()
    await rows(database_url, "UPDATE leases SET expires_at = now() - interval '1 second'")
    # The successor has not touched a row of this tenant when the old one wakes.
    successor = await make_workers(database_url, tmp_path, holder="r2", clock=workers.clock)
    try:
        lease = await successor.lease()
        before = await offers(database_url)
        workers.clock.advance(RING)
        workers.signals.wake_dispatch(desk.tenant_id)
        with pytest.raises(Fenced):
            await workers.dispatcher.round(old)
        assert await offers(database_url) == before
        successor.signals.wake_dispatch(desk.tenant_id)
        await successor.dispatcher.round(lease)
        assert [r["state"] for r in await offers(database_url)] == ["timed_out", "offered"]
    finally:
        await successor.database.stop()


async def test_errors_of_offers_are_the_callers(workers: Workers, api: Database, database_url: str) -> None:
    desk = await ringing(workers, database_url)
    (asked,) = await offers(database_url)
    await answer(api, desk, "decline", asked)
    await answer(api, desk, "decline", asked)
    with pytest.raises(FrontdeskError) as caught:
        await answer(api, desk, "accept", asked)
    assert (caught.value.code, caught.value.extensions) == ("reservation_ended", {"state": "declined"})
