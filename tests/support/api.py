"""The API over a real database: in process for REST, behind a real server for sockets, with keys of every role."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import asyncpg
import httpx2
from websockets.typing import Subprotocol

from agent_api.live.frames import SUBPROTOCOL
from agent_api.main import AgentApi, build
from agent_api.parts import ApiConfig
from backbone.bus.port import Bus
from backbone.clock import Clock, SystemClock
from backbone.ids import new_id
from backbone.storage.crypto import MasterKey
from backbone.storage.database import Database
from backbone.telemetry.metrics import Metrics
from backbone.web.addresses import Guard
from backbone.web.auth import hash_secret, make_key
from backbone.web.fetcher import Fetcher
from backbone.web.passwords import hash_password
from backbone.web.serve import http_server
from backbone.web.websocket import socket_options
from tests.support.desk import Desk, rows
from tests.support.fakes import FakeBus, MemoryBlobs
from tests.support.ports import HOST, free_ports

MASTER = MasterKey("22" * 32)
CONFIG = ApiConfig(quota=1_000_000, away_after=timedelta(seconds=1))
PATIENCE = 15.0
PROTOCOLS = [Subprotocol(SUBPROTOCOL)]
TEXT = "canary-of-another-tenant"
PASSWORD = "correct-horse-battery"


@dataclass
class Api:
    """An API and its parts; `base` is set where a server listens."""

    agent: AgentApi
    database: Database
    bus: FakeBus
    url: str
    base: str = ""

    def client(self, key: str = "", **more: Any) -> httpx2.AsyncClient:
        """REST in process. Every POST gets an Idempotency-Key of its own unless it brings one."""
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        return httpx2.AsyncClient(
            transport=httpx2.ASGITransport(app=self.agent.app, raise_app_exceptions=False),
            base_url="http://testserver",
            headers=headers,
            event_hooks={"request": [_with_key]},
            **more,
        )

    def socket_url(self, path: str = "/v1/stream", **query: object) -> str:
        return self.socket_url_with(path, query)

    def socket_url_with(self, path: str, query: Mapping[str, object]) -> str:
        text = "&".join(f"{name}={value}" for name, value in query.items())
        return f"ws://{self.base.removeprefix('http://')}{path}" + (f"?{text}" if text else "")


async def _with_key(request: httpx2.Request) -> None:
    if request.method == "POST":
        request.headers.setdefault("Idempotency-Key", new_id("idk"))


@asynccontextmanager
async def running_api(
    url: str,
    *,
    config: ApiConfig = CONFIG,
    bus: Bus | None = None,
    clock: Clock | None = None,
    jobs: bool = False,
    most: int = 8,
    fetcher: Fetcher | None = None,
) -> AsyncIterator[Api]:
    """The API without a server; `jobs` runs its background jobs."""
    database = Database(url, role="frontdesk_api", name="test-api", most=most)
    await database.start()
    fake = FakeBus()
    fetcher = fetcher or Fetcher(Guard())
    agent = build(
        config,
        database=database,
        bus=bus or fake,
        clock=clock or SystemClock(),
        metrics=Metrics(),
        master=MASTER,
        blobs=MemoryBlobs(),
        holder=new_id("proc"),
        fetcher=fetcher,
    )
    running = [asyncio.create_task(job(), name=name) for name, job in agent.jobs.items()] if jobs else []
    try:
        yield Api(agent, database, fake, url)
    finally:
        await cancel(running)
        await fetcher.stop()
        await database.stop()


@asynccontextmanager
async def serving_api(url: str, **more: Any) -> AsyncIterator[Api]:
    """The API behind a real server on a free port, with its jobs running; `options` replace the server's."""
    port = free_ports(1)[0]
    base = f"http://{HOST}:{port}"
    config = replace(more.pop("config", CONFIG), public_url=base)
    options = socket_options() | more.pop("options", {})
    async with running_api(url, config=config, jobs=True, **more) as api:
        server = http_server(
            api.agent.app,
            host=HOST,
            port=port,
            drain=timedelta(seconds=2),
            lifespan="off",
            access_log=False,
            **options,
        )
        task = asyncio.create_task(server.run_until_stopped())
        await until(lambda: server.started)
        try:
            yield replace(api, base=base)
        finally:
            await server.stop()
            await task


