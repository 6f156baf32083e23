"""A customer's context over a real database: what it says, whom it is kept from, and that nothing holds it up."""

import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import httpx2
import pytest

from tests.support.api import Api, add_conversation, add_key, running_api
from tests.support.context import add_customer
from tests.support.desk import Desk, make_desk, rows

pytestmark = pytest.mark.database
NOW = datetime.now(UTC)
WHOLE_CALL = 0.3


@pytest.fixture
async def api(database_url: str) -> AsyncIterator[Api]:
    async with running_api(database_url) as api:
        yield api


@pytest.fixture
async def desk(database_url: str) -> Desk:
    return await make_desk(database_url)


@pytest.fixture
async def admin(api: Api, desk: Desk) -> AsyncIterator[httpx2.AsyncClient]:
    key, _ = await add_key(api.url, desk.tenant_id, "admin")
    async with api.client(key) as client:
        yield client


async def context(client: httpx2.AsyncClient, contact_id: str) -> dict[str, Any]:
    answer = await client.get(f"/v1/contacts/{contact_id}/context")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


PARTS = ("history", "orders", "loyalty", "promises", "satisfaction", "consents")


async def test_everything_known_of_a_customer_is_in_one_answer(api: Api, admin: httpx2.AsyncClient, desk: Desk) -> None:
    contact_id = await add_customer(api.url, desk, "c-9", NOW)
    found = await context(admin, contact_id)
    assert {name: found[name]["state"] for name in PARTS} == dict.fromkeys(PARTS, "fresh")
    assert (found["language"], found["cohort"], found["cohort_source"]) == ("pl", "gen_z", "partner_attribute")
    assert [(one["id"], one["open"]) for one in found["orders"]["items"]] == [("c-9-o1", True), ("c-9-o2", False)]
    [parcel] = found["orders"]["items"][0]["shipments"]
    assert (parcel["carrier"], [one["state"] for one in parcel["track"]]) == ("DHL", ["sorted", "accepted"])
    assert found["loyalty"]["items"][0]["tier"] == "gold"
    assert [(one["id"], one["overdue"]) for one in found["promises"]["items"]] == [("c-9-p1", True)]
    assert (found["satisfaction"]["count"], found["satisfaction"]["average"]) == (1, 4.0)
    assert found["consents"]["items"][0]["proof"] == "Form 3"
    assert found["consents"]["opted_out"][0]["word"] == "STOP"
    assert len(found["history"]["items"]) == 1


async def test_nobody_is_shown_what_is_another_customers(api: Api, admin: httpx2.AsyncClient, desk: Desk) -> None:
    await add_customer(api.url, desk, "c-9", NOW)
    conversation_id = await add_conversation(api.url, desk)
    [row] = await rows(api.url, "SELECT contact_id FROM conversations WHERE id = $1", conversation_id)
    found = await context(admin, row["contact_id"])
    assert [found[name]["items"] for name in PARTS[1:]] == [[], [], [], [], []]


async def test_history_is_what_the_caller_may_see(api: Api, desk: Desk) -> None:
    contact_id = await add_customer(api.url, desk, "c-9", NOW)
    other = await make_desk(api.url)
    await rows(api.url, "UPDATE teams SET tenant_id = $1, name = 'Other' WHERE id = $2", desk.tenant_id, other.team_id)
    await rows(api.url, "UPDATE conversations SET team_id = $1, agent_id = NULL", other.team_id)
    key, _ = await add_key(api.url, desk.tenant_id, "agent", agent_id=desk.agent_ids[0])
    async with api.client(key) as client:
        found = await context(client, contact_id)
    assert (found["history"]["items"], len(found["orders"]["items"])) == ([], 2)


async def test_an_open_order_of_which_nothing_is_heard_is_stale(
    api: Api, admin: httpx2.AsyncClient, desk: Desk
) -> None:
    contact_id = await add_customer(api.url, desk, "c-9", NOW - timedelta(days=4))
    found = await context(admin, contact_id)
    assert found["orders"]["state"] == "stale"
    assert datetime.fromisoformat(found["orders"]["as_of"]) == NOW - timedelta(days=4, hours=1)


async def test_a_part_that_hangs_fails_alone_and_in_time(api: Api, admin: httpx2.AsyncClient, desk: Desk) -> None:
    contact_id = await add_customer(api.url, desk, "c-9", NOW)
    await context(admin, contact_id)
    holder = await asyncpg.connect(api.url)
    try:
        async with holder.transaction():
            await holder.execute("LOCK TABLE partner_orders IN ACCESS EXCLUSIVE MODE")
            started = time.monotonic()
            found = await context(admin, contact_id)
            took = time.monotonic() - started
    finally:
        await holder.close()
    assert {name: found[name]["state"] for name in PARTS} == dict.fromkeys(PARTS, "fresh") | {"orders": "failed"}
    assert (found["orders"]["as_of"], found["orders"]["items"]) == (None, [])
    assert took < WHOLE_CALL
    assert (await context(admin, contact_id))["orders"]["state"] == "fresh"


async def test_a_part_that_breaks_fails_alone(api: Api, admin: httpx2.AsyncClient, desk: Desk) -> None:
    contact_id = await add_customer(api.url, desk, "c-9", NOW)
    await rows(api.url, "UPDATE partner_loyalty SET data = '{}'")
    found = await context(admin, contact_id)
    assert {name: found[name]["state"] for name in PARTS} == dict.fromkeys(PARTS, "fresh") | {"loyalty": "failed"}


async def test_a_contact_of_nobody_is_not_found(admin: httpx2.AsyncClient) -> None:
    assert (await admin.get("/v1/contacts/con_none/context")).status_code == 404
