"""Providers asked over HTTP, against a real PostgreSQL: due once for all replicas, within the quota, nudged, never blind."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from backbone.channel.port import Context, Request, Response
from backbone.clock import ManualClock, SystemClock
from backbone.errors import ConfigurationInvalid, Unavailable
from backbone.storage.database import Database
from backbone.storage.leases import Lease, acquire
from backbone.telemetry.metrics import Metrics
from gateway.accounts import Served
from gateway.outbound.backoff import Backoff
from gateway.pollers import cursors
from gateway.pollers.http import HttpPolls, Turn
from gateway.pollers.poller import Poller, Rhythm
from tests.support.desk import rows
from tests.support.sources import Script, source
from tests.support.waiting import until

pytestmark = pytest.mark.database
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
EVERY = timedelta(minutes=5)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    made = Database(database_url, role="frontdesk_gateway", name="test")
    await made.start()
    yield made
    await made.stop()


class Door:
    """Takes items in place of the intake; `refuse` makes it fail once at that item."""

    def __init__(self, clock: Any = None) -> None:
        self.clock = clock or SystemClock()
        self.taken: list[str] = []
        self.reconciling: list[bool] = []
        self.refuse: str | None = None

    def context(self, served: Served) -> Context:
        return Context(served.account, self.clock.now())

    async def take(self, served: Served, request: Request, context: Context, *, reconciling: bool = False) -> Response:
        assert request.method == "POLL"
        if request.body.decode() == self.refuse:
            self.refuse = None
            raise Unavailable
        self.taken.append(request.body.decode())
        self.reconciling.append(reconciling)
        return Response()


class Desk:
    """One account, its provider's answers, a clock, and the lease of a replica."""

    def __init__(self, database: Database, url: str, script: Script, served: Served | None = None) -> None:
        self.database, self.url, self.script = database, url, script
        self.served = served or source()
        self.clock = ManualClock(NOW)
        self.door = Door(self.clock)
        self.polls = HttpPolls(database, script, self.door, self.clock)

    async def turn(self) -> Turn:
        async with self.database.transaction() as connection:
            lease = await acquire(connection, f"poll/{self.served.account.id}", "p1", timedelta(minutes=1))
        assert isinstance(lease, Lease)
        return await self.polls.turn(self.served, lease)

    async def row(self) -> Any:
        [found] = await rows(self.url, "SELECT * FROM poll_cursors")
        return found

    async def nudge(self) -> None:
        async with self.database.transaction(["ten_1"]) as connection:
            await cursors.nudge(connection, self.served.account, self.clock.now())

    @property
    def asked(self) -> list[str]:
        return [call.url.partition("after=")[2] for call in self.script.calls]


async def test_pages_are_followed_and_the_cursor_moves_behind_each(database: Database, database_url: str) -> None:
    script = Script(
        {"items": ["a", "b"], "next": 2, "more": True}, {"items": ["c"], "next": 3}, {"items": [], "next": 3}
    )
    desk = Desk(database, database_url, script)
    turn = await desk.turn()
    assert (turn.brought, turn.next_at, desk.door.taken) == (3, NOW + EVERY, ["a", "b", "c"])
    assert (await desk.row())["cursor"] == '{"next": 3}'
    assert not (await desk.turn()).polled
    desk.clock.advance(EVERY)
    assert (await desk.turn()).brought == 0
    assert desk.asked == ["0", "2", "3"]


async def test_what_could_not_be_made_durable_is_asked_for_again(database: Database, database_url: str) -> None:
    script = Script({"items": ["a"], "next": 1, "more": True}, {"items": ["b", "c"], "next": 3})
    desk = Desk(database, database_url, script)
    desk.door.refuse = "c"
    with pytest.raises(Unavailable):
        await desk.turn()
    assert (await desk.row())["cursor"] == '{"next": 1}'
    desk.clock.advance(EVERY)
    await desk.turn()
    assert desk.door.taken == ["a", "b", "b", "c"]
    assert desk.asked == ["0", "1", "1"]


async def test_pages_without_end_are_cut_and_gone_on_with(database: Database, database_url: str) -> None:
    desk = Desk(database, database_url, Script({"items": ["x"], "more": True}))
    assert (await desk.turn()).brought == 20


