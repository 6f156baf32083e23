"""What bots ask over REST, and nobody else may."""

from collections.abc import AsyncIterator

import pytest

from tests.support.api import Api, add_conversation, add_key, running_api
from tests.support.desk import Desk, make_desk, rows

pytestmark = pytest.mark.database


@pytest.fixture
async def api(database_url: str) -> AsyncIterator[Api]:
    async with running_api(database_url) as api:
        yield api


@pytest.fixture
async def desk(database_url: str) -> Desk:
    desk = await make_desk(database_url)
    await rows(database_url, "UPDATE agents SET role = 'bot' WHERE id = $1", desk.agent_ids[0])
    return desk


async def test_a_bot_takes_time_and_lets_go_of_what_it_has_only(api: Api, desk: Desk) -> None:
    bot, person = desk.agent_ids
    admin, _ = await add_key(api.url, desk.tenant_id)
    key, _ = await add_key(api.url, desk.tenant_id, role="bot", agent_id=bot)
    human, _ = await add_key(api.url, desk.tenant_id, role="agent", agent_id=person)
    case = await add_conversation(api.url, desk)
    await rows(api.url, "UPDATE conversations SET waiting_since = now(), last_customer_at = now() WHERE id = $1", case)
    path = f"/v1/conversations/{case}"
    async with api.client(admin) as boss, api.client(key) as client, api.client(human) as colleague:
        early = await client.post(f"{path}/hand-over", json={})
        assert (early.status_code, early.json()["code"]) == (409, "conflict")
        assert (await boss.post(f"{path}/assign", json={"agent_id": bot}, headers={"If-Match": "*"})).status_code == 200
        assert (await colleague.post(f"{path}/hand-over", json={})).status_code == 409
        turns = [await client.post(f"{path}/more-time", json={"seconds": 60}) for _ in range(4)]
        assert [turn.status_code for turn in turns] == [200, 200, 200, 409]
        assert (await client.post(f"{path}/more-time", json={"seconds": 301})).status_code == 422
        unknown = await client.post(f"{path}/hand-over", json={"reason": "missed"})
        assert (unknown.status_code, unknown.json()["errors"][0]["pointer"]) == (422, "/reason")
        body = {"reason": "sensitive", "summary": "A lawyer wrote", "fields": {"order": "12"}, "skill": "legal"}
        gone = await client.post(f"{path}/hand-over", json=body)
        assert (gone.status_code, gone.json()["agent_id"]) == (200, None)
        assert gone.json()["needs"] == [{"skill": "legal", "level": 1, "relaxes_after_seconds": 300}]
        silent = await client.post(f"{path}/messages", json={"content": {"type": "text", "text": "Still me"}})
        assert (silent.status_code, silent.json()["code"]) == (409, "conflict")
        notes = [m for m in (await boss.get(f"{path}/messages")).json()["items"] if m["direction"] == "note"]
        assert [note["content"]["text"] for note in notes] == ["Handed over: sensitive\nA lawyer wrote\norder: 12"]
