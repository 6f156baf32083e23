"""Kafka away for some seconds under load (T9 in small): with a spool everything is acknowledged, without one nothing is lost."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.kafka import KafkaCluster
from tests.support.load import account_of
from tests.support.ports import answers
from tests.support.stack import Stack
from tests.support.traffic import Traffic
from tests.support.verdict import judge, until_routed
from tests.support.waiting import until

pytestmark = [pytest.mark.database, pytest.mark.kafka, pytest.mark.chaos, pytest.mark.timeout(300)]
CHANNEL = "whatsapp"
# The door waits 5 s for the bus before it takes it for gone.
AWAY = 8.0
CUSTOMERS = 40


class Outage:
    """A gateway and a router on a Kafka of their own, and forty customers who write all the time."""

    def __init__(self, stack: Stack, kafka: KafkaCluster) -> None:
        self.stack = stack
        self._broker = kafka.brokers[0]
        account = account_of(CHANNEL, stack.account(CHANNEL), stack.demo["tenant_id"])
        self.account_id = account.id
        self.traffic = Traffic(CHANNEL, account, conversations=CUSTOMERS, seed=1, lines=16)
        self.traffic.rate = 150
        self._over = asyncio.Event()
        self._writing: asyncio.Task[None] | None = None

    async def begin(self) -> None:
        """Customers write, and what they write arrives."""
        self._writing = asyncio.create_task(self.traffic.run(self._over.is_set))
        await until(lambda: self.traffic.acked >= 3 * CUSTOMERS, within=60)

    async def take_kafka_away(self) -> tuple[int, int]:
        """For some seconds; answers how many were acknowledged before it went and until it came back."""
        await asyncio.to_thread(self._broker.kill)
        assert not answers(self._broker.port)
        before = self.traffic.acked
        await asyncio.sleep(AWAY)
        during = self.traffic.acked
        await asyncio.to_thread(self._broker.start)
        await asyncio.to_thread(self._broker.wait)
        return before, during

    async def end(self) -> None:
        """A while after, everything acknowledged must be stored once and in order."""
        back = self.traffic.acked
        await until(lambda: self.traffic.acked >= back + 2 * CUSTOMERS, within=60, what="customers are taken again")
        self._over.set()
        assert self._writing is not None
        await self._writing
        await until_routed(self.stack.database_url, self.traffic.acked)
        verdict = await judge(self.stack.database_url, self.account_id, self.traffic.ledger)
        assert verdict.clean, verdict
        assert verdict.conversations == CUSTOMERS
        assert all(self.stack.alive(name) for name in ("gateway", "router"))


@pytest.fixture(params=["spool", "no spool"])
async def outage(request: pytest.FixtureRequest, database_url: str, tmp_path: Path) -> AsyncIterator[Outage]:
    kafka = KafkaCluster(parent=tmp_path)
    settings = {} if request.param == "spool" else {"SPOOL_DIR": ""}
    stack = Stack(tmp_path, database_url, kafka=kafka.bootstrap, **settings)  # type: ignore[arg-type]
    try:
        await asyncio.to_thread(kafka.start)
        stack.seed()
        for name in ("router", "gateway"):
            await asyncio.to_thread(stack.start, name)
        yield Outage(stack, kafka)
    finally:
        await asyncio.to_thread(stack.stop)
        await asyncio.to_thread(kafka.stop)


@pytest.mark.parametrize("outage", ["spool"], indirect=True)
async def test_with_a_spool_customers_are_answered_all_the_while_and_stored_in_order_after(outage: Outage) -> None:
    await outage.begin()
    before, during = await outage.take_kafka_away()
    assert during - before >= CUSTOMERS, "hardly anything was acknowledged meanwhile"
    assert outage.traffic.ledger.refused == 0
    assert list((outage.stack.folder / "spool" / "inbound").iterdir()), "nothing was spooled"
    await outage.end()


@pytest.mark.parametrize("outage", ["no spool"], indirect=True)
async def test_without_a_spool_everybody_is_asked_to_come_again_and_who_does_loses_nothing(outage: Outage) -> None:
    await outage.begin()
    before, during = await outage.take_kafka_away()
    assert during - before <= CUSTOMERS, "something was acknowledged that nobody keeps"
    assert outage.traffic.ledger.refused > CUSTOMERS
    assert outage.traffic.refused_without_advice == 0, "a 503 without Retry-After"
    assert outage.traffic.ledger.unreachable == 0, "refusals must come in time"
    await outage.end()
