"""A small SMTP server (RFC 5321) that hands each mail to a simulated provider. No TLS, no login, loopback only."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta

from backbone.channel.port import ProviderReply

Take = Callable[[str, bytes], Awaitable[ProviderReply]]
"""Given the envelope's sender and the mail, answers what the server says to it: a reply code and a text."""

LINE_MAX = 64 * 1024
MAIL_MAX = 40 * 1024 * 1024
IDLE = timedelta(seconds=60)
CONNECTIONS = 50


class SmtpSink:
    """Listens until `stop`. Each mail is answered by `take`, so faults are the provider's."""

    def __init__(self, take: Take, *, host: str = "127.0.0.1", port: int = 2525) -> None:
        self._take = take
        self._host = host
        self._port = port
        self._server: asyncio.Server | None = None
        self._places = asyncio.Semaphore(CONNECTIONS)
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Raises `OSError` where the port is taken."""
        self._server = await asyncio.start_server(self._serve, self._host, self._port, limit=LINE_MAX)

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        async with self._places:
            with suppress(OSError, asyncio.IncompleteReadError, ValueError, TimeoutError):
                try:
                    await _Dialogue(reader, writer, self._take).run()
                finally:
                    writer.close()


class _Dialogue:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, take: Take) -> None:
        self._reader = reader
        self._writer = writer
        self._take = take
        self._sender: str | None = None
        self._recipients = 0

    async def run(self) -> None:
        await self._say("220 simulated provider")
        while True:
            line = (await self._line()).decode("utf-8", "replace").rstrip("\r\n")
            verb, upper = line[:4].upper(), line.upper()
            if verb == "QUIT":
                await self._say("221 bye")
                return
            if verb == "EHLO":
                await self._say("250-simulated", "250-8BITMIME", f"250 SIZE {MAIL_MAX}")
            elif verb in {"HELO", "NOOP"}:
                await self._say("250 ok")
            elif verb == "RSET":
                self._sender, self._recipients = None, 0
                await self._say("250 ok")
            elif upper.startswith("MAIL FROM:"):
                self._sender, self._recipients = _address(line[10:]), 0
                await self._say("250 ok")
            elif upper.startswith("RCPT TO:") and self._sender is not None:
                self._recipients += 1
                await self._say("250 ok")
            elif verb == "DATA" and self._recipients:
                await self._data()
            else:
                await self._say("503 not now" if verb in {"RCPT", "DATA"} else "502 not known here")

    async def _data(self) -> None:
        await self._say("354 go on")
        lines: list[bytes] = []
        size = 0
        while (line := await self._line()) not in {b".\r\n", b".\n"}:
            lines.append(line[1:] if line.startswith(b"..") else line)
            size += len(line)
            if size > MAIL_MAX:
                await self._say("552 too large")
                raise ConnectionAbortedError
        reply = await self._take(self._sender or "", b"".join(lines))
        self._sender, self._recipients = None, 0
        await self._say(f"{reply.status} {reply.body.decode('ascii', 'replace') or 'ok'}")

    async def _line(self) -> bytes:
        async with asyncio.timeout(IDLE.total_seconds()):
            line = await self._reader.readline()
        if not line.endswith(b"\n"):
            raise asyncio.IncompleteReadError(line, None)
        return line

    async def _say(self, *lines: str) -> None:
        self._writer.write("".join(f"{line}\r\n" for line in lines).encode())
        await self._writer.drain()


def _address(text: str) -> str:
    return text.strip().split(" ", 1)[0].strip("<>")
