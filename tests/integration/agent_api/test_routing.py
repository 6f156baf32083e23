"""Skills, needs, and why nobody is on a conversation: over REST, with the dispatcher on the same database."""

from collections.abc import AsyncIterator

import httpx2
import pytest

from tests.support.api import Api, add_key, running_api
from tests.support.desk import Desk, Feed, make_desk, rows
from tests.support.router import Workers

pytestmark = pytest.mark.database


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


async def ask_for_refunds(admin: httpx2.AsyncClient, conversation_id: str) -> None:
    path = f"/v1/conversations/{conversation_id}"
    version = (await admin.get(path)).headers["ETag"]
    body = {"needs": [{"skill": "refunds", "level": 2}]}
    answer = await admin.post(f"{path}/needs", json=body, headers={"If-Match": version})
    assert answer.status_code == 200, answer.text
    assert answer.json()["needs"] == [{"skill": "refunds", "level": 2, "relaxes_after_seconds": None}]


async def test_work_waits_for_a_skill_says_so_and_goes_to_who_gets_it(
    workers: Workers, admin: httpx2.AsyncClient, desk: Desk, database_url: str
) -> None:
    await workers.take(Feed(desk).message(sender="ann"))
    (case,) = await rows(database_url, "SELECT id FROM conversations")
    await ask_for_refunds(admin, case["id"])
    await workers.dispatch(desk.tenant_id)
    routing = (await admin.get(f"/v1/conversations/{case['id']}/routing")).json()
    assert routing["why"] == "Nobody online in the team has the skills or the language it asks for."
    assert {c["excluded"] for c in routing["items"][0]["explanation"]["candidates"]} == {"skills_missing"}
    able = desk.agent_ids[1]
    version = (await admin.get(f"/v1/agents/{able}")).headers["ETag"]
    body = {"skills": {"refunds": 3}, "languages": ["de", "en"]}
    answer = await admin.put(f"/v1/agents/{able}/skills", json=body, headers={"If-Match": version})
    assert (answer.status_code, answer.json()["skills"]) == (200, {"refunds": 3}), answer.text
    await workers.dispatch(desk.tenant_id)
    routing = (await admin.get(f"/v1/conversations/{case['id']}/routing")).json()
    assert (routing["why"], routing["items"][0]["agent_id"]) == (None, able)


async def test_a_level_beyond_five_is_refused(admin: httpx2.AsyncClient, desk: Desk) -> None:
    path = f"/v1/agents/{desk.agent_ids[0]}"
    version = (await admin.get(path)).headers["ETag"]
    answer = await admin.put(f"{path}/skills", json={"skills": {"refunds": 6}}, headers={"If-Match": version})
    assert answer.status_code == 422
