"""A sender's process killed for real around its call, and what the next one makes of the message."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from backbone.clock import SystemClock
from backbone.storage.database import Database
from backbone.telemetry.metrics import Metrics
from backbone.web.addresses import Guard
from backbone.web.dialer import Dialer
from backbone.web.fetcher import Fetcher
from gateway.outbound.attempt import Attempt
from gateway.outbound.calls import ProviderCaller
from gateway.outbound.sender import Bounds, Sender
from tests.support.loopback import Loopback, answer, serving
from tests.support.network import Names
from tests.support.outbound import CHANNEL, Book, Kind, deliveries, message, queue, reports, served
from tests.support.waiting import until

pytestmark = [pytest.mark.database, pytest.mark.chaos]
REPOSITORY = Path(__file__).resolve().parents[4]


@dataclass
class Provider:
    """Takes messages; one that honours keys delivers each key once."""

    honours_keys: bool
    server: Loopback | None = None
    asked: int = 0
    posted: list[str] = field(default_factory=list)
    delivered: list[str] = field(default_factory=list)

    async def script(self, request: bytes, writer: asyncio.StreamWriter) -> None:
        head, _, body = request.partition(b"\r\n\r\n")
        if head.startswith(b"GET"):
            self.asked += 1
            key = head.split(b" ")[1].rpartition(b"/")[2].decode()
            found = {"id": f"p-{key}"} if key in self.delivered else {}
            writer.write(answer(json.dumps(found).encode()))
            return
        key = json.loads(body)["key"]
        self.posted.append(key)
        if not (self.honours_keys and key in self.delivered):
            self.delivered.append(key)
        writer.write(answer(json.dumps({"id": f"p-{key}"}).encode()))


@asynccontextmanager
async def _provider(kind: Kind) -> AsyncIterator[tuple[Provider, str]]:
    provider = Provider(honours_keys=kind == "key")
    async with serving(provider.script) as server:
        yield provider, f"http://127.0.0.1:{server.port}"


async def _killed_sender(database_url: str, provider_url: str, kind: Kind, at: str) -> None:
    """Runs a sender until it stands where it should, and kills it there."""
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.support.sender_child", database_url, provider_url, kind, at,
        cwd=REPOSITORY, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert child.stdout is not None
    try:
        async with asyncio.timeout(60):
            line = await child.stdout.readline()
    finally:
        child.kill()
        await child.wait()
    assert line.decode().strip() == f"stopped {at}"
    assert child.returncode == -9


async def _recovered(database_url: str, provider_url: str, kind: Kind) -> None:
    """A new process's sender works until everything is settled."""
    database = Database(database_url, role="frontdesk_gateway", name="test")
    await database.start()
    guard, clock = Guard("127.0.0.1"), SystemClock()
    fetcher = Fetcher(guard)
    attempt = Attempt(ProviderCaller(fetcher, Dialer(guard, Names({}))), clock)
    sender = Sender(
        database, Book(served(kind=kind, base=provider_url)), attempt, clock, Metrics(), channels=[CHANNEL], holder="new",
        bounds=Bounds(look_every=timedelta(milliseconds=50)),
    )  # fmt: skip
    task = asyncio.create_task(sender.run())

    async def settled() -> bool:
        return all(row["state"] == "sent" for row in await deliveries(database_url))

    await until(settled)
    await sender.stop()
    await task
    await fetcher.stop()
    await database.stop()


async def _crash(database_url: str, kind: Kind, at: str) -> Provider:
    database = Database(database_url, role="frontdesk_gateway", name="test")
    await database.start()
    await queue(database, message("first"), message("second"))
    await database.stop()
    async with _provider(kind) as (provider, url):
        await _killed_sender(database_url, url, kind, at)
        assert [row["state"] for row in await deliveries(database_url)] == ["sending", "queued"]
        assert len(provider.delivered) == (1 if at == "after" else 0)
        await _recovered(database_url, url, kind)
    return provider


def _is_ordered(provider: Provider, rows: list[dict[str, object]]) -> bool:
    wanted = [f"{row['message_id']}-0" for row in rows]
    return list(dict.fromkeys(provider.delivered)) == wanted


async def test_a_provider_that_honours_keys_gets_it_again_and_delivers_it_once(database_url: str) -> None:
    provider = await _crash(database_url, "key", "after")
    rows = await deliveries(database_url)
    first = f"{rows[0]['message_id']}-0"
    assert provider.posted.count(first) == 2
    assert provider.delivered.count(first) == 1
    assert _is_ordered(provider, rows)
    assert [report.possibly_sent_twice for report in await reports(database_url)] == [False, False]


async def test_a_provider_that_can_be_asked_is_asked_and_gets_it_once(database_url: str) -> None:
    provider = await _crash(database_url, "lookup", "after")
    rows = await deliveries(database_url)
    assert provider.asked == 1
    assert provider.posted == [f"{row['message_id']}-0" for row in rows]
    assert rows[0]["provider_message_id"] == f"p-{rows[0]['message_id']}-0"
    assert [report.state for report in await reports(database_url)] == ["sent", "sent"]


async def test_a_provider_with_neither_gets_it_again_and_the_message_says_so(database_url: str) -> None:
    provider = await _crash(database_url, "none", "after")
    rows = await deliveries(database_url)
    assert provider.delivered.count(f"{rows[0]['message_id']}-0") == 2
    assert [report.possibly_sent_twice for report in await reports(database_url)] == [True, False]


@pytest.mark.parametrize("kind", ["key", "lookup", "none"])
async def test_a_crash_before_the_call_loses_nothing_and_delivers_once(database_url: str, kind: Kind) -> None:
    provider = await _crash(database_url, kind, "before")
    rows = await deliveries(database_url)
    assert provider.delivered == [f"{row['message_id']}-0" for row in rows]
    assert _is_ordered(provider, rows)
