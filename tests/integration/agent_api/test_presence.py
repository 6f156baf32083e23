"""Presence over several processes, and server-sent events."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx2
import pytest

from agent_api.live.presence import Presence, Who
from backbone.clock import SystemClock
from backbone.storage.database import Database
from tests.support.api import Api, add_conversation, add_key, serving_api
from tests.support.desk import Desk, make_desk, rows
from tests.support.stream import numbering

pytestmark = pytest.mark.database
NOTHING = timedelta(0)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url, role="frontdesk_api", name="test")
    await database.start()
    yield database
    await database.stop()


@pytest.fixture
async def desk(database_url: str) -> Desk:
    return await make_desk(database_url)


async def state(url: str, agent_id: str) -> tuple[str, str | None]:
    [row] = await rows(url, "SELECT presence, presence_reason FROM agents WHERE id = $1", agent_id)
    return row["presence"], row["presence_reason"]


async def test_an_agent_with_a_socket_in_another_process_stays(
    database: Database, database_url: str, desk: Desk
) -> None:
    who = Who(desk.tenant_id, desk.agent_ids[0])
    one, two = (Presence(database, SystemClock(), name, NOTHING) for name in ("one", "two"))
    for process in (one, two):
        process.connected(who)
        await process.round()
    one.disconnected(who)
    await one.round()
    assert await state(database_url, who.agent_id) == ("online", None)
    two.disconnected(who)
    await two.round()
    assert await state(database_url, who.agent_id) == ("away", "disconnected")
    one.connected(who)
    await one.round()
    assert await state(database_url, who.agent_id) == ("online", None)


async def test_agents_of_a_process_that_died_are_away(database: Database, database_url: str, desk: Desk) -> None:
    who = Who(desk.tenant_id, desk.agent_ids[0])
    dead, alive = (Presence(database, SystemClock(), name, NOTHING) for name in ("dead", "alive"))
    dead.connected(who)
    await dead.round()
    await rows(database_url, "UPDATE agent_sessions SET seen_at = now() - interval '41 seconds'")
    await alive.round()
    assert await state(database_url, who.agent_id) == ("away", "disconnected")
    assert await rows(database_url, "SELECT 1 FROM agent_sessions") == []
    assert await state(database_url, desk.agent_ids[1]) == ("online", None)


async def test_who_chose_to_be_away_stays_away(database: Database, database_url: str, desk: Desk) -> None:
    who = Who(desk.tenant_id, desk.agent_ids[0])
    process = Presence(database, SystemClock(), "one", NOTHING)
    await rows(
        database_url, "UPDATE agents SET presence = 'away', presence_reason = 'lunch' WHERE id = $1", who.agent_id
    )
    process.connected(who)
    await process.round()
    process.disconnected(who)
    await process.round()
    assert await state(database_url, who.agent_id) == ("away", "lunch")


async def test_a_flap_within_the_grace_changes_nothing(database: Database, database_url: str, desk: Desk) -> None:
    who = Who(desk.tenant_id, desk.agent_ids[0])
    process = Presence(database, SystemClock(), "one", timedelta(seconds=20))
    for _ in range(5):
        process.connected(who)
        await process.round()
        process.disconnected(who)
        await process.round()
    events = await rows(database_url, "SELECT 1 FROM events_pending WHERE type = 'agent.presence_changed'")
    assert (await state(database_url, who.agent_id), events) == (("online", None), [])


async def sse(response: httpx2.Response) -> AsyncIterator[tuple[str, dict[str, Any]]]:
    """Id and data of each event."""
    identity = ""
    async for line in response.aiter_lines():
        name, _, value = line.partition(": ")
        if name == "id":
            identity = value
        elif name == "data":
            yield identity, json.loads(value)


@pytest.fixture
async def api(database_url: str) -> AsyncIterator[Api]:
    async with serving_api(database_url) as api, numbering(database_url, api.bus):
        yield api


async def test_server_sent_events_go_on_after_the_last_id(api: Api, desk: Desk) -> None:
    key, _ = await add_key(api.url, desk.tenant_id)
    conversation_id = await add_conversation(api.url, desk)
    headers = {"Authorization": f"Bearer {key}"}

    async def note(client: httpx2.AsyncClient, text: str) -> None:
        answer = await client.post(f"/v1/conversations/{conversation_id}/notes", json={"text": text})
        assert answer.status_code == 201

    async def follow(last: str, first: asyncio.Event) -> tuple[str, dict[str, Any]]:
        async with (
            httpx2.AsyncClient(
                base_url=api.base, headers=headers | ({"Last-Event-ID": last} if last else {})
            ) as client,
            client.stream("GET", "/v1/events/stream") as response,
        ):
            assert response.headers["content-type"].startswith("text/event-stream")
            async for identity, data in sse(response):
                first.set()
                if "seq" in data and "prev" in data:
                    return identity, data
        raise AssertionError("the stream ended")

    async with api.client(key) as client, asyncio.timeout(20):
        begun = asyncio.Event()
        following = asyncio.create_task(follow("", begun))
        await begun.wait()
        await note(client, "one")
        last, first = await following
        await note(client, "two")
        _, second = await follow(last, asyncio.Event())
    assert last == f"{api.agent.parts.hub.epoch}/1"
    assert [frame["data"]["message"]["content"]["text"] for frame in (first, second)] == ["one", "two"]
    assert (second["prev"], second["seq"]) == (1, 2)


async def test_a_row_that_can_not_be_read_does_not_stop_the_stream(api: Api, desk: Desk) -> None:
    key, _ = await add_key(api.url, desk.tenant_id)
    conversation_id = await add_conversation(api.url, desk)
    async with api.client(key) as client:
        await client.post(f"/v1/conversations/{conversation_id}/notes", json={"text": "one"})
        await rows(api.url, "UPDATE messages SET content = '{\"text\": 5}' WHERE direction = 'note'")
        await client.post(f"/v1/conversations/{conversation_id}/notes", json={"text": "two"})
        async with asyncio.timeout(10):
            while (page := (await client.get("/v1/events")).json())["covered"] < 2:
                await asyncio.sleep(0.02)
    assert ["message" in item["data"] for item in page["items"]] == [False, True]
