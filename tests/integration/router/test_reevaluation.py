"""All waiting work is looked at anew within two sweeps, which are a second apart, of whatever lets somebody take it, told or not."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from backbone.clock import SystemClock
from backbone.storage.database import Connection
from backbone.telemetry.metrics import Metrics
from router.config import ConfigCache
from router.dispatcher import _SWEEP, Dispatcher
from router.dispatcher import LEASE as DISPATCHER
from router.leadership import SPAN, Leader
from router.signals import Signals
from router.usecases import agents, conversations
from router.usecases.types import Author
from tests.support.desk import Desk, Feed, make_desk, rows
from tests.support.router import Workers
from tests.support.waiting import until

pytestmark = pytest.mark.database
PERSON = Author("agent", "agt_x")


@dataclass
class Leading:
    """Routers that lead one after the other, on the clock of the world; `sweeps` are those of all of them."""

    workers: Workers
    sweeps: int = 0
    tasks: list["asyncio.Task[None]"] = field(default_factory=list)

    def begin(self, holder: str) -> "asyncio.Task[None]":
        clock, signals = SystemClock(), Signals()
        dispatcher = Dispatcher(self.workers.database, ConfigCache(clock), signals, clock, Metrics())
        unattended = dispatcher._unattended

        async def counted() -> set[str]:
            found = await unattended()
            self.sweeps += 1
            return found

        dispatcher._unattended = counted  # type: ignore[method-assign]
        leader = Leader(self.workers.database, DISPATCHER, holder, dispatcher.round, signals.dispatch, Metrics())
        task = asyncio.create_task(leader.run())
        self.tasks.append(task)
        return task


@asynccontextmanager
async def leading(workers: Workers) -> AsyncIterator[Leading]:
    found = Leading(workers)
    found.begin("one")
    try:
        yield found
    finally:
        for task in found.tasks:
            task.cancel()
        await asyncio.gather(*found.tasks, return_exceptions=True)


@pytest.fixture
async def desk(database_url: str) -> Desk:
    return await make_desk(database_url, agents=1, capacity=1)


async def case_of(url: str, thread: str) -> Any:
    [row] = await rows(url, "SELECT id, agent_id FROM conversations WHERE thread_key = $1", thread)
    return row


def has_owner(url: str, thread: str) -> Callable[[], Awaitable[bool]]:
    async def check() -> bool:
        return (await case_of(url, thread))["agent_id"] is not None

    return check


async def is_freed(workers: Workers, url: str, desk: Desk) -> None:
    first = (await case_of(url, "ann"))["id"]

    async def work(connection: Connection) -> None:
        await conversations.change_status(
            connection, tenant_id=desk.tenant_id, conversation_id=first, status="resolved", snoozed_until=None,
            actor=PERSON, now=workers.clock.now(),
        )  # fmt: skip

    await workers.database.run(work, [desk.tenant_id])


async def gets_room(_workers: Workers, url: str, desk: Desk) -> None:
    """Past every use case, so that nobody is told."""
    await rows(url, "UPDATE agents SET capacity = 2 WHERE id = $1", desk.agent_ids[0])


async def comes(workers: Workers, url: str, desk: Desk) -> None:
    await rows(url, "UPDATE agents SET capacity = 2, presence = 'away' WHERE id = $1", desk.agent_ids[0])

    async def work(connection: Connection) -> None:
        await agents.set_presence(
            connection, tenant_id=desk.tenant_id, agent_id=desk.agent_ids[0], presence="online", reason=None,
            now=workers.clock.now(),
        )  # fmt: skip

    await workers.database.run(work, [desk.tenant_id])


@pytest.mark.parametrize("change", [is_freed, gets_room, comes], ids=lambda change: change.__name__)
async def test_what_lets_somebody_take_it_is_seen_within_two_sweeps(
    workers: Workers, database_url: str, desk: Desk, change: Callable[[Workers, str, Desk], Awaitable[None]]
) -> None:
    feed = Feed(desk)
    await workers.take(feed.message(sender="ann"))
    await workers.dispatch(desk.tenant_id)
    await workers.take(feed.message(sender="ben"))
    await rows(database_url, "DELETE FROM leases")
    async with leading(workers) as routers:
        await until(lambda: _swept(routers, 1))
        assert (await case_of(database_url, "ben"))["agent_id"] is None
        await change(workers, database_url, desk)
        before = routers.sweeps
        await until(has_owner(database_url, "ben"))
        assert routers.sweeps - before <= 2
    assert timedelta(seconds=2) >= 2 * _SWEEP


async def test_a_successor_looks_at_everything_with_its_first_round(
    workers: Workers, database_url: str, desk: Desk
) -> None:
    async with leading(workers) as routers:
        await until(lambda: _swept(routers, 1))
        routers.tasks[0].cancel()
        await asyncio.gather(routers.tasks[0], return_exceptions=True)
        await workers.take(Feed(desk).message(sender="ann"))
        before = routers.sweeps
        routers.begin("two")
        await until(has_owner(database_url, "ann"))
        assert routers.sweeps - before <= 2
    # One that dies without letting go holds its lease so long, and no longer.
    assert timedelta(seconds=10) >= SPAN


async def _swept(routers: Leading, times: int) -> bool:
    return routers.sweeps >= times
