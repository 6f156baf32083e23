"""What a real PostgreSQL refuses is told as what it is: the server's trouble, another's lock, or too much at once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import timedelta

import asyncpg
import pytest

from backbone.errors import Overloaded, Unavailable
from backbone.storage import database as module
from backbone.storage.database import Connection, Database

pytestmark = pytest.mark.database
STREAM = (
    "INSERT INTO streams (tenant_id, last_seq) VALUES ('ten_1', 0) ON CONFLICT (tenant_id) DO UPDATE SET last_seq = 1"
)


async def started(url: str) -> Database:
    database = Database(url, role="frontdesk_router", name="test", statement_timeout=timedelta(seconds=1))
    await database.start()
    return database


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = await started(database_url)
    yield database
    await database.stop()


async def put(database: Database) -> None:
    async with database.transaction() as connection:
        await connection.execute(STREAM)


async def test_a_row_that_another_holds_is_waited_for_within_bounds(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_LOCK_TIMEOUT", timedelta(milliseconds=100))
    database = await started(database_url)
    await put(database)
    async with database.transaction() as connection:
        await connection.execute("SELECT 1 FROM streams FOR UPDATE")
        with pytest.raises(Unavailable):
            await put(database)
    await put(database)
    await database.stop()


async def test_a_transaction_that_stands_still_gives_its_locks_back(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_IDLE_TIMEOUT", timedelta(milliseconds=200))
    database = await started(database_url)
    await put(database)

    async def stand_still() -> None:
        async with database.transaction() as connection:
            await connection.execute("SELECT 1 FROM streams FOR UPDATE")
            await asyncio.sleep(0.5)

    standing = asyncio.create_task(stand_still())
    await asyncio.sleep(0.1)
    await put(database)
    with pytest.raises(Unavailable):
        await standing
    await database.stop()


async def test_a_statement_that_takes_too_long_is_too_much_not_wrong(database: Database) -> None:
    async def sleep() -> None:
        async with database.transaction() as connection:
            await connection.execute("SELECT pg_sleep(5)")

    with pytest.raises(Overloaded):
        await sleep()


async def test_a_server_that_only_reads_is_away(database: Database) -> None:
    async def write() -> None:
        async with database.transaction(read_only=True) as connection:
            await connection.execute(STREAM)

    with pytest.raises(Unavailable):
        await write()


async def test_collisions_without_end_are_no_fault_of_the_work(database: Database) -> None:
    tries = 0

    async def collide(_connection: Connection) -> None:
        nonlocal tries
        tries += 1
        raise asyncpg.DeadlockDetectedError("deadlock detected")

    with pytest.raises(Unavailable):
        await database.run(collide)
    assert tries == 8


async def test_a_connection_that_the_server_ended_between_two_statements_is_lost_not_broken(
    database: Database, database_url: str
) -> None:
    owner = await asyncpg.connect(database_url)

    async def cut_off() -> None:
        async with database.transaction() as connection:
            pid = await connection.fetchval("SELECT pg_backend_pid()")
            # The server's farewell is read by the loop between two of our statements, the end of the connection after.
            await owner.execute("SELECT pg_terminate_backend($1)", pid)
            await connection.execute(STREAM)

    for _ in range(100):
        with pytest.raises(Unavailable):
            await cut_off()
    await owner.close()


async def test_transactions_take_turns_on_few_connections_and_nobody_waits_for_one_that_is_kept(
    database_url: str,
) -> None:
    database = Database(database_url, role="frontdesk_router", name="test", most=2)
    await database.start()
    pids: set[int] = set()

    async def ask() -> None:
        async with database.transaction(read_only=True) as connection:
            pids.add(await connection.fetchval("SELECT pg_backend_pid()"))

    async with asyncio.timeout(8):
        for _ in range(5):
            await asyncio.gather(*(ask() for _ in range(20)))
    assert len(pids) == 2
    assert database.connections() == (0, 2)
    await database.stop()


async def test_a_kept_connection_that_was_lost_is_used_once_more_at_most(database: Database, database_url: str) -> None:
    owner = await asyncpg.connect(database_url)

    async def pid() -> int:
        [row] = await database.alone("SELECT pg_backend_pid() AS pid")
        return int(row["pid"])

    for _ in range(20):
        before = await pid()
        await owner.execute("SELECT pg_terminate_backend($1)", before)
        # The end of the connection may be read before its next use, or by it.
        with suppress(Unavailable):
            await pid()
        assert await pid() != before
    await owner.close()


async def test_a_statement_alone_is_a_transaction(database: Database) -> None:
    await database.alone(STREAM)
    assert [dict(row) for row in await database.alone("SELECT last_seq FROM streams")] == [{"last_seq": 0}]
    with pytest.raises(Overloaded):
        await database.alone("SELECT pg_sleep(3)")
    assert await database.alone("SELECT 1 AS one")
