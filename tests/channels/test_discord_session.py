"""Discord's Gateway against a server in this process: beginning, resuming, heartbeats, and what goes wrong."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from backbone.channel.port import Account, Fetched, Session
from backbone.errors import ConfigurationInvalid, Unavailable
from schemas.inbound import AccountNotice, MessageReceived
from services.discord.session import GatewaySession
from tests.support import channels as support
from tests.support.ports import free_ports

Frame = dict[str, Any]
Script = Callable[["FakeGateway", ServerConnection], Awaitable[None]]

CURSOR = {"session": "sess-1", "resume_url": None, "seq": 7}


def message(seq: int, text: str = "hello") -> Frame:
    said = {
        "id": str(1000 + seq),
        "channel_id": "290926798999357250",
        "type": 0,
        "content": text,
        "author": {"id": "53908232506183680", "username": "ana"},
    }
    return {"op": 0, "t": "MESSAGE_CREATE", "s": seq, "d": said}


def ready(seq: int, url: str = "wss://gateway-us-east1-b.discord.gg") -> Frame:
    return {"op": 0, "t": "READY", "s": seq, "d": {"session_id": "sess-1", "resume_gateway_url": url, "guilds": []}}


class FakeGateway:
    """Greets, hears who comes, and then does what the script says."""

    def __init__(self, script: Script, interval: int = 41_250) -> None:
        self.port = free_ports(1)[0]
        self.heard: list[Frame] = []
        self.closed_with: list[int | None] = []
        self._script = script
        self._interval = interval

    @asynccontextmanager
    async def running(self) -> AsyncIterator["FakeGateway"]:
        async with serve(self._serve, "127.0.0.1", self.port):
            yield self

    async def _serve(self, socket: ServerConnection) -> None:
        await send(socket, {"op": 10, "d": {"heartbeat_interval": self._interval}})
        self.heard.append(json.loads(await socket.recv()))
        await self._script(self, socket)
        await socket.wait_closed()
        self.closed_with.append(socket.close_code)

    def account(self, **settings: Any) -> Account:
        values = {"gateway": True, "gateway_url": f"ws://127.0.0.1:{self.port}", **settings}
        return support.account("discord", values, external_id="1100000000000000001")


async def send(socket: ServerConnection, *frames: Frame) -> None:
    for frame in frames:
        await socket.send(json.dumps(frame))


async def poll(gateway: FakeGateway, cursor: Mapping[str, Any] | None = None, window: float = 0.3) -> list[Fetched]:
    session: Session = GatewaySession(window, 2.0, lambda: 0.0)
    return [item async for item in session.fetch(gateway.account(), cursor)]


def kinds(found: list[Fetched]) -> list[str]:
    return [json.loads(item.body).get("t") for item in found]


def test_only_accounts_that_want_the_socket_are_polled() -> None:
    assert GatewaySession().wanted(support.account("discord", {"gateway": True}))
    assert not GatewaySession().wanted(support.account("discord"))


def test_the_place_it_connects_to_is_told_beforehand() -> None:
    assert GatewaySession().places(support.account("discord")) == [("gateway.discord.gg", 443)]


async def test_a_new_session_is_begun_with_token_and_intents_and_can_be_gone_on_with() -> None:
    async def script(_: FakeGateway, socket: ServerConnection) -> None:
        await send(socket, ready(1), message(2), {"op": 0, "t": "PRESENCE_UPDATE", "s": 3, "d": {}}, message(4))

    async with FakeGateway(script).running() as gateway:
        found = await poll(gateway)
        account = gateway.account()
    identify = gateway.heard[0]
    assert identify["op"] == 2
    assert identify["d"]["token"] == account.settings.bot_token.get_secret_value()
    assert identify["d"]["intents"] & (1 << 15)
    assert kinds(found) == ["READY", "MESSAGE_CREATE", "MESSAGE_CREATE"]
    assert [item.cursor["seq"] for item in found] == [1, 2, 4]
    assert found[-1].cursor["session"] == "sess-1"
    assert gateway.closed_with == [4900]


async def test_a_session_is_resumed_where_it_stood() -> None:
    async def script(_: FakeGateway, socket: ServerConnection) -> None:
        await send(socket, message(8), {"op": 0, "t": "RESUMED", "s": 9, "d": {}})

    async with FakeGateway(script).running() as gateway:
        found = await poll(gateway, CURSOR)
    assert gateway.heard[0]["op"] == 6
    assert (gateway.heard[0]["d"]["session_id"], gateway.heard[0]["d"]["seq"]) == ("sess-1", 7)
    assert kinds(found) == ["MESSAGE_CREATE", "RESUMED"]


async def test_what_is_fetched_is_read_by_the_codec() -> None:
    async def script(_: FakeGateway, socket: ServerConnection) -> None:
        await send(socket, message(8, "where is it?"), {"op": 9, "d": False})

    async with FakeGateway(script).running() as gateway:
        found = await poll(gateway, CURSOR)
        account = gateway.account()
    channel, context = support.load("discord"), support.context(account, "discord")
    requests = [support.unsigned_poll(account, item.body) for item in found]
    events = [event for request in requests for event in support.receive(channel, request, context).events]
    assert isinstance(events[0], MessageReceived)
    assert events[0].content.text == "where is it?"
    assert isinstance(events[1], AccountNotice)


async def test_a_session_is_resumed_on_hosts_of_discord_only() -> None:
    async def script(_: FakeGateway, socket: ServerConnection) -> None:
        await send(socket, message(8))

    async with FakeGateway(script).running() as gateway:
        found = await poll(gateway, {**CURSOR, "resume_url": "ws://evil.example.test"})
    assert kinds(found) == ["MESSAGE_CREATE"]


async def test_heartbeats_tell_the_last_number_and_an_asked_one_is_given_at_once() -> None:
    async def script(gateway: FakeGateway, socket: ServerConnection) -> None:
        await send(socket, message(8), {"op": 1, "d": None})
        with suppress(ConnectionClosed):
            async for raw in socket:
                gateway.heard.append(json.loads(raw))
                await send(socket, {"op": 11})

    async with FakeGateway(script, interval=100).running() as gateway:
        await poll(gateway, CURSOR, window=0.5)
    beats = [frame["d"] for frame in gateway.heard if frame["op"] == 1]
    assert len(beats) >= 3
    assert beats[-1] == 8


async def test_a_gateway_that_answers_no_heartbeat_is_left() -> None:
    async def script(_: FakeGateway, socket: ServerConnection) -> None:
        with suppress(ConnectionClosed):
            async for _unused in socket:
                pass

    async with FakeGateway(script, interval=100).running() as gateway:
        async with asyncio.timeout(5):
            assert await poll(gateway, CURSOR, window=60) == []
    assert gateway.closed_with == [4900]


async def test_a_lost_session_is_told_and_forgotten() -> None:
    async def script(_: FakeGateway, socket: ServerConnection) -> None:
        await send(socket, {"op": 9, "d": False})

    async with FakeGateway(script).running() as gateway:
        found = await poll(gateway, CURSOR)
    assert json.loads(found[0].body)["op"] == 9
    assert found[0].cursor == {"session": None, "resume_url": None, "seq": None}


@pytest.mark.parametrize("frame", [{"op": 7, "d": None}, {"op": 9, "d": True}])
async def test_a_gateway_that_asks_to_come_back_later_keeps_the_session(frame: Frame) -> None:
    async def script(_: FakeGateway, socket: ServerConnection) -> None:
        await send(socket, message(8), frame)

    async with FakeGateway(script).running() as gateway:
        found = await poll(gateway, CURSOR, window=60)
    assert [item.cursor["seq"] for item in found] == [8]


@pytest.mark.parametrize("code", [4004, 4014])
async def test_settings_that_discord_refuses_need_a_person(code: int) -> None:
    async def script(_: FakeGateway, socket: ServerConnection) -> None:
        await socket.close(code)

    async with FakeGateway(script).running() as gateway:
        with pytest.raises(ConfigurationInvalid):
            await poll(gateway)


async def test_a_session_that_took_too_long_is_begun_anew() -> None:
    async def script(_: FakeGateway, socket: ServerConnection) -> None:
        await socket.close(4009)

    async with FakeGateway(script).running() as gateway:
        found = await poll(gateway, CURSOR)
    assert found[0].cursor["session"] is None


async def test_a_gateway_that_is_away_is_unavailable() -> None:
    async def script(_: FakeGateway, socket: ServerConnection) -> None:
        await socket.close()

    with pytest.raises(Unavailable):
        await poll(FakeGateway(script))


async def test_broken_frames_are_passed_over() -> None:
    async def script(_: FakeGateway, socket: ServerConnection) -> None:
        for raw in ("{", "[]", '{"op":0}', '{"op":0,"t":"MESSAGE_CREATE","s":"x","d":{}}', "[" * 1000):
            await socket.send(raw)
        await send(socket, message(8))

    async with FakeGateway(script).running() as gateway:
        assert kinds(await poll(gateway, CURSOR)) == ["MESSAGE_CREATE"]


async def test_a_stored_cursor_that_can_not_be_read_needs_a_person() -> None:
    async def script(_: FakeGateway, socket: ServerConnection) -> None:
        await send(socket, message(8))

    async with FakeGateway(script).running() as gateway:
        with pytest.raises(ConfigurationInvalid):
            await poll(gateway, {"session": "sess-1", "seq": "seven"})
