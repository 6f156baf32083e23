"""Senders at work in a test, over a scripted provider."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

from backbone.channel.port import ProviderReply
from backbone.clock import SystemClock
from backbone.storage.database import Database
from backbone.telemetry.metrics import Metrics
from backbone.web.breaker import Breaker
from gateway.outbound.attempt import Attempt
from gateway.outbound.backoff import Backoff
from gateway.outbound.sender import Bounds, Sender, Sequel
from tests.support.outbound import CHANNEL, Book, ScriptedCaller, deliveries

QUICK = Backoff(first=timedelta(milliseconds=10), ceiling=timedelta(milliseconds=20))
BUSY = ProviderReply(503)


@asynccontextmanager
async def sending(
    database: Database,
    caller: ScriptedCaller,
    book: Book,
    *,
    holder: str = "s1",
    bounds: Bounds | None = None,
    breaker: Callable[[], Breaker] | None = None,
    metrics: Metrics | None = None,
    backoff: Backoff = QUICK,
    on_sent: Sequel | None = None,
) -> AsyncIterator[Sender]:
    clock = SystemClock()
    sender = Sender(
        database,
        book,
        Attempt(caller, clock),
        clock,
        metrics or Metrics(),
        channels=[CHANNEL],
        holder=holder,
        backoff=backoff,
        bounds=bounds or Bounds(look_every=timedelta(milliseconds=50)),
        breaker=breaker or (lambda: Breaker(clock.monotonic, threshold=10_000)),
        on_sent=on_sent,
    )
    task = asyncio.create_task(sender.run())
    try:
        yield sender
        assert not task.done()
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def settled(url: str, count: int) -> Callable[[], Awaitable[bool]]:
    async def check() -> bool:
        rows = await deliveries(url)
        return len(rows) == count and all(row["state"] in {"sent", "failed"} for row in rows)

    return check
