"""The live stream: it resumes where it was, sees gaps, and gives up on dead connections."""

import asyncio
import json
import random
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any
from urllib.parse import urlencode

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidHandshake, WebSocketException
from websockets.typing import Subprotocol

from frontdesk_client.errors import Refused, SnapshotNeeded

SUBPROTOCOL = Subprotocol("frontdesk.v1+json")
PAUSE_FIRST = 0.5
PAUSE_MOST = 30.0
GRACE = 10.0
HELLO_WITHIN = 15.0
Event = Mapping[str, Any]


class Stream:
    """Iterate over it: each event once, in order, over as many connections as it takes.

    `last` and `epoch` are what to keep for the next start. Raises `SnapshotNeeded`, and `Refused` where trying again makes
    no sense. One iteration at a time; breaking out of it closes the connection.
    """

    def __init__(
        self,
        base_url: str,
        *,
        key: str,
        after: int | None = None,
        epoch: str | None = None,
        filter_: str = "all",
        id_: str | None = None,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._base = base_url.rstrip("/").replace("http", "ws", 1)
        self._key = key
        self._filter = {"filter": filter_} | ({"id": id_} if id_ is not None else {})
        self._jitter = jitter
        self._heartbeat = HELLO_WITHIN
        self._failures = 0
        self._pause: float | None = None
        self.last = after
        self.epoch = epoch
        self.gaps = 0

    def __repr__(self) -> str:
        return f"Stream({self._base!r}, last={self.last})"

    async def __aiter__(self) -> AsyncIterator[Event]:
        while True:
            try:
                async with connect(
                    self._url(), subprotocols=[SUBPROTOCOL], ping_interval=None, max_size=2**20
                ) as socket:
                    await socket.send(json.dumps({"type": "auth", "token": self._key}))
                    async for event in self._events(socket):
                        yield event
            except (OSError, WebSocketException, InvalidHandshake, TimeoutError):
                pass
            await self._wait()

    async def _events(self, socket: ClientConnection) -> AsyncIterator[Event]:
        """Until the connection ends, is silent for too long, or shows a gap."""
        self._heartbeat = HELLO_WITHIN - GRACE
        while True:
            async with asyncio.timeout(self._heartbeat + GRACE):
                frame = json.loads(await socket.recv())
            if "prev" not in frame:
                self._control(frame)
            elif self.last is not None and frame["seq"] <= self.last:
                continue
            elif frame["prev"] != self.last:
                self.gaps += 1
                return
            else:
                self.last = frame["seq"]
                yield frame

    def _control(self, frame: Mapping[str, Any]) -> None:
        match frame["type"]:
            case "hello":
                self.epoch = frame["epoch"]
                self.last = frame["after"] if self.last is None else self.last
                self._heartbeat = float(frame["heartbeat_seconds"])
                self._failures = 0
            case "ping":
                self.last = frame["seq"]
            case "snapshot_required":
                self.epoch, self.last = frame["epoch"], frame["head"]
                raise SnapshotNeeded(frame["reason"], frame["epoch"], frame["head"])
            case "closing" if not frame["retry"]:
                raise Refused(frame["code"], frame["advice"])
            case "closing":
                self._pause = frame["retry_after_ms"] / 1000

    def _url(self) -> str:
        query = dict(self._filter)
        if self.last is not None:
            query["after"] = str(self.last)
        if self.epoch is not None:
            query["epoch"] = self.epoch
        return f"{self._base}/v1/stream?{urlencode(query)}"

    async def _wait(self) -> None:
        """What the server asked for, or full jitter: what was cut off together does not come back together."""
        self._failures += 1
        most = min(PAUSE_MOST, PAUSE_FIRST * 2.0 ** min(self._failures, 10))
        own = PAUSE_FIRST + self._jitter() * (most - PAUSE_FIRST)
        asked, self._pause = self._pause, None
        await asyncio.sleep(own if asked is None else asked)
