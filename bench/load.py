"""A load generator over raw connections: cheap enough not to be what is measured. Closed loop: one request at work each."""

import asyncio
import itertools
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import cast
from urllib.parse import urlsplit

from backbone.channel.port import Request

_END = b"\r\n\r\n"


@dataclass
class Result:
    """What the connections saw in one window. Latencies are in seconds: of answers in the 200s, and of the others."""

    seconds: float = 0.0
    statuses: dict[int, int] = field(default_factory=dict)
    latencies: list[float] = field(default_factory=list)
    refusals: list[float] = field(default_factory=list)

    @property
    def accepted(self) -> int:
        return sum(count for status, count in self.statuses.items() if 200 <= status < 300)

    @property
    def rate(self) -> float:
        return self.accepted / self.seconds

    def quantile(self, part: float) -> float:
        return quantile(self.latencies, part)


def quantile(found: Sequence[float], part: float) -> float:
    """0 where nothing was found."""
    ordered = sorted(found)
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))] if ordered else 0.0


def wire(request: Request) -> bytes:
    """A request as it goes over the connection (HTTP/1.1, kept alive)."""
    target = urlsplit(request.url)
    path = target.path + (f"?{request.query}" if request.query else "")
    lines = [f"{request.method} {path} HTTP/1.1", f"host: {target.netloc}", f"content-length: {len(request.body)}"]
    lines += [f"{name}: {value}" for name, value in request.headers if name.lower() not in {"host", "content-length"}]
    return "\r\n".join(lines).encode() + _END + request.body


class _Connection(asyncio.Protocol):
    """Sends the next request when the last is answered, until told to stop; then `done` is set."""

    def __init__(self, requests: Iterator[bytes], result: Result) -> None:
        self._requests = requests
        self._result = result
        self._buffer = b""
        self._sent_at = 0.0
        self._transport: asyncio.Transport | None = None
        self.stopping = False
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def next(self) -> None:
        assert self._transport is not None
        self._sent_at = time.perf_counter()
        self._transport.write(next(self._requests))

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        end = self._buffer.find(_END)
        if end < 0:
            return
        head = self._buffer[:end].lower()
        at = head.find(b"content-length:")
        length = int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
        if len(self._buffer) < end + 4 + length:
            return
        self._answered(int(head[9:12]))
        self._buffer = b""

    def _answered(self, status: int) -> None:
        self._result.statuses[status] = self._result.statuses.get(status, 0) + 1
        took = time.perf_counter() - self._sent_at
        (self._result.latencies if 200 <= status < 300 else self._result.refusals).append(took)
        if self.stopping:
            self._finish()
        else:
            self.next()

    def connection_lost(self, _error: Exception | None) -> None:
        self._finish()

    def _finish(self) -> None:
        if not self.done.done():
            self.done.set_result(None)


async def drive(port: int, requests: Sequence[bytes], connections: int, seconds: float) -> Result:
    """Sends `requests` over and over on so many connections for so long. The connections are opened before the clock starts."""
    loop, result = asyncio.get_running_loop(), Result()
    feed = itertools.cycle(requests)
    pairs = [
        await loop.create_connection(lambda: _Connection(feed, result), "127.0.0.1", port) for _ in range(connections)
    ]
    began = time.perf_counter()
    for _, connection in pairs:
        connection.next()
    await asyncio.sleep(seconds)
    for _, connection in pairs:
        connection.stopping = True
    result.seconds = time.perf_counter() - began
    await asyncio.wait({connection.done for _, connection in pairs}, timeout=10)
    for transport, _ in pairs:
        transport.close()
    return result
