"""The load generator, a process of its own: customers who write signed webhooks, and agents' sockets that see them arrive.

It reads commands as JSON lines and answers each with one; `bench/driver.py` is the other end. Bodies come from one template
of the channel's simulator with the ids filled in, so a message costs some 10 µs to make and sign. Each customer writes on
one connection, which has one request at work: so the order of their messages is known, and their numbers grow by it.
"""

import asyncio
import gc
import json
import random
import re
import sys
import time
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hmac import digest
from typing import Any, cast

import uvloop
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from backbone.channel.port import Account, SimulatedMessage
from backbone.channel.registry import channel
from bench.load import wire

CHANNEL = "whatsapp"
ANSWER_WITHIN = 10.0
_END = b"\r\n\r\n"
_SENDER, _ID, _TEXT, _SECONDS = "4915100000000", "wamid.000000000", "#000000000 ", 1_000_000_000


class Template:
    """Requests of one account: head and body with holes, filled and signed."""

    def __init__(self, account: Account, secret: str, body_bytes: int) -> None:
        self._secret = secret.encode()
        simulator = channel(CHANNEL).simulator
        then = datetime.fromtimestamp(_SECONDS, UTC)

        def example(text: str) -> bytes:
            return wire(simulator.inbound(SimulatedMessage(_SENDER, text, _ID, "Ann"), account, then))

        empty = len(example(_TEXT).partition(_END)[2])
        text = _TEXT + "x" * max(0, body_bytes - empty)
        head, _, body = example(text).partition(_END)
        self._head = re.sub(rb"(?<=sha256=)[0-9a-f]{64}", b"%s", head.replace(b"%", b"%%")) + _END
        self._body = re.sub(
            rb"%s|%s|%s|%d" % (_SENDER.encode(), _ID.encode(), _TEXT.encode(), _SECONDS),
            _hole,
            body.replace(b"%", b"%%"),
        )
        if self.fill(0, 0, _SECONDS) != head + _END + body:
            raise AssertionError("the template does not give what the simulator gives")

    def fill(self, customer: int, number: int, seconds: int) -> bytes:
        body = self._body % {b"c": b"%08d" % customer, b"n": b"%09d" % number, b"s": b"%d" % seconds}
        return self._head % digest(self._secret, body, "sha256").hex().encode() + body


def _hole(match: re.Match[bytes]) -> bytes:
    found = match.group().decode()
    holes = {_SENDER: b"49151%(c)s", _ID: b"wamid.%(n)s", _TEXT: b"#%(n)s ", str(_SECONDS): b"%(s)s"}
    return holes[found]


@dataclass
class Window:
    """What one command saw. Times are seconds; `sent` are messages, `acked` those with a 2xx, each once."""

    acked: int = 0
    refused: int = 0
    broken: int = 0
    late: list[float] = field(default_factory=list)
    ack: list[float] = field(default_factory=list)
    arrival: dict[int, list[float]] = field(default_factory=dict)
    waiting: dict[int, tuple[float, int]] = field(default_factory=dict)


