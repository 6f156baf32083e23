"""A small IMAP server in this process: enough of RFC 3501 for a poller, with faults to order."""

import asyncio
import re
import ssl
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from tests.support.ports import free_ports

Fault = Literal["hang", "drop", "no", "bad"]


@dataclass
class StoredMail:
    uid: int
    body: bytes
    received: datetime
    seen: bool = False


@dataclass
class FakeImap:
    """A mailbox `INBOX` of user `desk` with password `pass"word`. `faults` maps a command to what goes wrong with it."""

    uidvalidity: int | None = 1
    mails: list[StoredMail] = field(default_factory=list)
    faults: dict[str, Fault] = field(default_factory=dict)
    refusal: str = "[AUTHENTICATIONFAILED] no"
    user: str = "desk"
    password: str = 'pass"word'
    greeting: str = "* OK ready"
    port: int = 0
    commands: list[str] = field(default_factory=list)
    starttls: ssl.SSLContext | None = None
    token: str = "token"
    secured: bool = False
    connections: int = 0
    open_connections: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.open_connections += 1
        try:
            await self._say(writer, self.greeting)
            while line := await reader.readline():
                tag, _, rest = line.decode().rstrip("\r\n").partition(" ")
                if rest.startswith("AUTHENTICATE"):
                    await self._authenticate(tag, reader, writer)
                elif not await self._answer(f"{tag} {rest}", writer):
                    break
        except (ConnectionError, ssl.SSLError):
            return
        finally:
            self.open_connections -= 1
            writer.close()

    async def _answer(self, line: str, writer: asyncio.StreamWriter) -> bool:
        tag, _, rest = line.partition(" ")
        name, _, arguments = rest.partition(" ")
        if name == "UID":
            name, _, arguments = arguments.partition(" ")
        self.commands.append(f"{name} {arguments}" if name not in {"LOGIN", "AUTHENTICATE"} else name)
        fault = self.faults.get(name)
        if fault == "drop":
            return False
        if fault == "hang":
            await asyncio.sleep(3600)
        if fault in {"no", "bad"}:
            await self._say(writer, f"{tag} {fault.upper()} {self.refusal}")
            return True
        return await self._do(tag, name, arguments, writer)

    async def _do(self, tag: str, name: str, arguments: str, writer: asyncio.StreamWriter) -> bool:
        if name == "LOGIN" and arguments != self._credentials():
            await self._say(writer, f"{tag} NO [AUTHENTICATIONFAILED] wrong")
            return True
        if name == "STARTTLS" and self.starttls is not None:
            await self._say(writer, f"{tag} OK begin")
            await writer.start_tls(self.starttls)
            self.secured = True
            return True
        if name == "CAPABILITY":
            offered = " STARTTLS" if self.starttls is not None and not self.secured else ""
            await self._say(writer, f"* CAPABILITY IMAP4rev1{offered}")
        elif name == "SELECT":
            await self._select(arguments, writer)
        elif name == "SEARCH":
            found = [str(mail.uid) for mail in self.mails if self._matches(mail, arguments)]
            await self._say(writer, " ".join(["* SEARCH", *found]))
        elif name == "FETCH":
            await self._fetch(arguments, writer)
        elif name == "LOGOUT":
            await self._say(writer, "* BYE goodbye")
        await self._say(writer, f"{tag} OK {name} completed")
        return name != "LOGOUT"

    async def _authenticate(self, tag: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """XOAUTH2 as Google describes it: a refused token is answered with its reason, which wants an empty line."""
        self.commands.append("AUTHENTICATE")
        await self._say(writer, "+ ")
        given = b64decode(await reader.readline()).decode()
        if given == f"user={self.user}\x01auth=Bearer {self.token}\x01\x01":
            await self._say(writer, f"{tag} OK welcome")
            return
        await self._say(writer, "+ " + b64encode(b'{"status":"400"}').decode())
        assert await reader.readline() == b"\r\n"
        await self._say(writer, f"{tag} NO {self.refusal}")

    def _credentials(self) -> str:
        return " ".join(
            '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"' for text in (self.user, self.password)
        )

    async def _select(self, arguments: str, writer: asyncio.StreamWriter) -> None:
        assert arguments == '"INBOX"'
        await self._say(writer, "* FLAGS (\\Seen)", f"* {len(self.mails)} EXISTS", "* 0 RECENT")
        if self.uidvalidity is not None:
            await self._say(writer, f"* OK [UIDVALIDITY {self.uidvalidity}] valid")

    def _matches(self, mail: StoredMail, criteria: str) -> bool:
        if "UNSEEN" in criteria and mail.seen:
            return False
        since = re.search(r"SINCE (\d\d-\w{3}-\d{4})", criteria)
        if since and mail.received.date() < _day(since[1]):
            return False
        above = re.search(r"UID (\d+):\*", criteria)
        last = max(other.uid for other in self.mails)
        return not above or min(int(above[1]), last) <= mail.uid

    async def _fetch(self, arguments: str, writer: asyncio.StreamWriter) -> None:
        uid, _, items = arguments.partition(" ")
        limit = re.search(r"BODY\.PEEK\[\]<0\.(\d+)>", items)
        assert limit, "only a peek with a limit leaves mails unread and memory bounded"
        for number, mail in enumerate(self.mails, 1):
            if mail.uid == int(uid):
                body = mail.body[: int(limit[1])]
                at = mail.received.strftime("%d-%b-%Y %H:%M:%S +0000")
                head = f'* {number} FETCH (UID {uid} INTERNALDATE "{at}" BODY[]<0> {{{len(body)}}}\r\n'
                writer.write(head.encode() + body + b")\r\n")
        await self._say(writer, "* 1 FETCH (FLAGS (\\Seen))") if len(self.mails) > 1 else None
        await writer.drain()

    async def _say(self, writer: asyncio.StreamWriter, *lines: str) -> None:
        writer.write("".join(f"{line}\r\n" for line in lines).encode())
        await writer.drain()


def _day(text: str) -> date:
    return datetime.strptime(text + " +0000", "%d-%b-%Y %z").date()


@asynccontextmanager
async def running(imap: FakeImap, tls: ssl.SSLContext | None = None) -> AsyncIterator[FakeImap]:
    """The server on a free loopback port, with every connection closed at the end."""
    (imap.port,) = free_ports(1)
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        await imap.serve(reader, writer)

    server = await asyncio.start_server(serve, "127.0.0.1", imap.port, ssl=tls)
    try:
        yield imap
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await server.wait_closed()