async def cancel(tasks: Iterable[asyncio.Task[Any]]) -> None:
    """Ends tasks, and raises what one of them died of before."""
    tasks = list(tasks)
    for task in tasks:
        task.cancel()
    for task in tasks:
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def until(holds: Callable[[], Any], patience: float = PATIENCE) -> None:
    async with asyncio.timeout(patience):
        while not holds():
            await asyncio.sleep(0.005)


async def add_key(
    url: str, tenant_id: str, role: str = "admin", agent_id: str | None = None, role_id: str | None = None
) -> tuple[str, str]:
    """Stores a key as the owner; answers it and its id."""
    key, key_id = make_key("local"), new_id("key")
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(
            "INSERT INTO api_keys (id, tenant_id, agent_id, name, role, prefix, hash, role_id) VALUES ($1, $2, $3, 'test', $4, $5, $6, $7)",
            key_id,
            tenant_id,
            agent_id,
            role,
            key[:12],
            hash_secret(key),
            role_id,
        )
    finally:
        await connection.close()
    return key, key_id


async def add_password(url: str, agent_id: str, password: str = PASSWORD) -> str:
    """Stores a password for an agent as the owner; answers the agent's address."""
    [row] = await rows(url, "SELECT tenant_id, email FROM agents WHERE id = $1", agent_id)
    await rows(
        url,
        "INSERT INTO agent_passwords (agent_id, tenant_id, hash, changed_at) VALUES ($1, $2, $3, now())",
        agent_id,
        row["tenant_id"],
        hash_password(password),
    )
    return str(row["email"])


async def add_conversation(url: str, desk: Desk, **values: object) -> str:
    """Stores an open conversation with one message of the customer's; `values` replace columns."""
    conversation_id = str(values.pop("id", new_id("cnv")))
    contact_id = str(values.pop("contact_id", new_id("con")))
    address = str(values.pop("contact_address", new_id("vis")))
    row = {
        "id": conversation_id,
        "tenant_id": desk.tenant_id,
        "account_id": desk.account_id,
        "channel": "webchat",
        "channel_class": "live",
        "thread_key": address,
        "status": "open",
        "contact_id": contact_id,
        "contact_address": address,
        "contact_name": "Ann",
        "team_id": desk.team_id,
    } | values
    connection = await asyncpg.connect(url)
    try:
        names = ", ".join(row)
        places = ", ".join(f"${number}" for number in range(1, len(row) + 1))
        await connection.execute(
            f"INSERT INTO conversations ({names}, opened_at, last_message_at) VALUES ({places}, clock_timestamp(), clock_timestamp())",
            *row.values(),
        )
        await connection.execute(
            "INSERT INTO contacts (id, tenant_id, name) VALUES ($1, $2, 'Ann') ON CONFLICT DO NOTHING",
            contact_id,
            desk.tenant_id,
        )
        await connection.execute(
            "INSERT INTO contact_points (account_id, address, tenant_id, contact_id) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
            desk.account_id,
            address,
            desk.tenant_id,
            contact_id,
        )
        await connection.execute(
            "INSERT INTO messages (id, tenant_id, conversation_id, account_id, direction, author_kind, author_id, content, received_at, sort_at) "
            "VALUES ($1, $2, $3, $4, 'in', 'contact', $5, $6::jsonb, now(), now())",
            new_id("msg"),
            desk.tenant_id,
            conversation_id,
            desk.account_id,
            contact_id,
            json.dumps({"text": "Where is my parcel?"}),
        )
    finally:
        await connection.close()
    return conversation_id
