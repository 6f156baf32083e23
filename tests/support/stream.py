"""Clients of the live stream that keep its promises, the sequencer at work, and events to follow."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import asyncpg
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from backbone.ids import new_id
from backbone.storage.database import Database
from backbone.storage.leases import acquire
from backbone.telemetry.metrics import Metrics
from router.sequencer import LEASE, Sequencer
from tests.support.api import PATIENCE, PROTOCOLS, Api, cancel
from tests.support.desk import Desk, rows
from tests.support.fakes import FakeBus


@asynccontextmanager
async def numbering(url: str, bus: FakeBus) -> AsyncIterator[None]:
    """The router's sequencer at work: events get their numbers, and readers are woken."""
    database = Database(url, role="frontdesk_router", name="test-sequencer", most=2)
    await database.start()
    sequencer = Sequencer(database, bus, Metrics())
    async with database.transaction() as connection:
        lease = await acquire(connection, LEASE, new_id("seq"), timedelta(minutes=10))
    assert lease is not None

    async def number() -> None:
        while True:
            if not await sequencer.drain(lease):
                await asyncio.sleep(0.005)

    task = asyncio.create_task(number())
    try:
        yield
    finally:
        await cancel([task])
        await database.stop()


async def closed(
    socket: ClientConnection, take: Callable[[dict[str, Any]], object] = lambda _frame: None, patience: float = 6
) -> int | None:
    """Reads until the other side closes; answers its code. Raises `TimeoutError` if it does not in time."""
    with contextlib.suppress(ConnectionClosed):
        async with asyncio.timeout(patience):
            while True:
                take(json.loads(await socket.recv()))
    return socket.close_code


class Follower:
    """A client of the stream that keeps the promises of the protocol: it checks every `prev`, and resumes by number."""

    def __init__(self, api: Api, key: str, *, filter_: str = "all", id_: str | None = None) -> None:
        self.api = api
        self.key = key
        self.query: dict[str, object] = {"filter": filter_}
        if id_ is not None:
            self.query["id"] = id_
        self.epoch: str | None = None
        self.last: int | None = None
        self.frames: list[dict[str, Any]] = []
        self.control: list[dict[str, Any]] = []
        self.snapshots: list[str] = []
        self.gaps = 0
        self.socket: ClientConnection | None = None

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[ClientConnection]:
        query = dict(self.query)
        if self.last is not None:
            query["after"] = self.last
        if self.epoch is not None:
            query["epoch"] = self.epoch
        async with connect(
            self.api.socket_url_with("/v1/stream", query), subprotocols=PROTOCOLS, ping_interval=None
        ) as socket:
            await socket.send(json.dumps({"type": "auth", "token": self.key}))
            self.socket = socket
            yield socket

    async def read(self) -> dict[str, Any]:
        assert self.socket is not None
        frame: dict[str, Any] = json.loads(await self.socket.recv())
        self.take(frame)
        return frame

    async def read_frames(self, count: int) -> None:
        """Until there are so many frames of the stream."""
        await self.read_until(lambda: len(self.frames) >= count)

    def take(self, frame: dict[str, Any]) -> None:
        if "prev" in frame:
            self.gaps += frame["prev"] != self.last
            self.last = frame["seq"]
            self.frames.append(frame)
            return
        self.control.append(frame)
        if frame["type"] == "hello":
            self.epoch = frame["epoch"]
            if self.last is None:
                self.last = frame["after"]
        elif frame["type"] == "ping":
            self.last = frame["seq"]
        elif frame["type"] == "snapshot_required":
            self.snapshots.append(frame["reason"])
            self.epoch, self.last = frame["epoch"], frame["head"]

    async def read_until(self, holds: Callable[[], Any], patience: float = PATIENCE) -> None:
        async with asyncio.timeout(patience):
            while not holds():
                await self.read()


async def write_events(url: str, desk: Desk, count: int, conversation_id: str | None = None) -> None:
    """Facts as the router writes them, in one transaction."""
    connection = await asyncpg.connect(url)
    try:
        await connection.executemany(
            "INSERT INTO events_pending (tenant_id, id, type, conversation_id, at, data) VALUES ($1, $2, $3, $4, now(), $5::jsonb)",
            [
                (
                    desk.tenant_id,
                    new_id("evt"),
                    "conversation.updated" if conversation_id else "agent.updated",
                    conversation_id,
                    json.dumps({"agent_id": desk.agent_ids[0], "team_id": desk.team_id, "number": number}),
                )
                for number in range(count)
            ],
        )
    finally:
        await connection.close()


async def until_numbered(api: Api, desk: Desk, count: int) -> None:
    for _ in range(500):
        found = await rows(
            api.url, "SELECT last_seq FROM streams WHERE tenant_id = $1 AND last_seq >= $2", desk.tenant_id, count
        )
        if found:
            return
        await asyncio.sleep(0.01)
    raise AssertionError("never numbered")
