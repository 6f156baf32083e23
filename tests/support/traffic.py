"""A crowd of customers as one provider sends it: many conversations over few connections, at a rate that can be set."""

import asyncio
import contextlib
import random
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from backbone.channel.port import Account, Request, SimulatedMessage
from backbone.channel.registry import channel
from tests.support.load import Ledger

ANSWER_WITHIN = 10.0
FULL_SPEED = 1e6


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: dict[str, str]


class Line:
    """One keep-alive connection of HTTP/1.1, which is all that a test needs of it: it costs a tenth of a client library."""

    def __init__(self, host: str, port: int) -> None:
        self._host = host
        self._port = port
        self._pipe: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def post(self, request: Request) -> Answer:
        """Raises `ConnectionError`, `EOFError` or `TimeoutError`: then nobody knows whether the request was taken."""
        try:
            async with asyncio.timeout(ANSWER_WITHIN):
                return await self._post(request)
        except (OSError, EOFError, TimeoutError):
            await self.close()
            raise

    async def _post(self, request: Request) -> Answer:
        if self._pipe is None:
            self._pipe = await asyncio.open_connection(self._host, self._port)
        reader, writer = self._pipe
        parts = urlsplit(request.url)
        head = [f"POST {parts.path} HTTP/1.1", f"Host: {parts.netloc}", f"Content-Length: {len(request.body)}"]
        head += [f"{name}: {value}" for name, value in request.headers]
        writer.write("\r\n".join([*head, "", ""]).encode("latin-1") + request.body)
        status, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines if line)}
        await reader.readexactly(int(headers.get("content-length", 0)))
        if headers.get("connection", "").lower() == "close":
            await self.close()
        return Answer(int(status.split(" ", 2)[1]), headers)

    async def close(self) -> None:
        pipe, self._pipe = self._pipe, None
        if pipe is not None:
            pipe[1].close()
            with contextlib.suppress(OSError):
                await pipe[1].wait_closed()


class Traffic:
    """Customers in turn write one message each; a conversation's next one follows only on the 2xx of its last.

    As providers do, it sends again what got no 2xx until it gets one, and now and then what got one. `rate` is the most
    messages a second, and may be changed while it runs.
    """

    def __init__(
        self, name: str, account: Account, *, conversations: int, seed: int, lines: int = 48, duplicates: float = 0.05
    ) -> None:
        self._simulator = channel(name).simulator
        self._account = account
        self._random = random.Random(seed)
        self._duplicates = duplicates
        self._lines = min(lines, conversations)
        self._waiting = deque(self._random.sample(range(conversations), conversations))
        self._written = [0] * conversations
        self._next_at = 0.0
        self.rate = FULL_SPEED
        self.ledger = Ledger()
        self.acked = 0
        self.refused_without_advice = 0
        self.newest_begun = 0.0
        """When the acknowledged request that began last began, by `time.monotonic`."""

    async def run(self, until: Callable[[], bool]) -> None:
        """Returns once `until` holds and what was begun is acknowledged."""
        url = urlsplit(self._account.webhook_url)
        assert url.hostname is not None
        assert url.port is not None
        lines = [Line(url.hostname, url.port) for _ in range(self._lines)]
        await asyncio.gather(*(self._work(line, until) for line in lines))

    async def _work(self, line: Line, until: Callable[[], bool]) -> None:
        while not until():
            await self._turn()
            number = self._waiting.popleft()
            customer, message_id = f"49151{number:08d}", f"m-{number}-{self._written[number]}"
            message = SimulatedMessage(customer, f"message {self._written[number]}", message_id, customer)
            request = self._simulator.inbound(message, self._account, datetime.now(UTC))
            await self._until_acked(line, request)
            self.ledger.acked[customer].append(message_id)
            self.acked += 1
            self._written[number] += 1
            if self._random.random() < self._duplicates:
                await self._until_acked(line, request)
            self._waiting.append(number)
        await line.close()

    async def _turn(self) -> None:
        now = time.monotonic()
        # Time nobody used is not made up for by a burst.
        self._next_at = max(self._next_at, now - 0.1) + 1 / self.rate
        if self._next_at > now:
            await asyncio.sleep(self._next_at - now)

    async def _until_acked(self, line: Line, request: Request) -> None:
        pause = 0.02
        while True:
            self.ledger.tries += 1
            begun = time.monotonic()
            try:
                answer = await line.post(request)
            except (OSError, EOFError, TimeoutError):
                self.ledger.unreachable += 1
            else:
                if 200 <= answer.status < 300:
                    self.newest_begun = max(self.newest_begun, begun)
                    return
                if answer.status != 503:
                    raise AssertionError(f"the gateway answered {answer.status}")
                self.ledger.refused += 1
                self.refused_without_advice += "retry-after" not in answer.headers
            await asyncio.sleep(pause * (0.5 + self._random.random()))
            pause = min(pause * 2, 0.5)
