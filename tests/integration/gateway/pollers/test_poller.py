"""Polled accounts against a real PostgreSQL: leased once, durable before the cursor moves, errors visible and their own."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from backbone.channel.port import Account, Context, Fetched, Request, Response, Session
from backbone.clock import SystemClock
from backbone.errors import ConfigurationInvalid, Unavailable
from backbone.storage.database import Database
from backbone.telemetry.metrics import Metric, Metrics
from backbone.web.addresses import Guard
from backbone.web.dialer import Dialer
from gateway.accounts import Served
from gateway.outbound.backoff import Backoff
from gateway.pollers.parts import PORTS
from gateway.pollers.poller import Poller, Rhythm
from tests.support.network import Names
from tests.support.outbound import CHANNEL, served
from tests.support.waiting import until

pytestmark = pytest.mark.database

QUICK = timedelta(milliseconds=10)
RHYTHM = Rhythm(
    look=QUICK,
    every=QUICK,
    again=timedelta(0),
    lease=timedelta(seconds=5),
    backoff=Backoff(first=QUICK, ceiling=2 * QUICK),
)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    made = Database(database_url, role="frontdesk_gateway", name="test")
    await made.start()
    yield made
    await made.stop()


class Directory:
    def __init__(self, *known: Served) -> None:
        self.known = {item.account.id: item for item in known}

    def all(self) -> list[Served]:
        return list(self.known.values())

    def by_id(self, account_id: str) -> Served | None:
        return self.known.get(account_id)


@dataclass
class Mailbox:
    """A numbered list of items, read three at a time; `trouble` is raised in place of an item."""

    items: list[bytes] = field(default_factory=list)
    trouble: Callable[[Account, int], Exception | None] = lambda _account, _number: None
    polls: list[tuple[str, Mapping[str, Any] | None]] = field(default_factory=list)
    open: int = 0
    most_open: int = 0

    async def fetch(self, account: Account, cursor: Mapping[str, Any] | None) -> AsyncIterator[Fetched]:
        self.polls.append((account.id, cursor))
        self.open += 1
        self.most_open = max(self.most_open, self.open)
        try:
            start = cursor["next"] if cursor else 0
            for number in range(start, min(start + 3, len(self.items))):
                error = self.trouble(account, number)
                if error is not None:
                    raise error
                yield Fetched(self.items[number], {"next": number + 1})
            error = self.trouble(account, -1)
            if error is not None:
                raise error
        finally:
            self.open -= 1


class Door:
    """Takes items in place of the intake; remembers what the cursor said at that moment."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.taken: list[tuple[str, bytes]] = []
        self.cursors: list[Any] = []
        self.refusals: list[Exception] = []

    def context(self, served: Served) -> Context:
        return Context(served.account, SystemClock().now())

    async def take(self, served: Served, request: Request, context: Context, *, reconciling: bool = False) -> Response:
        assert (request.method, request.url) == ("POLL", served.account.webhook_url)
        self.cursors.append((await cursor_of(self.url, served.account.id))[0])
        if self.refusals:
            raise self.refusals.pop()
        self.taken.append((served.account.id, request.body))
        return Response()


async def cursor_of(url: str, account_id: str = "acc_1") -> tuple[Any, str | None]:
    connection = await asyncpg.connect(url)
    row = await connection.fetchrow("SELECT cursor, last_error FROM poll_cursors WHERE account_id = $1", account_id)
    await connection.close()
    return (row["cursor"], row["last_error"]) if row else (None, None)


@asynccontextmanager
async def polling(
    database: Database,
    directory: Directory,
    door: Door,
    mailbox: Mailbox,
    holder: str = "p1",
    metrics: Metrics | None = None,
) -> AsyncIterator[Poller]:
    session: Session = mailbox
    poller = Poller(
        database, directory, door, SystemClock(), metrics or Metrics(), holder=holder, rhythm=RHYTHM,
        session_of=lambda _served: session,
    )  # fmt: skip
    task = asyncio.create_task(poller.run())
    try:
        yield poller
        assert not task.done()
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_everything_is_taken_once_in_order_and_the_cursor_follows(database: Database, database_url: str) -> None:
    mailbox, door, metrics = Mailbox([f"m{n}".encode() for n in range(8)]), Door(database_url), Metrics()
    async with polling(database, Directory(served()), door, mailbox, metrics=metrics):
        await until(lambda: len(mailbox.polls) >= 5)
    assert [body for _, body in door.taken] == mailbox.items
    assert await cursor_of(database_url) == ('{"next": 8}', None)
    # At each item the stored cursor still stood before it: a crash right there would read it again.
    assert door.cursors == [None] + [f'{{"next": {n}}}' for n in range(1, 8)]
    assert metrics.value(Metric.GATEWAY_POLLS, CHANNEL, "ok") >= 4


async def test_an_item_that_is_not_durable_does_not_move_the_cursor(database: Database, database_url: str) -> None:
    mailbox, door = Mailbox([b"a", b"b"]), Door(database_url)
    door.refusals = [Unavailable("the bus is away")] * 3
    async with polling(database, Directory(served()), door, mailbox):
        await until(lambda: len(door.taken) == 2)
    assert [body for _, body in door.taken] == [b"a", b"b"]
    assert door.cursors[:4] == [None] * 4


