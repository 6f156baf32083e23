"""Both sides of a call on real sockets: an agent by its key, a visitor by its token."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import SecretStr
from websockets.asyncio.client import ClientConnection, connect

from backbone.channel.visitor import make_token
from backbone.ids import new_id
from backbone.storage.account_config import seal_config
from tests.support.api import MASTER, PROTOCOLS, Api
from tests.support.desk import Desk, make_desk, rows

SECRET = "s" * 32
PATIENCE = 10.0


async def make_visited_desk(url: str, **more: Any) -> Desk:
    """A desk whose account takes visitors' tokens."""
    desk = await make_desk(url, **more)
    sealed = seal_config(MASTER, desk.account_id, {"visitor_secrets": [SECRET]})
    await rows(url, "UPDATE channel_accounts SET config = $2 WHERE id = $1", desk.account_id, sealed)
    return desk


def visitor_token(visitor_id: str) -> str:
    return make_token(visitor_id, datetime.now(UTC) + timedelta(hours=1), SecretStr(SECRET))


@dataclass
class Side:
    """One socket; frames that come while something else is awaited are kept."""

    socket: ClientConnection
    device: str
    kept: list[dict[str, Any]] = field(default_factory=list)

    async def read(self, frame_type: str, /, **wanted: Any) -> dict[str, Any]:
        """The next frame of that type, also one that came before."""
        async with asyncio.timeout(PATIENCE):
            while True:
                for frame in self.kept:
                    if frame["type"] == frame_type and all(frame.get(name) == value for name, value in wanted.items()):
                        self.kept.remove(frame)
                        return frame
                self.kept.append(json.loads(await self.socket.recv()))

    async def ask(self, command: str, /, **fields: Any) -> dict[str, Any]:
        """The ack or error of a command."""
        command_id = new_id("cmd")
        await self.socket.send(json.dumps({"type": command, "id": command_id, **fields}))
        async with asyncio.timeout(PATIENCE):
            while True:
                for frame in self.kept:
                    if frame.get("id") == command_id and frame["type"] in {"ack", "error"}:
                        self.kept.remove(frame)
                        return frame
                self.kept.append(json.loads(await self.socket.recv()))

    async def join(self, call_id: str) -> dict[str, Any]:
        return await self.ask("call.join", call_id=call_id, device=self.device)

    async def signal(self, call_id: str, **signal: Any) -> dict[str, Any]:
        return await self.ask("call.signal", call_id=call_id, signal=signal)


@asynccontextmanager
async def agent_side(api: Api, key: str, device: str = "agent-page-1") -> AsyncIterator[Side]:
    async with connect(api.socket_url(), subprotocols=PROTOCOLS) as socket:
        await socket.send(json.dumps({"type": "auth", "token": key}))
        side = Side(socket, device)
        await side.read("hello")
        yield side


@asynccontextmanager
async def customer_side(api: Api, desk: Desk, visitor_id: str, device: str = "customer-page-1") -> AsyncIterator[Side]:
    url = api.socket_url("/v1/customer/stream", account=desk.account_id)
    async with connect(url, subprotocols=PROTOCOLS) as socket:
        await socket.send(json.dumps({"type": "auth", "token": visitor_token(visitor_id)}))
        side = Side(socket, device)
        await side.read("history")
        yield side