async def test_the_quota_is_kept_over_pages_and_polls_and_begins_anew_at_the_providers_midnight(
    database: Database, database_url: str
) -> None:
    served = source(poll_quota_per_day=12, poll_quota_zone="America/Los_Angeles")
    desk = Desk(database, database_url, Script({"items": ["x"], "more": True, "cost": 5}), served)
    turn = await desk.turn()
    assert (turn.brought, (await desk.row())["quota_used"]) == (2, 10)
    midnight = datetime(2026, 11, 21, 8, tzinfo=UTC)
    assert turn.next_at == midnight
    desk.clock.advance(timedelta(hours=1))
    await desk.nudge()
    assert (await desk.turn()).next_at == midnight
    desk.clock.advance(midnight - desk.clock.now())
    desk.script.answers = [{"items": [], "cost": 5}]
    assert (await desk.turn()).polled
    assert (await desk.row())["quota_used"] == 5


async def test_an_account_with_a_quota_of_its_own_goes_by_it(database: Database, database_url: str) -> None:
    served = source(settings={"static": True, "poll_quota_per_day": 24}, poll_quota_per_day=10_000)
    desk = Desk(database, database_url, Script({"items": []}), served)
    turn = await desk.turn()
    assert turn.next_at is not None
    assert turn.next_at - NOW > timedelta(minutes=30)


async def test_a_nudge_is_for_one_poll_and_may_come_to_another_replica(database: Database, database_url: str) -> None:
    desk = Desk(database, database_url, Script({"items": []}))
    await desk.turn()
    assert not (await desk.turn()).polled
    desk.clock.advance(timedelta(seconds=30))
    await desk.nudge()
    assert (await desk.turn()).polled
    assert not (await desk.turn()).polled
    assert (await desk.row())["nudged_at"] is None


async def test_troubles_are_told_apart_and_the_providers_wish_holds_for_every_replica(
    database: Database, database_url: str
) -> None:
    script = Script({"status": 429, "after": 900}, {"status": 503}, {"status": 410})
    desk = Desk(database, database_url, script)
    with pytest.raises(Unavailable, match="slow_down") as slow:
        await desk.turn()
    assert slow.value.retry_after == timedelta(seconds=900)
    assert (await desk.row())["next_poll_at"] == NOW + timedelta(seconds=900)
    desk.clock.advance(timedelta(seconds=900))
    with pytest.raises(Unavailable, match="busy: try later"):
        await desk.turn()
    desk.clock.advance(EVERY)
    with pytest.raises(ConfigurationInvalid, match="gone"):
        await desk.turn()


async def test_without_a_token_yet_nothing_is_asked(database: Database, database_url: str) -> None:
    desk = Desk(database, database_url, Script({"items": []}), source(settings={"static": False}))
    assert not (await desk.turn()).polled
    assert desk.script.calls == []


async def test_only_what_a_channel_with_webhooks_brings_after_its_first_poll_is_looked_at_as_missed(
    database: Database, database_url: str
) -> None:
    desk = Desk(database, database_url, Script({"items": ["a"]}), source(ingress="webhook"))
    await desk.turn()
    desk.clock.advance(EVERY)
    await desk.turn()
    assert desk.door.reconciling == [False, True]


async def test_replicas_poll_once_and_a_nudge_wakes_whoever_polls(database: Database, database_url: str) -> None:
    class Accounts:
        def all(self) -> list[Served]:
            return [served]

        def by_id(self, _account_id: str) -> Served | None:
            return served

    served, script, door, clock = source(), Script({"items": []}), Door(), SystemClock()
    quick = timedelta(milliseconds=20)
    rhythm = Rhythm(look=quick, every=quick, again=quick, backoff=Backoff(first=quick, ceiling=quick))
    http = HttpPolls(database, script, door, clock)
    pollers = [
        Poller(
            database, Accounts(), door, clock, Metrics(), holder=f"p{number}", rhythm=rhythm,
            session_of=lambda _served: None, http=http,
        )
        for number in range(3)
    ]  # fmt: skip
    tasks = [asyncio.create_task(poller.run()) for poller in pollers]
    await until(lambda: len(script.calls) == 1)
    await asyncio.sleep(0.3)
    assert len(script.calls) == 1
    await rows(database_url, "UPDATE poll_cursors SET polled_at = polled_at - interval '1 minute'")
    async with database.transaction(["ten_1"]) as connection:
        await cursors.nudge(connection, served.account, clock.now())
    await until(lambda: len(script.calls) == 2)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
