"""The way out to one socket: written at once while the peer reads, held for a while if it doesn't, then cut."""

import asyncio
from collections import deque
from collections.abc import Callable
from datetime import timedelta
from typing import Protocol

from agent_api.live.items import Frame
from backbone.clock import Clock

HELD_FRAMES = 1000
HELD_BYTES = 512 * 1024
STALL = timedelta(seconds=8)
"""With a look each second a peer that reads nothing is cut within 10 s (S3)."""


class Transport(Protocol):
    """What an outlet needs of a socket (`backbone.web.websocket.LiveSocket`)."""

    on_resume: Callable[[], None]

    @property
    def paused(self) -> bool: ...

    def write(self, frame: bytes) -> None: ...

    def abort(self) -> None: ...


class Sink(Protocol):
    """Where a subscription's frames go."""

    def send(self, frame: Frame) -> None:
        """Never waits and never raises; a sink that can't keep up ends itself."""
        ...

    async def room(self) -> None:
        """Returns once the reader has taken what it was sent: for replays, which could outrun it."""
        ...


class Outlet:
    """Frames of one socket. No task and no queue of its own; the transport's buffer and the held frames are bounded."""

    def __init__(self, transport: Transport, clock: Clock, on_slow: Callable[[], None]) -> None:
        self._transport = transport
        self._clock = clock
        self._on_slow = on_slow
        self._held: deque[bytes] = deque()
        self._bytes = 0
        self._paused_at: float | None = None
        self._room = asyncio.Event()
        self._room.set()
        self.cut = False
        transport.on_resume = self._resumed

    def send(self, frame: Frame) -> None:
        if self.cut:
            return
        if not self._held and not self._transport.paused:
            self._transport.write(frame.raw)
            return
        self._held.append(frame.raw)
        self._bytes += len(frame.raw)
        self._room.clear()
        if len(self._held) > HELD_FRAMES or self._bytes > HELD_BYTES:
            self._cut()

    async def room(self) -> None:
        if self._transport.paused and not self.cut:
            self._room.clear()
        await self._room.wait()

    def look(self) -> None:
        """Cuts a peer that has taken nothing for too long; called each second."""
        now = self._clock.monotonic()
        if not self._transport.paused:
            self._paused_at = None
        elif self._paused_at is None:
            self._paused_at = now
        elif now - self._paused_at >= STALL.total_seconds():
            self._cut()

    def _resumed(self) -> None:
        self._paused_at = None
        while self._held and not self._transport.paused:
            raw = self._held.popleft()
            self._bytes -= len(raw)
            self._transport.write(raw)
        if not self._held and not self._transport.paused:
            self._room.set()

    def _cut(self) -> None:
        if self.cut:
            return
        self.cut = True
        self._held.clear()
        self._bytes = 0
        self._room.set()
        self._on_slow()
        self._transport.abort()