class Lane(asyncio.Protocol):
    """One kept-alive connection with one request at work at a time; what is due meanwhile waits in line."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._answer: asyncio.Future[int] | None = None
        self._buffer = b""
        self.line: deque[tuple[float, int]] = deque()
        self.filled = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def connection_lost(self, _error: Exception | None) -> None:
        self._transport = None
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(0)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        end = self._buffer.find(_END)
        if end < 0:
            return
        head = self._buffer[:end].lower()
        at = head.find(b"content-length:")
        length = int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
        if len(self._buffer) >= end + 4 + length and self._answer is not None and not self._answer.done():
            self._buffer = b""
            self._answer.set_result(int(head[9:12]))

    async def ask(self, port: int, raw: bytes) -> int:
        """The status, or 0 where the connection broke or no answer came within 10 s."""
        loop = asyncio.get_running_loop()
        if self._transport is None:
            self._buffer = b""
            await loop.create_connection(lambda: self, "127.0.0.1", port)
        assert self._transport is not None
        self._answer = loop.create_future()
        self._transport.write(raw)
        timer = loop.call_later(ANSWER_WITHIN, self._transport.abort)
        try:
            return await self._answer
        finally:
            timer.cancel()


class Customers:
    """All customers of all accounts. Customer c of an account belongs to lane c % lanes, so a lane knows how many are its own."""

    def __init__(self, spec: dict[str, Any]) -> None:
        found = channel(CHANNEL)
        accounts = [
            Account(**(one | {"settings": found.codec.settings_type.model_validate(one["settings"])}))
            for one in spec["accounts"]
        ]
        self.port: int = spec["port"]
        secrets = [one["settings"]["app_secrets"][0] for one in spec["accounts"]]
        pairs = zip(accounts, secrets, strict=True)
        self._templates = [Template(account, secret, spec["body_bytes"]) for account, secret in pairs]
        lanes = range(spec["lanes"])
        self._customers: int = spec["customers"]
        self._known = [[len(range(lane, self._customers, len(lanes)))] * len(accounts) for lane in lanes]
        self._new, self._doubled = spec["new"], spec["doubled"]
        self._hot = spec["hot"]
        self._random = random.Random(spec["seed"])
        self._lanes = [Lane() for _ in lanes]
        self._number = 0
        self._window = Window()
        self._sockets = [asyncio.create_task(self._listen(url, token)) for url, token in spec["sockets"]]
        self.ready = asyncio.Semaphore(0)

    # ── agents ───────────────────────────────────────────────────────────────────────────────────────────────────────
    async def listening(self) -> None:
        """Returns when every socket has been greeted. Raises what one of them died of."""
        for _ in self._sockets:
            waiting = asyncio.create_task(self.ready.acquire())
            done, _ = await asyncio.wait({waiting, *self._sockets}, return_when=asyncio.FIRST_COMPLETED, timeout=20)
            if waiting not in done:
                raise AssertionError(f"a socket was not greeted: {done}")

    async def _listen(self, url: str, token: str) -> None:
        async with connect(
            url, subprotocols=[Subprotocol("frontdesk.v1+json")], compression=None, max_queue=None, proxy=None
        ) as socket:
            if token:
                await socket.send(json.dumps({"type": "auth", "token": token}))
            await socket.recv()
            self.ready.release()
            async for frame in socket:
                now = time.monotonic()
                text = frame if isinstance(frame, str) else frame.decode()
                if token and '"type":"message.received"' not in text[:120]:
                    continue
                # The last one: before the message comes its conversation, whose preview may be of a later message.
                at = text.rfind("#") + 1
                due = self._window.waiting.pop(int(text[at : at + 9]), None) if at else None
                if due is not None:
                    self._window.arrival.setdefault(due[1], []).append(now - due[0])

    # ── customers ────────────────────────────────────────────────────────────────────────────────────────────────────
    def _who(self, lane: int | None = None) -> tuple[int, int]:
        """Account and customer of the next message, one of this lane's own where a lane is given."""
        tenants = len(self._templates)
        draw = self._random
        hot = self._hot > 1 and draw.random() < self._hot / (self._hot + tenants - 1)
        account = 0 if hot else draw.randrange(1 if self._hot > 1 else 0, tenants)
        fresh = draw.random() < self._new
        while True:
            number = draw.randrange(len(self._lanes)) if lane is None else lane
            known = self._known[number]
            if fresh:
                known[account] += 1
                return account, (known[account] - 1) * len(self._lanes) + number
            if known[account]:
                return account, draw.randrange(known[account]) * len(self._lanes) + number
            account = draw.randrange(tenants) if lane is not None else account

    async def _write(self, lane: Lane, account: int, customer: int, due: float) -> None:
        window = self._window
        number = self._number = self._number + 1
        raw = self._templates[account].fill(customer, number, int(time.time()))
        window.waiting[number] = (due, account)
        began = time.monotonic()
        status = await lane.ask(self.port, raw)
        window.ack.append(time.monotonic() - began)
        window.late.append(began - due)
        if 200 <= status < 300:
            window.acked += 1
        else:
            window.waiting.pop(number, None)
            window.refused += status != 0
            window.broken += status == 0
        if self._random.random() < self._doubled:
            await lane.ask(self.port, raw)

    async def first(self) -> None:
        """One message of every known customer, so that their conversations are open."""
        pairs = [(account, customer) for customer in range(self._customers) for account in range(len(self._templates))]

        async def work(number: int, lane: Lane) -> None:
            for account, customer in pairs:
                if customer % len(self._lanes) == number:
                    await self._write(lane, account, customer, time.monotonic())

        await asyncio.gather(*(work(number, lane) for number, lane in enumerate(self._lanes)))

    async def closed(self, seconds: float, most: int) -> None:
        """As fast as answers come, for so long or until so many were sent."""
        end = time.monotonic() + seconds
        last = self._number + most

        async def work(number: int, lane: Lane) -> None:
            while time.monotonic() < end and self._number < last:
                account, customer = self._who(number)
                await self._write(lane, account, customer, time.monotonic())

        await asyncio.gather(*(work(number, lane) for number, lane in enumerate(self._lanes)))

    async def open(self, seconds: float, rate: float) -> None:
        """At random times (a Poisson process) with that mean rate; latencies count from when a message was due."""
        loop = asyncio.get_running_loop()
        due, end = time.monotonic() + 0.01, time.monotonic() + seconds
        busy: set[asyncio.Task[None]] = set()
        while due < end:
            now = time.monotonic()
            if due > now:
                await asyncio.sleep(due - now)
            account, customer = self._who()
            lane = self._lanes[customer % len(self._lanes)]
            lane.line.append((due, account << 32 | customer))
            if len(lane.line) == 1:
                task = loop.create_task(self._work_off(lane))
                busy.add(task)
                task.add_done_callback(busy.discard)
            due += self._random.expovariate(rate)
        if busy:
            await asyncio.wait(busy)

    async def _work_off(self, lane: Lane) -> None:
        while lane.line:
            due, who = lane.line[0]
            await self._write(lane, who >> 32, who & 0xFFFFFFFF, due)
            lane.line.popleft()

    async def command(self, given: dict[str, Any]) -> dict[str, Any]:
        """One window. Waits up to `patience` seconds for the frames of what was acknowledged."""
        self._window = window = Window()
        self._hot, self._new = given.get("hot", self._hot), given.get("new", self._new)
        gc.collect()
        began = time.monotonic()
        if given["do"] == "first":
            await self.first()
        elif given["do"] == "open":
            await self.open(given["seconds"], given["rate"])
        else:
            await self.closed(given["seconds"], given.get("most", 1 << 60))
        took = time.monotonic() - began
        patience = time.monotonic() + given.get("patience", 0.0)
        while self._sockets and window.waiting and time.monotonic() < patience:
            await asyncio.sleep(0.01)
        return {
            "seconds": took, "acked": window.acked, "refused": window.refused, "broken": window.broken,
            "unseen": len(window.waiting) if self._sockets else 0, "ack": window.ack[-20_000:], "late": window.late[-20_000:],
            "arrival": window.arrival, "customers": sum(map(sum, self._known)),
        }  # fmt: skip


async def main() -> None:
    loop = asyncio.get_running_loop()
    customers: Customers | None = None
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        given = json.loads(line)
        if given["do"] == "start":
            customers = Customers(given)
            await customers.listening()
            gc.freeze()
            answer: dict[str, Any] = {"ready": True}
        else:
            assert customers is not None
            answer = await customers.command(given)
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    uvloop.run(main())
