"""The whole way over real processes: a visitor writes, an agent sees it live and answers, the visitor reads the answer."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from websockets.asyncio.client import ClientConnection, connect

from backbone.ids import new_id
from tests.support.api import PROTOCOLS
from tests.support.stack import Stack
from tests.support.stream import closed

pytestmark = [pytest.mark.database, pytest.mark.timeout(180)]


@pytest.fixture
async def stack(tmp_path: Path, database_url: str) -> AsyncIterator[Stack]:
    stack = Stack(tmp_path, database_url)
    await asyncio.to_thread(stack.seed)
    for name in ("http", "router"):
        await asyncio.to_thread(stack.start, name)
    yield stack
    await asyncio.to_thread(stack.stop)


async def read(socket: ClientConnection, kind: str) -> dict[str, Any]:
    async with asyncio.timeout(30):
        while True:
            frame: dict[str, Any] = json.loads(await socket.recv())
            if frame["type"] == kind:
                return frame


def rest(stack: Stack) -> httpx2.AsyncClient:
    headers = {"Authorization": f"Bearer {stack.token()}"}
    return httpx2.AsyncClient(base_url=stack.base, headers=headers, timeout=10)


async def test_a_visitor_writes_and_reads_the_answer_of_an_agent(stack: Stack) -> None:
    account_id = stack.account("webchat")["account_id"]
    ws = stack.base.replace("http://", "ws://")
    async with rest(stack) as client:
        session = (await client.post("/v1/customer/sessions", json={"account_id": account_id})).json()
        async with (
            connect(f"{ws}/v1/stream", subprotocols=PROTOCOLS) as desk,
            connect(f"{ws}/v1/customer/stream?account={account_id}", subprotocols=PROTOCOLS) as visitor,
        ):
            await desk.send(json.dumps({"type": "auth", "token": stack.token()}))
            await read(desk, "hello")
            await visitor.send(json.dumps({"type": "auth", "token": session["token"]}))
            await read(visitor, "history")
            await visitor.send(json.dumps({"type": "message", "id": "m1", "text": "Where is my parcel?"}))
            await read(visitor, "ack")
            received = await read(desk, "message.received")
            own = await read(visitor, "message")
            conversation_id = received["data"]["conversation_id"]
            answer = await client.post(
                f"/v1/conversations/{conversation_id}/messages",
                json={"content": {"type": "text", "text": "It is on its way."}},
                headers={"Idempotency-Key": new_id("idk")},
            )
            assert answer.status_code == 201, answer.text
            told = await read(visitor, "message")
            while told["message"]["sender"] != "agent":
                told = await read(visitor, "message")
            sent = await read(desk, "message.state_changed")
    assert received["data"]["message"]["content"]["text"] == "Where is my parcel?"
    assert (own["message"]["client_id"], own["message"]["sender"]) == ("m1", "you")
    assert told["message"]["text"] == "It is on its way."
    assert sent["data"]["conversation"]["id"] == conversation_id


async def test_a_stopping_process_sends_its_sockets_elsewhere_and_ends_in_order(stack: Stack) -> None:
    ws = stack.base.replace("http://", "ws://")
    async with connect(f"{ws}/v1/stream", subprotocols=PROTOCOLS) as desk:
        await desk.send(json.dumps({"type": "auth", "token": stack.token()}))
        await read(desk, "hello")
        stopping = asyncio.create_task(asyncio.to_thread(stack.stop, ["http"]))
        said: list[dict[str, Any]] = []
        code = await closed(desk, said.append, patience=20)
    assert code == 1012
    assert (said[-1]["type"], said[-1]["retry"]) == ("closing", True)
    assert await stopping == {"http": 0}
