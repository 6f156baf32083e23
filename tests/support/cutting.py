"""A proxy on loopback that cuts each connection after a number of bytes that nobody expects."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

from tests.support.ports import HOST, free_ports


@dataclass
class Cutting:
    """Where it listens, and how often it cut."""

    base: str
    cuts: int = 0


@asynccontextmanager
async def cutting(target: str, dice: random.Random, *, least: int = 500, most: int) -> AsyncIterator[Cutting]:
    """Passes bytes on to `target`; each connection ends, in the middle of a frame or not, after `least` to `most` bytes."""
    place = urlsplit(target)
    state = Cutting(f"http://{HOST}:{free_ports(1)[0]}")
    tasks: set[asyncio.Task[None]] = set()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        theirs, ours = await asyncio.open_connection(place.hostname, place.port)
        left = dice.randint(least, most)

        async def up() -> None:
            while data := await reader.read(65536):
                ours.write(data)
                await ours.drain()

        upward = asyncio.create_task(up())
        with suppress(OSError, asyncio.CancelledError):
            while left > 0 and (data := await theirs.read(min(left, 65536))):
                writer.write(data)
                await writer.drain()
                left -= len(data)
            state.cuts += left <= 0
        upward.cancel()
        await asyncio.gather(upward, return_exceptions=True)
        writer.transport.abort()
        ours.transport.abort()
        tasks.discard(task)

    server = await asyncio.start_server(handle, HOST, urlsplit(state.base).port)
    try:
        yield state
    finally:
        server.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await server.wait_closed()
