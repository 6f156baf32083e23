"""Roles of a tenant's own: what they open, that nobody gives more than they have, and that changes hold at once."""

from collections.abc import AsyncIterator

import pytest

from tests.support.api import PASSWORD, Api, add_conversation, add_key, add_password, running_api
from tests.support.desk import make_desk, rows

pytestmark = pytest.mark.database

REVIEWER = {"name": "Reviewer", "permissions": ["conversations:read", "conversations:read_all", "messages:read"]}


@pytest.fixture
async def api(database_url: str) -> AsyncIterator[Api]:
    async with running_api(database_url) as api:
        yield api


async def test_a_role_of_ones_own_says_what_its_people_may_and_changes_with_it(api: Api) -> None:
    desk = await make_desk(api.url)
    person, conversation_id = desk.agent_ids[0], await add_conversation(api.url, desk)
    email = await add_password(api.url, person)
    admin, _ = await add_key(api.url, desk.tenant_id)
    await rows(api.url, "UPDATE agents SET role = 'admin' WHERE id = $1", desk.agent_ids[1])
    notes = f"/v1/conversations/{conversation_id}/notes"
    async with api.client(admin) as client:
        role = (await client.post("/v1/roles", json=REVIEWER)).json()
        set_ = await client.put(
            f"/v1/agents/{person}/role", json={"role": "agent", "role_id": role["id"]}, headers={"If-Match": "*"}
        )
        kept = await client.delete(f"/v1/roles/{role['id']}", headers={"If-Match": "*"})
    login = {"email": email, "password": PASSWORD, "bearer": True}
    async with api.client() as client:
        session = (await client.post("/v1/login", json=login)).json()
    async with api.client(session["token"]) as client, api.client(admin) as boss:
        read, refused = (
            await client.get(f"/v1/conversations/{conversation_id}"),
            await client.post(notes, json={"text": "x"}),
        )
        wider = REVIEWER | {"permissions": [*REVIEWER["permissions"], "notes:write"]}
        await boss.put(f"/v1/roles/{role['id']}", json=wider, headers={"If-Match": "*"})
        api.agent.parts.authenticator.forget(session["session"]["id"])
        allowed = await client.post(notes, json={"text": "x"})
    assert set_.json()["role_id"] == role["id"]
    assert kept.status_code == 409
    assert session["session"]["permissions"] == sorted(REVIEWER["permissions"])
    assert (read.status_code, refused.status_code, allowed.status_code) == (200, 403, 201)


async def test_nobody_gives_what_they_do_not_have(api: Api) -> None:
    """By a role, by a key, by making somebody an admin: who manages roles and keys and nothing else stays so, and it is noted."""
    desk = await make_desk(api.url)
    admin, _ = await add_key(api.url, desk.tenant_id)
    own = {"name": "Clerk", "permissions": ["roles:manage", "keys:manage", "agents:read", "agents:write"]}
    match = {"If-Match": "*"}
    async with api.client(admin) as client:
        role = (await client.post("/v1/roles", json=own)).json()
        made = await client.post("/v1/api-keys", json={"name": "clerk", "role": "partner", "role_id": role["id"]})
        big = (await client.post("/v1/roles", json=REVIEWER)).json()
    person = desk.agent_ids[0]
    async with api.client(made.json()["key"]) as clerk:
        answers = [
            await clerk.post("/v1/roles", json=REVIEWER | {"name": "x"}),
            await clerk.put(f"/v1/roles/{role['id']}", json=own | {"permissions": ["messages:read"]}, headers=match),
            await clerk.put(f"/v1/roles/{big['id']}", json=own | {"name": "y"}, headers=match),
            await clerk.delete(f"/v1/roles/{big['id']}", headers=match),
            await clerk.post("/v1/api-keys", json={"name": "x", "role": "admin"}),
            await clerk.post("/v1/api-keys", json={"name": "x", "role": "partner", "role_id": big["id"]}),
            await clerk.post("/v1/agents", json={"name": "x", "email": "x@desk.example", "role": "admin"}),
            await clerk.put(f"/v1/agents/{person}/role", json={"role": "admin"}, headers=match),
            await clerk.put(f"/v1/agents/{person}/password", json={"password": "another-long-one"}),
        ]
        less = await clerk.post("/v1/roles", json={"name": "less", "permissions": ["agents:read"]})
    [noted] = await rows(api.url, "SELECT count(*) FROM audit_log WHERE status = 403")
    assert [answer.status_code for answer in answers] == [403] * len(answers)
    assert less.status_code == 201
    assert noted["count"] == len(answers)


async def test_the_last_admin_stays_one(api: Api) -> None:
    desk = await make_desk(api.url)
    first, second = desk.agent_ids
    admin, _ = await add_key(api.url, desk.tenant_id)
    await rows(api.url, "UPDATE agents SET role = 'admin' WHERE id = $1", first)
    async with api.client(admin) as client:
        answers = [
            await client.put(f"/v1/agents/{agent}/role", json={"role": role}, headers={"If-Match": "*"})
            for agent, role in ((first, "agent"), (second, "admin"), (first, "agent"), (second, "supervisor"))
        ]
    assert [answer.status_code for answer in answers] == [409, 200, 200, 409]
