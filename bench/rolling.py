"""A rehearsal: HTTP processes are restarted one after another behind a small TCP balancer, under webhooks and live sockets.

`python -m bench.rolling --restarts 20 --rate 200 --sockets 300`. Exit code 1 if a request got a 5xx, anything acknowledged
is lost, or a socket was closed otherwise than by 1012.
"""

import argparse
import asyncio
import json
import random
import shutil
import sys
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException

from backbone.ids import new_id
from backbone.web.auth import hash_secret, make_key
from tests.support.api import PROTOCOLS
from tests.support.load import account_of
from tests.support.ports import HOST
from tests.support.servers import Servers, session_folder
from tests.support.stack import Stack
from tests.support.traffic import Traffic
from tests.support.verdict import Verdict, judge, until_routed

CHANNEL = "whatsapp"
CUSTOMERS = 40
MEMBERS = ("http1", "http2")
PRE_STOP = 1.0
"""Seconds between leaving the balancer and SIGTERM, as the chart's preStop has them (5 s there)."""
RESTART_CODE = 1012


class Balancer:
    """Passes TCP connections on to its members in turn; knows nothing of what they say."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._members: list[int] = []
        self._turn = 0
        self._server: asyncio.Server | None = None
        self._pipes: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._take, HOST, self._port, backlog=1024)

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
        for pipe in self._pipes:
            pipe.cancel()
        await asyncio.gather(*self._pipes, return_exceptions=True)

    def join(self, port: int) -> None:
        self._members.append(port)

    def leave(self, port: int) -> None:
        self._members.remove(port)

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._pipes.add(task)
        try:
            self._turn += 1
            there, back = await asyncio.open_connection(HOST, self._members[self._turn % len(self._members)])
            await asyncio.gather(_pump(reader, back), _pump(there, writer))
        except (OSError, asyncio.CancelledError):
            writer.close()
        finally:
            self._pipes.discard(task)


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()


class Listener:
    """A live socket that comes back whenever it is told to, after up to a second. `closings` counts codes of all of them."""

    def __init__(self, url: str, token: str, closings: Counter[int]) -> None:
        self._url, self._token, self._closings = url, token, closings
        self.here = False

    async def run(self) -> None:
        while True:
            with suppress(OSError, TimeoutError, WebSocketException):
                async with connect(self._url, subprotocols=PROTOCOLS, open_timeout=20) as socket:
                    await self._listen(socket)
            self.here = False
            await asyncio.sleep(random.random())

    async def _listen(self, socket: ClientConnection) -> None:
        try:
            await socket.send(json.dumps({"type": "auth", "token": self._token}))
            async for text in socket:
                self.here = self.here or json.loads(text)["type"] == "hello"
        except ConnectionClosed:
            pass
        self._closings[socket.close_code or 0] += 1


@dataclass(frozen=True)
class Outcome:
    """`unreachable` are requests whose connection ended before an answer: the provider sends them again."""

    restarts: int
    refused: int
    unreachable: int
    closings: dict[int, int]
    away: int
    codes: Counter[int]
    verdict: Verdict

    @property
    def passed(self) -> bool:
        polite = set(self.closings) <= {RESTART_CODE}
        return self.verdict.clean and not self.refused and not self.away and polite and set(self.codes) == {0}

    def __str__(self) -> str:
        return (
            f"{self.restarts} restarts: {self.refused} refused, {self.unreachable} sent again, sockets closed by code "
            f"{self.closings}, {self.away} did not come back, exit codes {dict(self.codes)}\n{self.verdict}"
        )


class Rolling:
    """Two HTTP processes and a router; the balancer stands where providers and agents call."""

    def __init__(self, folder: Path, database_url: str) -> None:
        self.stack = Stack(folder, database_url, SPOOL_DIR="")
        self.stack.seed()
        self.balancer = Balancer(self.stack.port)
        account = account_of(CHANNEL, self.stack.account(CHANNEL), self.stack.demo["tenant_id"])
        self.account_id = account.id
        self.traffic = Traffic(CHANNEL, account, conversations=CUSTOMERS, seed=1, lines=16)

    def start(self) -> None:
        for name in ("router", *MEMBERS):
            self.stack.start(name)

    async def run(self, restarts: int, rate: int, sockets: int) -> Outcome:
        for name in MEMBERS:
            self.balancer.join(self.stack.port_of(name))
        await self.balancer.start()
        closings: Counter[int] = Counter()
        url = f"ws://{HOST}:{self.stack.port}/v1/stream"
        tokens = await _tokens(self.stack.database_url, self.stack.demo["tenant_id"], sockets)
        listeners = [Listener(url, token, closings) for token in tokens]
        live: list[asyncio.Task[Any]] = [asyncio.create_task(listener.run()) for listener in listeners]
        over = asyncio.Event()
        self.traffic.rate = rate
        writing = asyncio.create_task(self.traffic.run(over.is_set))
        try:
            await _all_here(listeners)
            codes = Counter([await self._restart(MEMBERS[number % len(MEMBERS)]) for number in range(restarts)])
            away = await _all_here(listeners)
            told = dict(closings)
        finally:
            over.set()
            await writing
            for task in live:
                task.cancel()
            await asyncio.gather(*live, return_exceptions=True)
            await self.balancer.stop()
        ledger = self.traffic.ledger
        await until_routed(self.stack.database_url, self.traffic.acked)
        verdict = await judge(self.stack.database_url, self.account_id, ledger)
        return Outcome(restarts, ledger.refused, ledger.unreachable, told, away, codes, verdict)

    async def _restart(self, name: str) -> int:
        """As a rolling update does: out of the balancer, a pause, SIGTERM, a new one, in again. Answers the exit code."""
        self.balancer.leave(self.stack.port_of(name))
        await asyncio.sleep(PRE_STOP)
        codes = await asyncio.to_thread(self.stack.stop, [name])
        await asyncio.to_thread(self.stack.start, name)
        self.balancer.join(self.stack.port_of(name))
        await asyncio.sleep(PRE_STOP)
        return codes[name]


async def _tokens(url: str, tenant_id: str, many: int) -> list[str]:
    """An agent for each socket: one agent may not have that many."""
    tokens = [make_key("local") for _ in range(many)]
    connection = await asyncpg.connect(url)
    try:
        for token in tokens:
            agent_id = new_id("agt")
            await connection.execute(
                "INSERT INTO agents (id, tenant_id, name, email) VALUES ($1, $2, $1, $1 || '@demo.example')",
                agent_id,
                tenant_id,
            )
            await connection.execute(
                """
                INSERT INTO api_keys (id, tenant_id, agent_id, name, role, prefix, hash)
                VALUES ($1, $2, $3, 'drill', 'agent', $4, $5)
                """,
                *(new_id("key"), tenant_id, agent_id, token[:12], hash_secret(token)),
            )
    finally:
        await connection.close()
    return tokens


async def _all_here(listeners: list[Listener], patience: float = 60.0) -> int:
    """Waits until all are connected; answers how many are not."""
    with suppress(TimeoutError):
        async with asyncio.timeout(patience):
            while not all(listener.here for listener in listeners):
                await asyncio.sleep(0.1)
    return sum(not listener.here for listener in listeners)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--restarts", type=int, default=20)
    parser.add_argument("--rate", type=int, default=200)
    parser.add_argument("--sockets", type=int, default=300)
    chosen = parser.parse_args()
    from tests.support.migrated import migrated_database

    servers = Servers()
    folder = session_folder() / "rolling"
    folder.mkdir()
    rolling: Rolling | None = None
    try:
        rolling = Rolling(folder, migrated_database(servers.address("postgres")))
        rolling.start()
        outcome = asyncio.run(rolling.run(chosen.restarts, chosen.rate, chosen.sockets))
    finally:
        if rolling is not None:
            rolling.stack.stop()
        servers.stop()
        shutil.rmtree(folder, ignore_errors=True)
    sys.stdout.write(f"{outcome}\n")
    return 0 if outcome.passed else 1


if __name__ == "__main__":
    sys.exit(main())
