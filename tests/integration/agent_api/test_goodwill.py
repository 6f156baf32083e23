"""Goodwill within and above its limits, from the agent who gives it to the shop that honours it."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest

from backbone.ids import new_id
from tests.support.api import Api, add_conversation, add_key, running_api
from tests.support.desk import Desk, make_desk, rows

pytestmark = pytest.mark.database
RULE = {
    "name": "late",
    "kind": "voucher",
    "currency": "EUR",
    "limits": {"agent": 1000, "supervisor": 5000},
    "contact_value": 8000,
}


@pytest.fixture
async def api(database_url: str) -> AsyncIterator[Api]:
    async with running_api(database_url) as api:
        yield api


@pytest.fixture
async def desk(api: Api, database_url: str) -> Desk:
    made = await make_desk(database_url)
    key, _ = await add_key(database_url, made.tenant_id)
    async with api.client(key) as admin:
        admin.headers["If-Match"] = "*"
        answer = await admin.put(
            "/v1/settings", json={"goodwill": {"rules": [RULE, RULE | {"name": "vip", "tiers": ["gold"]}]}}
        )
        assert answer.status_code == 200
    return made


@pytest.fixture
async def case(api: Api, desk: Desk) -> str:
    return await add_conversation(api.url, desk)


async def client(api: Api, desk: Desk, role: str, agent: int | None = 0) -> httpx2.AsyncClient:
    agent_id = None if agent is None else desk.agent_ids[agent]
    if agent_id is not None:
        await rows(api.url, "UPDATE agents SET role = $2 WHERE id = $1", agent_id, role)
    key, _ = await add_key(api.url, desk.tenant_id, role, agent_id)
    return api.client(key)


async def give(by: httpx2.AsyncClient, case: str, value: int, rule: str = "late") -> httpx2.Response:
    body = {"rule": rule, "value_minor": value, "reason": "It came late."}
    return await by.post(f"/v1/conversations/{case}/goodwill", json=body, headers={"Idempotency-Key": new_id("k")})


async def post(by: httpx2.AsyncClient, path: str) -> httpx2.Response:
    return await by.post(path, headers={"Idempotency-Key": new_id("k")})


async def told(api: Api) -> list[str]:
    found = await rows(api.url, "SELECT type FROM events_pending WHERE type LIKE 'goodwill.%' ORDER BY id")
    return [row["type"] for row in found]


async def test_an_agent_gives_within_their_limit_and_the_shop_honours_it(api: Api, desk: Desk, case: str) -> None:
    async with await client(api, desk, "agent") as agent, await client(api, desk, "partner", None) as shop:
        given = (await give(agent, case, 1000)).json()
        seen = (await shop.get(f"/v1/goodwill/{given['id']}")).json()
        honoured = (await post(shop, f"/v1/goodwill/{given['id']}/honour")).json()
    assert (given["state"], seen["code"] == given["code"], honoured["honoured_at"] is None) == ("granted", True, False)


async def test_what_is_above_the_limit_waits_without_a_code(api: Api, desk: Desk, case: str) -> None:
    async with await client(api, desk, "agent") as agent:
        given = (await give(agent, case, 1001)).json()
    assert (given["state"], given["above"], given["code"]) == ("waiting", ["above_own_limit"], None)


async def test_a_supervisor_agrees_and_everybody_is_told(api: Api, desk: Desk, case: str) -> None:
    async with await client(api, desk, "agent") as agent, await client(api, desk, "supervisor", 1) as supervisor:
        given = (await give(agent, case, 1001)).json()
        decided = (await post(supervisor, f"/v1/goodwill/{given['id']}/approve")).json()
    assert (decided["state"], await told(api)) == ("granted", ["goodwill.asked", "goodwill.granted"])


async def test_nobody_agrees_beyond_their_own_limit(api: Api, desk: Desk, case: str) -> None:
    async with await client(api, desk, "agent") as agent, await client(api, desk, "supervisor", 1) as supervisor:
        given = (await give(agent, case, 5001)).json()
        assert (await post(supervisor, f"/v1/goodwill/{given['id']}/approve")).status_code == 403


async def test_nobody_agrees_to_what_they_asked_for(api: Api, desk: Desk, case: str) -> None:
    async with await client(api, desk, "supervisor", 1) as supervisor:
        await give(supervisor, case, 5000)
        waiting = (await give(supervisor, case, 4000)).json()
        assert (await post(supervisor, f"/v1/goodwill/{waiting['id']}/approve")).status_code == 403


async def test_what_was_declined_can_not_be_granted(api: Api, desk: Desk, case: str) -> None:
    async with await client(api, desk, "agent") as agent, await client(api, desk, "supervisor", 1) as supervisor:
        given = (await give(agent, case, 1001)).json()
        await post(supervisor, f"/v1/goodwill/{given['id']}/decline")
        assert (await post(supervisor, f"/v1/goodwill/{given['id']}/approve")).status_code == 409


async def test_an_agent_may_not_agree(api: Api, desk: Desk, case: str) -> None:
    async with await client(api, desk, "agent") as agent:
        given = (await give(agent, case, 1001)).json()
        assert (await post(agent, f"/v1/goodwill/{given['id']}/approve")).status_code == 403


async def test_a_customer_of_another_tier_gets_none(api: Api, desk: Desk, case: str) -> None:
    async with await client(api, desk, "agent") as agent:
        assert (await give(agent, case, 100, "vip")).status_code == 409


async def test_a_rule_that_is_not_there_is_named(api: Api, desk: Desk, case: str) -> None:
    async with await client(api, desk, "agent") as agent:
        answer = await give(agent, case, 100, "nothing")
    assert (answer.status_code, next(iter(answer.json()["errors"][0].values()))) == (422, "/rule")


async def test_several_at_once_do_not_pass_a_customers_limit_together(api: Api, desk: Desk, case: str) -> None:
    async with await client(api, desk, "supervisor") as supervisor:
        answers = await asyncio.gather(*(give(supervisor, case, 3000) for _ in range(4)))
    states: list[Any] = sorted(answer.json()["state"] for answer in answers)
    assert states == ["granted", "granted", "waiting", "waiting"]