async def test_two_replicas_read_an_account_once(database: Database, database_url: str) -> None:
    mailbox, door = Mailbox([f"m{n}".encode() for n in range(30)]), Door(database_url)
    directory = Directory(served())
    async with polling(database, directory, door, mailbox, "p1"), polling(database, directory, door, mailbox, "p2"):
        await until(lambda: len(door.taken) >= 30)
        await until(lambda: len(mailbox.polls) >= 20)
    assert [body for _, body in door.taken] == mailbox.items
    assert mailbox.most_open == 1


async def test_a_replica_that_lost_its_lease_moves_no_cursor(database: Database, database_url: str) -> None:
    class Robbed(Door):
        """Another replica takes the lease over right after each item was taken."""

        async def take(
            self, served: Served, request: Request, context: Context, *, reconciling: bool = False
        ) -> Response:
            answer = await super().take(served, request, context)
            connection = await asyncpg.connect(self.url)
            await connection.execute(
                "UPDATE leases SET holder = 'other', epoch = epoch + 1, expires_at = now() + interval '1 hour'"
            )
            await connection.close()
            return answer

    mailbox, door = Mailbox([b"a", b"b"]), Robbed(database_url)
    async with polling(database, Directory(served()), door, mailbox):
        await until(lambda: len(door.taken) == 1 and mailbox.open == 0)
    assert door.taken == [("acc_1", b"a")]
    assert await cursor_of(database_url) == (None, None)


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (Unavailable("the server is away"), "unavailable: the server is away"),
        (ConfigurationInvalid("the login is refused"), "configuration_invalid: the login is refused"),
        (KeyError("a customer's words"), "error: KeyError"),
    ],
)
async def test_an_error_is_visible_and_leaves_when_it_is_over(
    database: Database, database_url: str, error: Exception, told: str
) -> None:
    broken = True
    mailbox = Mailbox([b"a"], trouble=lambda _account, number: error if broken and number == -1 else None)
    metrics = Metrics()

    async def shows(text: str | None) -> bool:
        return (await cursor_of(database_url))[1] == text

    door = Door(database_url)
    async with polling(database, Directory(served()), door, mailbox, metrics=metrics):
        await until(lambda: shows(told))
        broken = False
        await until(lambda: shows(None))
    assert await cursor_of(database_url) == ('{"next": 1}', None)
    assert metrics.value(Metric.GATEWAY_POLLS, CHANNEL, "failed") >= 1


async def test_one_broken_account_stops_no_other(database: Database, database_url: str) -> None:
    mailbox = Mailbox([b"a"], trouble=lambda account, _number: Unavailable() if account.id == "acc_bad" else None)
    door = Door(database_url)
    async with polling(database, Directory(served("acc_bad"), served("acc_good")), door, mailbox):
        await until(lambda: door.taken == [("acc_good", b"a")])
        await until(lambda: _told(database_url, "acc_bad"))
    assert (await cursor_of(database_url, "acc_bad"))[0] is None


async def _told(database_url: str, account_id: str) -> bool:
    """Whether the account's trouble is visible: it is written when its own poll ends, not when another's does."""
    return (await cursor_of(database_url, account_id))[1] is not None


async def test_accounts_come_and_go_while_it_runs(database: Database, database_url: str) -> None:
    async def read(account_id: str) -> bool:
        return await cursor_of(database_url, account_id) == ('{"next": 1}', None)

    mailbox, door, directory = Mailbox([b"a"]), Door(database_url), Directory()
    async with polling(database, directory, door, mailbox):
        directory.known["acc_new"] = served("acc_new")
        await until(lambda: door.taken == [("acc_new", b"a")])
        directory.known["acc_new"] = served("acc_new", state="paused")
        await until(lambda: mailbox.open == 0)
        directory.known["acc_two"] = served("acc_two")
        # What was taken is read up to only once its cursor is stored: an account that goes in between is read again.
        await until(lambda: read("acc_two"))
        del directory.known["acc_two"]
        await until(lambda: mailbox.open == 0)
    assert door.taken == [("acc_new", b"a"), ("acc_two", b"a")]


async def test_an_account_that_its_session_does_not_want_is_left_alone(database: Database, database_url: str) -> None:
    class Choosy(Mailbox):
        def wanted(self, account: Account) -> bool:
            return account.id == "acc_yes"

    mailbox, door = Choosy([b"a"]), Door(database_url)
    async with polling(database, Directory(served("acc_no"), served("acc_yes")), door, mailbox):
        await until(lambda: len(door.taken) == 1)
    assert {account for account, _ in mailbox.polls} == {"acc_yes"}


async def test_a_session_that_would_connect_to_a_closed_address_is_not_run(
    database: Database, database_url: str
) -> None:
    class Reaching(Mailbox):
        def places(self, account: Account) -> list[tuple[str, int]]:
            return [("inside.test" if account.id == "acc_bad" else "mail.test", 993)]

    mailbox, door = Reaching([b"a"]), Door(database_url)
    names = Names({"inside.test": ["10.0.0.7"], "mail.test": ["93.184.216.34"]})
    dialer = Dialer(Guard(ports=PORTS), names)
    directory = Directory(served("acc_bad"), served("acc_good"))
    poller = Poller(
        database, directory, door, SystemClock(), Metrics(), holder="p1", rhythm=RHYTHM, reach=dialer.addresses,
        session_of=lambda _served: mailbox,
    )  # fmt: skip
    task = asyncio.create_task(poller.run())

    async def told() -> bool:
        return (await cursor_of(database_url, "acc_bad"))[1] is not None

    await until(told)
    await until(lambda: len(door.taken) == 1)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert {account for account, _ in mailbox.polls} == {"acc_good"}
    assert (await cursor_of(database_url, "acc_bad"))[1] == "url_refused: the host's address is not public"
