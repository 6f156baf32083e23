"""Customers' own socket: their session, what they see and never see, and what they say."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect

from schemas.inbound import InboundRecord, MessageReceived
from schemas.topics import INBOUND
from tests.support.api import PROTOCOLS, Api, add_conversation, add_key, serving_api
from tests.support.chat import make_chat, token_of
from tests.support.desk import Desk, rows
from tests.support.stream import closed, numbering

pytestmark = pytest.mark.database


@pytest.fixture
async def api(database_url: str) -> AsyncIterator[Api]:
    async with serving_api(database_url) as api, numbering(database_url, api.bus):
        yield api


@pytest.fixture
async def desk(database_url: str) -> Desk:
    return await make_chat(database_url)


@asynccontextmanager
async def visiting(api: Api, desk: Desk, token: str, after: str | None = None) -> AsyncIterator[ClientConnection]:
    url = api.socket_url("/v1/customer/stream", account=desk.account_id)
    async with connect(url, subprotocols=PROTOCOLS) as socket:
        first = {"type": "auth", "token": token} | ({"after": after} if after else {})
        await socket.send(json.dumps(first))
        yield socket


async def read(socket: ClientConnection, kind: str) -> dict[str, Any]:
    async with asyncio.timeout(10):
        while True:
            frame: dict[str, Any] = json.loads(await socket.recv())
            if frame["type"] == kind:
                return frame


async def reply(api: Api, key: str, conversation_id: str, text: str) -> None:
    async with api.client(key) as client:
        body = {"content": {"type": "text", "text": text}}
        answer = await client.post(f"/v1/conversations/{conversation_id}/messages", json=body)
        assert answer.status_code == 201, answer.text


async def test_a_session_opens_the_socket_and_what_is_said_is_acked_once_durable(api: Api, desk: Desk) -> None:
    async with api.client() as client:
        session = (await client.post("/v1/customer/sessions", json={"account_id": desk.account_id})).json()
    async with visiting(api, desk, session["token"]) as socket:
        assert (await read(socket, "history"))["messages"] == []
        await socket.send(json.dumps({"type": "message", "id": "m1", "text": "Hello"}))
        assert (await read(socket, "ack"))["id"] == "m1"
    [record] = [InboundRecord.model_validate_json(found.value) for found in api.bus.records(INBOUND)]
    assert isinstance(record.event, MessageReceived)
    assert (record.tenant_id, record.account_id, record.channel) == (desk.tenant_id, desk.account_id, "webchat")
    assert (record.event.thread_key, record.event.content.text) == (session["visitor_id"], "Hello")


async def test_a_visitor_reads_answers_by_name_and_neither_notes_nor_ids(api: Api, desk: Desk) -> None:
    key, _ = await add_key(api.url, desk.tenant_id, "agent", desk.agent_ids[0])
    conversation_id = await add_conversation(api.url, desk, contact_address="vis_1")
    async with visiting(api, desk, token_of("vis_1")) as socket:
        history = await read(socket, "history")
        async with api.client(key) as client:
            await client.post(f"/v1/conversations/{conversation_id}/notes", json={"text": "canary-note"})
        await reply(api, key, conversation_id, "On its way")
        frame = await read(socket, "message")
    assert [message["text"] for message in history["messages"]] == ["Where is my parcel?"]
    assert (frame["message"]["text"], frame["message"]["sender"], frame["message"]["name"]) == (
        "On its way",
        "agent",
        "Agent 0",
    )
    told = json.dumps([history, frame])
    assert "canary-note" not in told
    assert not [secret for secret in (desk.agent_ids[0], desk.team_id, desk.tenant_id) if secret in told]


async def test_a_visitor_resumes_where_it_was_and_only_with_its_own_cursor(api: Api, desk: Desk) -> None:
    key, _ = await add_key(api.url, desk.tenant_id)
    conversation_id = await add_conversation(api.url, desk, contact_address="vis_1")
    async with visiting(api, desk, token_of("vis_1")) as socket:
        cursor = (await read(socket, "history"))["cursor"]
    for text in ("one", "two"):
        await reply(api, key, conversation_id, text)
    while len(await rows(api.url, "SELECT 1 FROM events WHERE type = 'message.sent'")) < 2:
        await asyncio.sleep(0.01)
    async with visiting(api, desk, token_of("vis_1"), after=cursor) as socket:
        missed = [(await read(socket, "message"))["message"]["text"] for _ in range(2)]
    async with visiting(api, desk, token_of("vis_2"), after=cursor) as socket:
        stranger = await read(socket, "history")
    assert missed == ["one", "two"]
    assert stranger["messages"] == []


async def test_nothing_of_other_visitors_is_ever_told(api: Api, desk: Desk) -> None:
    key, _ = await add_key(api.url, desk.tenant_id)
    other = await add_conversation(api.url, desk, contact_address="vis_other")
    mine = await add_conversation(api.url, desk, contact_address="vis_me")
    async with visiting(api, desk, token_of("vis_me")) as socket:
        await read(socket, "history")
        await reply(api, key, other, "canary-for-another")
        await reply(api, key, mine, "for you")
        frame = json.loads(await socket.recv())
    assert frame["message"]["text"] == "for you"


@pytest.mark.parametrize(
    "token",
    [
        token_of("vis_1", secret="x" * 32),
        token_of("vis_1", lifetime=-5),
        "vis_1.1.2",
        token_of("vis_1").replace("vis_1", "vis_2"),
    ],
    ids=["another secret", "expired", "no token at all", "another visitor"],
)
async def test_forged_and_old_tokens_are_refused(api: Api, desk: Desk, token: str) -> None:
    async with visiting(api, desk, token) as socket:
        assert await closed(socket) == 4401


async def test_frames_that_are_not_valid_are_refused_and_the_socket_goes_on(api: Api, desk: Desk) -> None:
    async with visiting(api, desk, token_of("vis_1")) as socket:
        await read(socket, "history")
        for frame in (
            {"type": "message", "id": "m1"},
            {"type": "message", "id": "m2", "text": "x", "sender": "vis_2"},
            {"type": "message", "id": "m3", "media": [{"upload": "u1", "kind": "image"}]},
        ):
            await socket.send(json.dumps(frame))
        errors = [await read(socket, "error") for _ in range(3)]
        await socket.send(json.dumps({"type": "message", "id": "m4", "text": "x"}))
        assert (await read(socket, "ack"))["id"] == "m4"
    assert [(error["id"], error["code"]) for error in errors] == [
        (f"m{number}", "input_invalid") for number in (1, 2, 3)
    ]


async def test_with_the_bus_away_nothing_is_acked(api: Api, desk: Desk) -> None:
    async with visiting(api, desk, token_of("vis_1")) as socket:
        await read(socket, "history")
        api.bus.mode = "away"
        await socket.send(json.dumps({"type": "message", "id": "m1", "text": "x"}))
        error = await read(socket, "error")
        api.bus.mode = "up"
    assert (error["id"], error["code"], error["next_step"]) == ("m1", "unavailable", "retry")


async def test_a_paused_account_takes_nobody(api: Api, desk: Desk) -> None:
    await rows(api.url, "UPDATE channel_accounts SET state = 'paused' WHERE id = $1", desk.account_id)
    async with api.client() as client:
        answer = await client.post("/v1/customer/sessions", json={"account_id": desk.account_id})
    async with visiting(api, desk, token_of("vis_1")) as socket:
        code = await closed(socket)
    assert (answer.status_code, code) == (409, 4403)


async def test_the_page_runs_no_script_but_its_own(api: Api) -> None:
    async with api.client() as client:
        page = await client.get("/chat")
        script = await client.get("/static/widget/chat.js")
    policy = page.headers["Content-Security-Policy"]
    assert (page.status_code, script.status_code) == (200, 200)
    assert "unsafe" not in policy
    assert "script-src 'self'" in policy
    assert "<script>" not in page.text
    assert " style=" not in page.text
