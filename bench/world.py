"""An installation with a workload's tenants in it: real processes over a real PostgreSQL and, if asked, a real Kafka."""

import json
import logging
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
import psutil
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from backbone.channel.port import Account
from backbone.channel.registry import channel
from backbone.ids import new_id
from backbone.storage.account_config import store_account, webhook_url
from backbone.storage.crypto import MasterKey
from backbone.storage.embedded import EmbeddedPostgres
from backbone.web.auth import hash_secret, make_key
from bench.workloads import Workload
from tests.support.apart import run_apart
from tests.support.database import drop_database
from tests.support.kafka import FULL_JVM, KafkaCluster, warm_up
from tests.support.migrated import migrated_database
from tests.support.ports import free_ports
from tests.support.stack import MASTER, Stack

CHANNEL = "whatsapp"
POLICIES = (
    ("Generation Z", {"channel_classes": ["live", "messaging"], "cohorts": ["gen_z"]}, 45),
    ("Everybody else", {"channel_classes": ["live", "messaging"]}, 3600),
)


@dataclass(frozen=True)
class Tenant:
    """One tenant with its account, and the key of one of its agents."""

    id: str
    team_id: str
    account: Account
    config: Mapping[str, Any]
    token: str
    agent_ids: tuple[str, ...]


@dataclass
class Servers:
    """PostgreSQL as `frontdesk up` starts it, with more connections; Kafka if asked."""

    folder: Path
    postgres: EmbeddedPostgres
    kafka: KafkaCluster | None = None

    @property
    def url(self) -> str:
        return self.postgres.url()

    @property
    def bootstrap(self) -> str:
        return self.kafka.bootstrap if self.kafka else ""

    def pids(self) -> dict[str, list[int]]:
        """What to meter, by the part's name."""
        found = {"postgres": [self.postgres.pid or 0]}
        if self.kafka is not None:
            found["kafka"] = [b.process.pid for b in self.kafka.brokers if b.process is not None]
        return found


@contextmanager
def servers(*, kafka: bool = False) -> Iterator[Servers]:
    """Starts them in a folder of their own and ends them, and the folder, with the block."""
    # The library logs what it waits for while topics and groups are being made.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    folder = Path(tempfile.mkdtemp(prefix="frontdesk-bench-"))
    folder.chmod(0o711)
    started = Servers(
        folder, EmbeddedPostgres(folder / "postgres", free_ports(1)[0], settings={"max_connections": "300"})
    )
    try:
        started.postgres.start()
        if kafka:
            started.kafka = KafkaCluster(jvm=FULL_JVM, parent=folder)
            started.kafka.start()
            run_apart(warm_up(started.kafka.bootstrap))
        yield started
    finally:
        if started.kafka is not None:
            started.kafka.stop()
        started.postgres.stop()
        shutil.rmtree(folder, ignore_errors=True)


async def make_topics(bootstrap: str, names: Sequence[str], partitions: int) -> None:
    """Topics for references, which make none themselves."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(name, partitions, 1) for name in names])
    finally:
        await admin.close()


@dataclass
class World:
    """One installation: its processes and who lives in it."""

    workload: Workload
    bus: str
    stack: Stack
    tenants: list[Tenant] = field(default_factory=list)
    names: tuple[str, ...] = ()

    @property
    def url(self) -> str:
        return self.stack.database_url

    def pids(self) -> dict[str, list[int]]:
        """The processes, and this database's own backends of PostgreSQL (its helpers serve everybody)."""
        found = {name: [self.stack.pid(name)] for name in self.names}
        return found | {"postgres": self._backends()}

    def _backends(self) -> list[int]:
        marks = f" {self.url.rpartition('/')[2]} "
        return [p.pid for p in psutil.process_iter(["cmdline"]) if marks in f"{' '.join(p.info['cmdline'] or [])} "]


@contextmanager
def world(
    running: Servers, workload: Workload, bus: str, names: tuple[str, ...] = ("router", "http"), **settings: str
) -> Iterator[World]:
    """A database with the workload's tenants and the product's processes over it; all of it goes with the block."""
    url = migrated_database(running.url)
    folder = Path(tempfile.mkdtemp(prefix="world-", dir=running.folder))
    kafka = running.bootstrap if bus == "kafka" else ""
    stack = Stack(folder, url, kafka=kafka, demo=False, **settings)
    made = World(workload, bus, stack, names=names)
    try:
        made.tenants = run_apart(_people(url, workload, stack.base))
        for name in names:
            stack.start(name)
        yield made
    finally:
        stack.stop()
        drop_database(url)


async def _people(url: str, workload: Workload, base: str) -> list[Tenant]:
    connection = await asyncpg.connect(url)
    try:
        await connection.set_type_codec("jsonb", schema="pg_catalog", encoder=json.dumps, decoder=json.loads)
        async with connection.transaction():
            return [await _tenant(connection, workload, number, base) for number in range(workload.tenants)]
    finally:
        await connection.close()


async def _tenant(connection: Any, workload: Workload, number: int, base: str) -> Tenant:
    tenant_id, team_id = new_id("ten"), new_id("tea")
    await connection.execute("INSERT INTO tenants (id, name) VALUES ($1, $2)", tenant_id, f"Tenant {number}")
    await connection.execute("INSERT INTO teams (id, tenant_id, name) VALUES ($1, $2, 'Help')", team_id, tenant_id)
    agents = tuple(new_id("agt") for _ in range(workload.agents))
    await connection.executemany(
        "INSERT INTO agents (id, tenant_id, name, email, presence, capacity) VALUES ($1, $2, 'Agent', $3, 'online', $4)",
        [(agent, tenant_id, f"{agent}@bench.example", workload.capacity) for agent in agents],
    )
    await connection.executemany(
        "INSERT INTO team_members (tenant_id, team_id, agent_id) VALUES ($1, $2, $3)",
        [(tenant_id, team_id, agent) for agent in agents],
    )
    for position, (name, match, seconds) in enumerate(POLICIES):
        await connection.execute(
            "INSERT INTO sla_policies (id, tenant_id, name, position, document) VALUES ($1, $2, $3, $4, $5)",
            new_id("pol"), tenant_id, name, position,
            {"match": match, "first_reply_seconds": seconds, "next_reply_seconds": seconds},
        )  # fmt: skip
    token = make_key("local")
    await connection.execute(
        "INSERT INTO api_keys (id, tenant_id, agent_id, name, role, prefix, hash) VALUES ($1, $2, $3, 'bench', 'agent', $4, $5)",
        new_id("key"), tenant_id, agents[0], token[:12], hash_secret(token),
    )  # fmt: skip
    config = channel(CHANNEL).simulator.demo_settings("http://127.0.0.1:9", f"bench-{number}")
    account = await _account(connection, tenant_id, team_id, number, base, config)
    return Tenant(tenant_id, team_id, account, config, token, agents)


async def _account(
    connection: Any, tenant_id: str, team_id: str, number: int, base: str, config: Mapping[str, Any]
) -> Account:
    external_id = f"1065403522{number:05d}"
    account_id = await store_account(
        connection, MasterKey(MASTER), tenant_id=tenant_id, channel=CHANNEL, name="Bench", external_id=external_id,
        config=config, team_id=team_id,
    )  # fmt: skip
    return Account(
        id=account_id,
        tenant_id=tenant_id,
        channel=CHANNEL,
        external_id=external_id,
        settings=channel(CHANNEL).codec.settings_type.model_validate(config),
        webhook_url=webhook_url(base, CHANNEL, account_id),
    )
