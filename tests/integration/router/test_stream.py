"""The sequencer: consecutive numbers a tenant, nothing skipped however late it commits, and only one leader."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from backbone.bus.port import Message
from backbone.errors import Fenced
from backbone.storage.database import Database
from backbone.storage.leases import Lease, acquire
from backbone.telemetry.metrics import Metrics
from router.domain.conversation import Fact
from router.repositories import events
from router.repositories.events import event_row
from router.sequencer import LEASE, Sequencer
from tests.support.desk import NOW, make_desk, minutes, rows

pytestmark = pytest.mark.database


class Wakes:
    """The only part of a bus that the sequencer uses."""

    def __init__(self) -> None:
        self.sent: list[Message] = []

    async def publish_many(self, messages: list[Message]) -> None:
        self.sent.extend(messages)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url, role="frontdesk_router", name="test", most=20)
    await database.start()
    yield database
    await database.stop()


async def lease_of(database: Database, holder: str = "r1") -> Lease:
    async with database.transaction() as connection:
        lease = await acquire(connection, LEASE, holder, minutes(1))
    assert lease is not None
    return lease


def sequencer_of(database: Database) -> tuple[Sequencer, Wakes]:
    wakes = Wakes()
    return Sequencer(database, wakes, Metrics()), wakes  # type: ignore[arg-type]


async def test_numbers_are_consecutive_for_each_tenant_while_writers_commit_out_of_order(
    database: Database, database_url: str
) -> None:
    desks = [await make_desk(database_url) for _ in range(3)]
    sequencer, wakes = sequencer_of(database)
    lease = await lease_of(database)
    written = 0

    async def writer(number: int) -> None:
        nonlocal written
        tenant = desks[number % 3].tenant_id
        async with database.transaction([tenant]) as connection:
            await events.append(connection, [event_row(tenant, Fact("typing.started", {"n": number}), NOW)])
            await asyncio.sleep((number * 7 % 11) / 500)
        written += 1

    async def numbering() -> None:
        while True:
            await sequencer.drain(lease)
            await asyncio.sleep(0.001)

    running = asyncio.create_task(numbering())
    await asyncio.gather(*(writer(n) for n in range(300)))
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    while await sequencer.drain(lease):
        pass
    for desk in desks:
        found = await rows(
            database_url,
            "SELECT seq, (data ->> 'n')::int AS n FROM events WHERE tenant_id = $1 ORDER BY seq",
            desk.tenant_id,
        )
        assert [r["seq"] for r in found] == list(range(1, 101))
        assert len({r["n"] for r in found}) == 100
    assert written == 300
    assert wakes.sent


async def test_a_leader_that_was_taken_over_numbers_nothing(database: Database, database_url: str) -> None:
    desk = await make_desk(database_url)
    sequencer, _ = sequencer_of(database)
    old = await lease_of(database)
    await rows(database_url, "UPDATE leases SET expires_at = now() - interval '1 second'")
    new = await lease_of(database, "r2")
    async with database.transaction([desk.tenant_id]) as connection:
        await events.append(connection, [event_row(desk.tenant_id, Fact("typing.started", {}), NOW)])
    with pytest.raises(Fenced):
        await sequencer.drain(old)
    assert await sequencer.drain(new) == 1
