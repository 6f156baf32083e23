"""Nothing lost, nothing doubled, order kept while processes and servers are really killed; each kill is proven."""

import asyncio
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from backbone.storage.embedded import EmbeddedPostgres
from backbone.storage.migrate import migrate
from tests.support.apart import run_apart
from tests.support.database import drop_database
from tests.support.desk import rows
from tests.support.kafka import KafkaCluster
from tests.support.load import Provider, account_of
from tests.support.migrated import migrated_database
from tests.support.ports import answers, free_ports
from tests.support.stack import Stack
from tests.support.verdict import Verdict, judge, until_routed, watch_positions

pytestmark = [pytest.mark.database, pytest.mark.kafka, pytest.mark.chaos, pytest.mark.timeout(300)]
CHANNEL = "whatsapp"
THINKING = 0.05
"""Seconds between two messages of a customer: a load that leaves the processes the time to come back."""


class Running:
    """A gateway and a router under load, and what came of it."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        stack.seed()
        account = account_of(CHANNEL, stack.account(CHANNEL), stack.demo["tenant_id"])
        self.provider = Provider(CHANNEL, account)
        self.account_id = account.id
        stack.start("router")
        stack.start("gateway")

    async def under_load(self, faults: Callable[[], object], *, customers: int = 20) -> Verdict:
        """Customers write as long as the faults last, in rounds; answers the verdict once everything is routed."""
        injecting = asyncio.create_task(asyncio.to_thread(faults))
        rounds = 0
        while not injecting.done() or rounds == 0:
            await self.provider.run(customers, 10, prefix=f"r{rounds}", pause=THINKING)
            rounds += 1
        await injecting
        await self.provider.run(customers, 3, prefix="last")
        await until_routed(self.stack.database_url, self.provider.ledger.total)
        await self.provider.close()
        verdict = await judge(self.stack.database_url, self.account_id, self.provider.ledger)
        assert verdict.acked >= customers * 13
        assert verdict.conversations == customers
        return verdict


def kill_and_start(stack: Stack, name: str, times: int, seconds_between: float) -> list[int]:
    """Each kill is of a process that had been ready and working; answers their ids."""
    pids = []
    for _ in range(times):
        time.sleep(seconds_between)
        pids.append(stack.pid(name))
        stack.kill(name)
        stack.start(name)
    return pids


@pytest.fixture
def stack(postgres_url: str, kafka_bootstrap: str, tmp_path: Path) -> Iterator[Stack]:
    url = migrated_database(postgres_url)
    run_apart(watch_positions(url))
    stack = Stack(tmp_path, url, kafka=kafka_bootstrap)
    yield stack
    stack.stop()
    drop_database(url)


async def test_twenty_kills_of_the_router_in_mid_batch(stack: Stack) -> None:
    running = Running(stack)
    pids: list[int] = []
    verdict = await running.under_load(lambda: pids.extend(kill_and_start(stack, "router", 20, 0.3)))
    assert len(set(pids)) == 20
    assert verdict.clean, verdict


async def test_twenty_kills_of_the_gateway_between_receipt_and_answer(stack: Stack) -> None:
    running = Running(stack)
    pids: list[int] = []
    verdict = await running.under_load(lambda: pids.extend(kill_and_start(stack, "gateway", 20, 0.3)))
    assert len(set(pids)) == 20
    assert running.provider.ledger.unreachable > 0
    assert verdict.clean, verdict


def freeze_in_mid_batch(stack: Stack, name: str) -> None:
    """Freezes a process that has moved its position in a transaction and has yet to commit."""
    for _ in range(200):
        stack.freeze(name)
        ports = {connection.laddr.port for connection in psutil.Process(stack.pid(name)).net_connections()}
        if ports & run_apart(batches_open(stack.database_url)):
            return
        stack.thaw(name)
        time.sleep(0.05)
    raise AssertionError(f"{name} was in no batch whenever it was frozen")


async def batches_open(url: str) -> set[int]:
    """The ports of the clients whose transaction of a batch stands open, with nothing asked of the database."""
    found = await rows(
        url,
        "SELECT client_port FROM pg_stat_activity WHERE datname = current_database() AND state = 'idle in transaction' "
        "AND query LIKE '%consumer_positions%'",
    )
    return {row["client_port"] for row in found}


async def test_a_frozen_router_that_wakes_up_after_its_successor_writes_nothing(stack: Stack) -> None:
    """Frozen past the bus's session time-out, so that another router takes over its partitions and leases."""
    running = Running(stack)

    def faults() -> None:
        stack.start("router2")
        freeze_in_mid_batch(stack, "router")
        time.sleep(25)
        stack.thaw("router")
        time.sleep(5)

    verdict = await running.under_load(faults)
    assert stack.refusals("router") > 0, "the old leader was never refused, so this proved nothing"
    assert verdict.clean, verdict


@pytest.fixture
def own_kafka(tmp_path: Path) -> Iterator[KafkaCluster]:
    kafka = KafkaCluster(parent=tmp_path)
    kafka.start()
    yield kafka
    kafka.stop()


async def test_three_kills_of_the_broker_under_load(postgres_url: str, own_kafka: KafkaCluster, tmp_path: Path) -> None:
    url = migrated_database(postgres_url)
    stack = Stack(tmp_path, url, kafka=own_kafka.bootstrap)
    try:
        running = Running(stack)

        def faults() -> None:
            for _ in range(3):
                time.sleep(1)
                broker = own_kafka.brokers[0]
                broker.kill()
                assert not answers(broker.port)
                time.sleep(1)
                broker.start()
                broker.wait()
                time.sleep(2)

        verdict = await running.under_load(faults)
        assert verdict.clean, verdict
    finally:
        stack.stop()
        drop_database(url)


@pytest.fixture
def own_postgres(tmp_path: Path) -> Iterator[EmbeddedPostgres]:
    tmp_path.chmod(0o711)
    server = EmbeddedPostgres(tmp_path / "postgres", free_ports(1)[0])
    server.start()
    run_apart(migrate(server.url()))
    yield server
    server.stop()


@pytest.mark.parametrize("bus", ["kafka", "postgres"])
async def test_three_kills_of_the_database_under_load(
    own_postgres: EmbeddedPostgres, kafka_bootstrap: str, tmp_path: Path, bus: str
) -> None:
    stack = Stack(tmp_path, own_postgres.url(), kafka=kafka_bootstrap if bus == "kafka" else "")
    try:
        running = Running(stack)
        killed: list[int] = []

        def faults() -> None:
            for _ in range(3):
                time.sleep(1)
                assert own_postgres.pid is not None
                killed.append(own_postgres.pid)
                own_postgres.kill()
                assert not answers(own_postgres.port)
                time.sleep(0.5)
                own_postgres.start()
                time.sleep(2)

        verdict = await running.under_load(faults)
        assert len(set(killed)) == 3
        assert verdict.clean, verdict
    finally:
        stack.stop()
