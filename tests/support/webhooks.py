"""Endpoints of partners in a real database, events for them, and a partner that answers as a test says."""

import asyncio
import json
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import asyncpg

from backbone.clock import Clock
from backbone.errors import CallFailed, OutcomeUnknown
from backbone.ids import new_id
from backbone.storage.crypto import MasterKey
from backbone.storage.database import Database
from backbone.storage.webhooks import Secret, seal_secrets
from backbone.telemetry.metrics import Metrics
from backbone.web.fetcher import Answer
from backbone.web.signatures import make_secret
from gateway.partners.worker import WebhookWorker
from tests.support.desk import Desk

MASTER = MasterKey("33" * 32)
Script = Callable[[dict[str, Any]], int | Answer | None]
"""Given the envelope: a status, a whole answer, or None for a connection that breaks off."""


@dataclass
class Call:
    """What a partner was sent, and when."""

    at: datetime
    url: str
    headers: dict[str, str]
    body: bytes

    @property
    def envelope(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.body)
        return found


@dataclass
class Partner:
    """Every partner's server behind the fetcher's port: scripts by URL, 204 without one; `hang` never answers."""

    clock: Clock
    scripts: dict[str, Script] = field(default_factory=dict)
    hang: set[str] = field(default_factory=set)
    calls: list[Call] = field(default_factory=list)
    open: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    most_open: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    async def call(
        self,
        method: str,
        url: str,
        *,
        headers: tuple[tuple[str, str], ...],
        body: bytes,
        deadline: timedelta,
        most: int,
    ) -> Answer:
        self.calls.append(Call(self.clock.now(), url, dict(headers), body))
        self.open[url] += 1
        self.most_open[url] = max(self.most_open[url], self.open[url])
        try:
            if url in self.hang:
                await self.clock.sleep(deadline)
                raise OutcomeUnknown(context={"error": "TimeoutError"})
            await asyncio.sleep(0)
            script = self.scripts.get(url)
            said = 204 if script is None else script(json.loads(body))
        finally:
            self.open[url] -= 1
        if said is None:
            raise CallFailed(context={"error": "ConnectError"})
        return said if isinstance(said, Answer) else Answer(said, (), b"")

    def seen(self, url: str) -> list[int]:
        """The numbers of the events that this URL was sent, in order."""
        return [call.envelope["seq"] for call in self.calls if call.url == url]


@asynccontextmanager
async def working(url: str, clock: Clock, partner: Partner, master: MasterKey = MASTER) -> AsyncIterator[WebhookWorker]:
    """A worker without its loop: tests call its rounds. Jitter is off."""
    database = Database(url, role="frontdesk_gateway", name="test-webhooks", most=8)
    await database.start()
    try:
        yield WebhookWorker(
            database, partner, master, clock, Metrics(), look_every=timedelta(milliseconds=20), jitter=lambda: 0.0
        )
    finally:
        await database.stop()


async def rest(worker: WebhookWorker) -> None:
    """Rounds until one begins nothing more."""
    for _ in range(200):
        await worker.round()
        if not worker.in_flight:
            return
        await worker.settled()
    raise AssertionError("the worker never comes to rest")


async def add_endpoint(url: str, desk: Desk, target: str, *, now: datetime, **values: Any) -> str:
    """Stores an active endpoint as the owner; answers its id."""
    endpoint_id = new_id("whe")
    row = {
        "id": endpoint_id,
        "tenant_id": desk.tenant_id,
        "name": "Orders",
        "url": target,
        "secrets": seal_secrets(
            values.pop("master", MASTER), endpoint_id, values.pop("secrets", [Secret(make_secret(), now)])
        ),
    } | values
    connection = await asyncpg.connect(url)
    try:
        places = ", ".join(f"${number}" for number in range(1, len(row) + 1))
        await connection.execute(f"INSERT INTO webhook_endpoints ({', '.join(row)}) VALUES ({places})", *row.values())
    finally:
        await connection.close()
    return endpoint_id


async def add_events(
    url: str, desk: Desk, events: Sequence[tuple[str, str | None]], *, at: datetime, data: dict[str, Any] | None = None
) -> None:
    """Numbered events of (type, conversation) beyond those that are there."""
    connection = await asyncpg.connect(url)
    try:
        async with connection.transaction():
            head = await connection.fetchval(
                "INSERT INTO streams AS s (tenant_id, last_seq) VALUES ($1, $2) ON CONFLICT (tenant_id) "
                "DO UPDATE SET last_seq = s.last_seq + $2 RETURNING last_seq",
                desk.tenant_id,
                len(events),
            )
            first = head - len(events) + 1
            await connection.executemany(
                "INSERT INTO events (tenant_id, seq, id, type, conversation_id, at, data) VALUES ($1, $2, $3, $4, $5, $6, $7)",
                [
                    (desk.tenant_id, first + place, new_id("evt"), kind, conversation, at, json.dumps(data or {}))
                    for place, (kind, conversation) in enumerate(events)
                ],
            )
    finally:
        await connection.close()
