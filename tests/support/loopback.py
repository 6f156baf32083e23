"""Small servers on loopback whose answers a test writes byte by byte."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from tests.support.ports import HOST, free_ports

Script = Callable[[bytes, asyncio.StreamWriter], Awaitable[None]]
"""Given one whole request (head and body), writes what the server answers."""


@dataclass
class Loopback:
    """A running server: what it was asked, in order, and how often somebody connected."""

    port: int
    requests: list[bytes] = field(default_factory=list)
    connections: int = 0

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}/"


@asynccontextmanager
async def serving(script: Script, tls: ssl.SSLContext | None = None) -> AsyncIterator[Loopback]:
    """Serves until the block ends; connections still open then are cut."""
    state = Loopback(free_ports(1)[0])
    tasks: set[asyncio.Task[None]] = set()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        state.connections += 1
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        with suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            while True:
                request = await _request(reader)
                state.requests.append(request)
                await script(request, writer)
                await writer.drain()
        writer.close()
        tasks.discard(task)

    server = await asyncio.start_server(handle, HOST, state.port, ssl=tls)
    try:
        yield state
    finally:
        server.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await server.wait_closed()


async def _request(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    length = 0
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    return head + await reader.readexactly(length)


def answer(body: bytes = b"", status: int = 200, *headers: str) -> bytes:
    """A whole HTTP/1.1 answer."""
    lines = [f"HTTP/1.1 {status} X", f"content-length: {len(body)}", *headers]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


def always(reply: bytes) -> Script:
    async def script(_request: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(reply)

    return script
