"""Logging in by password: what a session may, how it ends, and what strangers learn."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import httpx2
import pytest

from tests.support.api import PASSWORD, Api, add_key, add_password, running_api, serving_api
from tests.support.desk import Desk, make_desk, rows
from tests.support.stream import Follower, closed, numbering

pytestmark = pytest.mark.database

PAGE = {"Origin": "http://testserver", "X-Requested-With": "frontdesk"}


@pytest.fixture
async def api(database_url: str) -> AsyncIterator[Api]:
    async with running_api(database_url) as api:
        yield api


@pytest.fixture
async def live(database_url: str) -> AsyncIterator[Api]:
    async with serving_api(database_url) as api, numbering(database_url, api.bus):
        yield api


@pytest.fixture
async def desk(database_url: str) -> Desk:
    return await make_desk(database_url)


async def log_in(api: Api, email: str, password: str = PASSWORD, **more: Any) -> httpx2.Response:
    async with api.client() as client:
        return await client.post("/v1/login", json={"email": email, "password": password, **more})


async def token_of(api: Api, email: str, password: str = PASSWORD) -> str:
    answer = await log_in(api, email, password, bearer=True)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["token"])


async def test_a_page_gets_its_session_in_a_cookie_that_no_script_reads(api: Api, desk: Desk) -> None:
    email = await add_password(api.url, desk.agent_ids[0])
    async with api.client() as page:
        answer = await page.post("/v1/login", json={"email": email.upper(), "password": PASSWORD})
        session = (await page.get("/v1/session")).json()
    told = answer.headers["set-cookie"].lower()
    assert answer.json()["token"] is None
    assert "httponly" in told
    assert "samesite=strict" in told
    assert "secure" not in told  # the public URL of this test is plain http
    assert (session["agent_id"], session["method"]) == (desk.agent_ids[0], "password")
    assert "messages:send" in session["permissions"]
    assert "keys:manage" not in session["permissions"]


async def test_with_a_cookie_only_a_page_of_ours_changes_anything(api: Api, desk: Desk) -> None:
    email = await add_password(api.url, desk.agent_ids[0])
    path, body = f"/v1/agents/{desk.agent_ids[0]}/presence", {"presence": "away"}
    refused: tuple[dict[str, str], ...] = (
        {},
        {"Origin": "http://testserver"},
        {"X-Requested-With": "frontdesk"},
        PAGE | {"Origin": "https://evil.example"},
        PAGE | {"Origin": "null"},
    )
    async with api.client() as page:
        await page.post("/v1/login", json={"email": email, "password": PASSWORD})
        codes = [(await page.put(path, json=body, headers=headers)).status_code for headers in refused]
        good = await page.put(path, json=body, headers=PAGE)
    assert codes == [403] * len(refused)
    assert good.status_code == 200, good.text


async def test_an_unknown_address_and_a_wrong_password_are_answered_alike(api: Api, desk: Desk) -> None:
    email = await add_password(api.url, desk.agent_ids[0])
    answers = [
        await log_in(api, email, "wrong-horse-battery"),
        await log_in(api, "nobody@desk.example"),
        await log_in(api, f"{desk.agent_ids[1]}@desk.example"),
        await log_in(api, email, tenant_id="ten_other"),
    ]
    told = [{**answer.json(), "request_id": ""} for answer in answers]
    assert [answer.status_code for answer in answers] == [401] * 4
    assert all(problem == told[0] for problem in told)


async def test_guesses_are_counted_even_when_they_come_at_once(api: Api, desk: Desk) -> None:
    email, other = [await add_password(api.url, agent_id) for agent_id in desk.agent_ids]
    answers = await asyncio.gather(*(log_in(api, email, f"wrong-horse-{n:02}") for n in range(14)))
    late = await log_in(api, email)
    assert sorted(answer.status_code for answer in answers) == [401] * 10 + [429] * 4
    assert late.status_code == 429
    assert 0 < int(late.headers["retry-after"]) <= 900
    assert (await log_in(api, other)).status_code == 200


async def test_a_right_login_forgives_the_wrong_ones_before_it(api: Api, desk: Desk) -> None:
    email = await add_password(api.url, desk.agent_ids[0])
    for _ in range(2):
        for _ in range(9):
            assert (await log_in(api, email, "wrong-horse-battery")).status_code == 401
        assert (await log_in(api, email)).status_code == 200


async def test_one_address_and_password_of_two_tenants_must_name_one(api: Api, desk: Desk) -> None:
    other = await make_desk(api.url)
    await rows(api.url, "UPDATE agents SET email = $2 WHERE id = $1", other.agent_ids[0], "both@desk.example")
    await rows(api.url, "UPDATE agents SET email = $2 WHERE id = $1", desk.agent_ids[0], "both@desk.example")
    for agent_id in (other.agent_ids[0], desk.agent_ids[0]):
        await add_password(api.url, agent_id)
    assert (await log_in(api, "both@desk.example")).status_code == 409
    named = await log_in(api, "both@desk.example", tenant_id=other.tenant_id)
    assert named.json()["session"]["agent_id"] == other.agent_ids[0]


async def test_logging_out_ends_the_session_and_everywhere_ends_all(api: Api, desk: Desk) -> None:
    email = await add_password(api.url, desk.agent_ids[0])
    tokens = [await token_of(api, email) for _ in range(3)]

    async def states() -> list[int]:
        for row in await rows(api.url, "SELECT id FROM login_sessions"):
            api.agent.parts.authenticator.forget(row["id"])
        found = []
        for token in tokens:
            async with api.client(token) as client:
                found.append((await client.get("/v1/session")).status_code)
        return found

    async with api.client(tokens[0]) as client:
        assert (await client.post("/v1/logout", json={})).status_code == 204
    assert await states() == [401, 200, 200]
    async with api.client(tokens[1]) as client:
        assert (await client.post("/v1/logout", json={"everywhere": True})).status_code == 204
    assert await states() == [401, 401, 401]


async def test_a_key_is_no_session(api: Api, desk: Desk) -> None:
    key, _ = await add_key(api.url, desk.tenant_id)
    async with api.client(key) as client:
        answers = [
            await client.get("/v1/session"),
            await client.post("/v1/logout", json={}),
            await client.put("/v1/session/password", json={"current": PASSWORD, "new": "another-long-one"}),
        ]
    assert [answer.status_code for answer in answers] == [404] * 3


async def test_changing_ones_password_ends_the_other_sessions(api: Api, desk: Desk) -> None:
    email = await add_password(api.url, desk.agent_ids[0])
    here, _elsewhere = await token_of(api, email), await token_of(api, email)
    async with api.client(here) as client:
        wrong = await client.put("/v1/session/password", json={"current": "not-my-password", "new": "another-long-one"})
        short = await client.put("/v1/session/password", json={"current": PASSWORD, "new": "short"})
        done = await client.put("/v1/session/password", json={"current": PASSWORD, "new": "another-long-one"})
        mine = await client.get("/v1/session")
    good = await rows(api.url, "SELECT id FROM login_sessions WHERE revoked_at IS NULL")
    assert [wrong.status_code, short.status_code, done.status_code] == [422, 422, 204]
    assert [row["id"] for row in good] == [mine.json()["id"]]
    assert (await log_in(api, email)).status_code == 401
    assert (await log_in(api, email, "another-long-one")).status_code == 200


async def test_nobody_sets_the_password_of_somebody_who_may_more(api: Api, desk: Desk) -> None:
    boss, agent = desk.agent_ids
    await rows(api.url, "UPDATE agents SET role = 'admin' WHERE id = $1", boss)
    await add_password(api.url, boss)
    supervisor, _ = await add_key(api.url, desk.tenant_id, "supervisor")
    async with api.client(supervisor) as client:
        up = await client.put(f"/v1/agents/{boss}/password", json={"password": "another-long-one"})
        out = await client.delete(f"/v1/agents/{boss}/sessions")
        down = await client.put(f"/v1/agents/{agent}/password", json={"password": "another-long-one"})
    assert [up.status_code, out.status_code, down.status_code] == [403, 403, 204]
    assert (await log_in(api, f"{agent}@desk.example", "another-long-one")).status_code == 200


async def test_the_database_holds_no_token_and_no_password(api: Api, desk: Desk) -> None:
    email = await add_password(api.url, desk.agent_ids[0])
    token = await token_of(api, email)
    connection = await asyncpg.connect(api.url)
    try:
        tables = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        dump = [str(await connection.fetch(f'SELECT t::text FROM "{table["tablename"]}" t')) for table in tables]
    finally:
        await connection.close()
    text = "".join(dump)
    assert email in text
    assert token not in text
    assert token.removeprefix("fd_session_") not in text
    assert PASSWORD not in text


async def test_what_ends_a_session_cuts_its_sockets_within_five_seconds(live: Api, desk: Desk) -> None:
    """An admin logs one person out, another gets another role, and a third logs out by themselves."""
    desk = await make_desk(live.url, agents=3)
    admin, _ = await add_key(live.url, desk.tenant_id)
    tokens = [await token_of(live, await add_password(live.url, agent_id)) for agent_id in desk.agent_ids]
    followers = [Follower(live, token) for token in tokens]
    loop = asyncio.get_running_loop()
    async with (
        followers[0].connected() as first,
        followers[1].connected() as second,
        followers[2].connected() as third,
        live.client(admin) as client,
        live.client(tokens[2]) as own,
    ):
        for follower in followers:
            await follower.read()
        began = loop.time()
        assert (await client.delete(f"/v1/agents/{desk.agent_ids[0]}/sessions")).status_code == 204
        await rows(live.url, "UPDATE agents SET role = 'supervisor' WHERE id = $1", desk.agent_ids[1])
        assert (await own.post("/v1/logout", json={})).status_code == 204
        assert (await own.get("/v1/me")).status_code == 401
        codes = await asyncio.gather(
            *(closed(socket, follower.take) for socket, follower in zip((first, second, third), followers, strict=True))
        )
        async with live.client(tokens[0]) as victim:
            while (await victim.get("/v1/me")).status_code == 200:
                await asyncio.sleep(0.02)
        took = loop.time() - began
    assert codes == [4401] * 3
    assert took < 5
