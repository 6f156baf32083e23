"""The audit log: every change of configuration, refusals too, and no line can be changed unnoticed."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import httpx2
import pytest

from tests.support.api import Api, add_key, running_api
from tests.support.desk import Desk, make_desk, rows

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
    key, _ = await add_key(api.url, desk.tenant_id)
    async with api.client(key) as client:
        yield client


async def fill(admin: httpx2.AsyncClient, many: int = 5) -> None:
    answers = await asyncio.gather(*(admin.post("/v1/teams", json={"name": f"Team {n}"}) for n in range(many)))
    assert {answer.status_code for answer in answers} == {201}


async def check(admin: httpx2.AsyncClient) -> tuple[bool, int | None]:
    found = (await admin.get("/v1/audit-log/check")).json()
    return found["intact"], found["broken_at"]


async def test_changes_and_refusals_are_written_down_once_and_without_anybodys_words(
    api: Api, admin: httpx2.AsyncClient, desk: Desk
) -> None:
    headers = {"Idempotency-Key": "team-1"}
    for _ in range(2):
        made = await admin.post("/v1/teams", json={"name": "Canary words"}, headers=headers)
    renamed = await admin.patch(f"/v1/teams/{made.json()['id']}", json={"name": "Canary"}, headers={"If-Match": '"1"'})
    assert renamed.status_code == 200, renamed.text
    key, key_id = await add_key(api.url, desk.tenant_id, "partner")
    async with api.client(key) as partner:
        assert (await partner.post("/v1/teams", json={"name": "x"})).status_code == 403
    assert (await admin.post("/v1/teams", json={"name": ""})).status_code == 422
    answer = await admin.get("/v1/audit-log")
    lines = answer.json()["items"]
    assert [(line["number"], line["operation"], line["status"]) for line in lines] == [
        (3, "createTeam", 403),
        (2, "changeTeam", 200),
        (1, "createTeam", 201),
    ]
    assert lines[0]["actor"] == key_id
    assert lines[1]["target"] == made.json()["id"]
    assert lines[1]["request_id"] == renamed.headers["X-Request-Id"]
    assert "Canary" not in answer.text
    assert await check(admin) == (True, None)


async def test_many_changes_at_once_make_one_chain(admin: httpx2.AsyncClient) -> None:
    await fill(admin, 20)
    found = (await admin.get("/v1/audit-log/check")).json()
    assert (found["checked"], found["last"], found["intact"]) == (20, 20, True)
    part = (await admin.get("/v1/audit-log/check?after=7")).json()
    assert (part["checked"], part["intact"]) == (13, True)


@pytest.mark.parametrize(
    ("tampering", "at"),
    [
        ("UPDATE audit_log SET operation = 'nothing' WHERE number = 3", 3),
        ("UPDATE audit_log SET at = at + interval '1 second' WHERE number = 1", 1),
        ("DELETE FROM audit_log WHERE number = 4", 4),
        ("DELETE FROM audit_log WHERE number = 5", 5),
        ("UPDATE audit_log SET request_hash = '\\x00' WHERE number = 2", 2),
    ],
)
async def test_a_line_that_was_changed_or_removed_is_noticed(
    api: Api, admin: httpx2.AsyncClient, tampering: str, at: int
) -> None:
    await fill(admin)
    await rows(api.url, tampering)
    assert await check(admin) == (False, at)


async def test_the_api_itself_can_neither_change_nor_remove_a_line(
    api: Api, admin: httpx2.AsyncClient, desk: Desk
) -> None:
    await fill(admin, 1)
    for statement in ("UPDATE audit_log SET operation = 'x'", "DELETE FROM audit_log", "TRUNCATE audit_log"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with api.database.transaction([desk.tenant_id]) as connection:
                await connection.execute(statement)


async def test_without_its_salt_the_chain_stays_whole(api: Api, admin: httpx2.AsyncClient) -> None:
    await fill(admin, 2)
    await rows(api.url, "UPDATE audit_heads SET salt = '\\x00'")
    await admin.post("/v1/teams", json={"name": "after"})
    assert await check(admin) == (True, None)
