"""Sockets that break the rules below the protocol's frames: raw bytes, written by hand."""

import asyncio
import base64
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from agent_api.live.frames import SUBPROTOCOL
from tests.support.api import Api, add_key, serving_api, until
from tests.support.desk import make_desk

pytestmark = pytest.mark.database
TEXT, CONTINUATION, CLOSE, PING = 1, 0, 8, 9


@pytest.fixture
async def api(database_url: str) -> AsyncIterator[Api]:
    async with serving_api(database_url, options={"ws_ping_interval": 0.3, "ws_ping_timeout": 0.3}) as api:
        yield api


def frame(opcode: int, payload: bytes = b"", *, final: bool = True) -> bytes:
    """A masked client frame (RFC 6455 §5.2) of up to 125 bytes; the mask is zero, so the payload stays readable."""
    return bytes([opcode | (0x80 if final else 0), 0x80 | len(payload)]) + b"\0\0\0\0" + payload


@asynccontextmanager
async def raw(api: Api) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter, bytes]]:
    """A connection after the handshake, and the answer to it."""
    host, port = api.base.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    key = base64.b64encode(os.urandom(16)).decode()
    lines = [
        "GET /v1/stream HTTP/1.1",
        f"Host: {host}:{port}",
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        f"Sec-WebSocket-Key: {key}",
        f"Sec-WebSocket-Protocol: {SUBPROTOCOL}",
        "Sec-WebSocket-Extensions: permessage-deflate",
    ]
    writer.write("\r\n".join([*lines, "", ""]).encode())
    try:
        yield reader, writer, await reader.readuntil(b"\r\n\r\n")
    finally:
        writer.transport.abort()


async def ended(reader: asyncio.StreamReader, patience: float = 6) -> bytes:
    """Everything until the other side ends the connection."""
    async with asyncio.timeout(patience):
        try:
            return await reader.read()
        except ConnectionError:
            return b""


async def test_compression_is_not_agreed_to(api: Api) -> None:
    async with raw(api) as (_, _, answer):
        assert b"101" in answer.splitlines()[0]
        assert b"deflate" not in answer.lower()


async def test_endless_empty_fragments_are_cut(api: Api) -> None:
    async with raw(api) as (reader, writer, _):
        writer.write(frame(TEXT, final=False) + frame(CONTINUATION, final=False) * 10_000)
        rest = await ended(reader)
    assert (1009).to_bytes(2, "big") in rest


async def test_a_peer_that_answers_no_ping_is_gone_and_with_it_its_presence(api: Api) -> None:
    desk = await make_desk(api.url)
    key, _ = await add_key(api.url, desk.tenant_id, "agent", desk.agent_ids[0])
    async with raw(api) as (reader, writer, _):
        writer.write(frame(TEXT, json.dumps({"type": "auth", "token": key}).encode()))
        await until(lambda: api.agent.parts.hub.connections == 1)
        rest = await ended(reader)
    assert rest.count(b'"type":"hello"') == 1
    await until(lambda: api.agent.parts.hub.connections == 0, patience=2)


async def test_bytes_that_are_no_frame_end_the_connection(api: Api) -> None:
    async with raw(api) as (reader, writer, _):
        writer.write(os.urandom(4096))
        await ended(reader)
        assert reader.at_eof()
