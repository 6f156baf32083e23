"""Promises to call back: those that customers choose in a chat, and how agents see and keep them."""

from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest

from tests.support.api import Api, add_conversation, add_key, running_api
from tests.support.chat import make_chat, token_of
from tests.support.desk import Desk, rows

pytestmark = pytest.mark.database


@pytest.fixture
async def api(database_url: str) -> AsyncIterator[Api]:
    async with running_api(database_url) as api:
        yield api


@pytest.fixture
async def desk(database_url: str) -> Desk:
    return await make_chat(database_url, widget={"call_backs": True})


def customer(api: Api, desk: Desk, visitor: str = "vis_1") -> httpx2.AsyncClient:
    client = api.client(token_of(visitor, lifetime=3600))
    client.params = httpx2.QueryParams({"account": desk.account_id})
    return client


async def slots(client: httpx2.AsyncClient) -> list[str]:
    answer = await client.get("/v1/customer/call-back-slots")
    assert answer.status_code == 200, answer.text
    return [str(one["start"]) for one in answer.json()["items"]]


async def test_a_customer_chooses_a_time_and_the_agent_sees_and_keeps_it(api: Api, desk: Desk) -> None:
    conversation_id = await add_conversation(api.url, desk, contact_address="vis_1", team_id=desk.team_id)
    key, _ = await add_key(api.url, desk.tenant_id, "agent", desk.agent_ids[0])
    path = f"/v1/conversations/{conversation_id}"
    async with customer(api, desk) as client, api.client(key) as agent:
        at = (await slots(client))[0]
        booked = await client.post("/v1/customer/call-back", json={"at": at})
        seen = (await agent.get(f"{path}/call-backs")).json()["items"]
        sleeping = (await agent.get(path)).json()
        kept = await agent.post(
            f"{path}/call-back/done", json={}, headers={"Idempotency-Key": "kept-1", "If-Match": "*"}
        )
        after = (await agent.get(f"{path}/call-backs")).json()["items"]
        again = await agent.post(
            f"{path}/call-back/done", json={}, headers={"Idempotency-Key": "kept-2", "If-Match": "*"}
        )
    assert (booked.status_code, booked.json()) == (201, {"at": at})
    assert [(one["at"], one["booked_by"]) for one in seen] == [(at, None)]
    assert (sleeping["status"], sleeping["snoozed_until"]) == ("snoozed", at)
    assert (kept.status_code, kept.json()["status"]) == (200, "open")
    assert (after, again.status_code) == ([], 404)
    assert await rows(api.url, "SELECT 1 FROM timers WHERE kind = 'snooze'") == []


async def test_another_choice_takes_the_place_of_the_first(api: Api, desk: Desk) -> None:
    await add_conversation(api.url, desk, contact_address="vis_1", team_id=desk.team_id)
    async with customer(api, desk) as client:
        first, second = (await slots(client))[:2]
        for at in (first, second):
            assert (await client.post("/v1/customer/call-back", json={"at": at})).status_code == 201
    [row] = await rows(api.url, "SELECT at FROM call_backs")
    assert row["at"].isoformat().replace("+00:00", "Z") == second


async def test_without_a_conversation_times_are_told_and_none_is_booked(api: Api, desk: Desk) -> None:
    await add_conversation(api.url, desk, contact_address="vis_other", team_id=desk.team_id)
    async with customer(api, desk) as client:
        at = (await slots(client))[0]
        answer = await client.post("/v1/customer/call-back", json={"at": at})
    assert answer.status_code == 409
    assert await rows(api.url, "SELECT 1 FROM call_backs") == []


async def test_a_chat_that_offers_none_says_so(api: Api, database_url: str) -> None:
    desk = await make_chat(database_url)
    async with customer(api, desk) as client:
        answers: list[Any] = [
            await client.get("/v1/customer/call-back-slots"),
            await client.post("/v1/customer/call-back", json={"at": "2026-11-22T10:15:00Z"}),
        ]
    assert [answer.status_code for answer in answers] == [409, 409]
