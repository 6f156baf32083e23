"""Positions against a real PostgreSQL: a zombie is refused, and a database that went back in time is found out."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import asyncpg
import pytest

from backbone.bus.port import BusRecord, TopicPartition
from backbone.errors import Fenced, Rewound
from backbone.storage.database import Database
from backbone.storage.positions import Positions

pytestmark = pytest.mark.database
NOW = datetime(2026, 11, 20, tzinfo=UTC)
HERE = TopicPartition("t", 0)
THERE = TopicPartition("t", 1)


def batch(first: int, end: int, partition: int = 0) -> list[BusRecord]:
    return [BusRecord("t", partition, offset, b"a/k", b"", (), NOW) for offset in range(first, end)]


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url, role="frontdesk_router", name="test")
    await database.start()
    yield database
    await database.stop()


async def move(database: Database, positions: Positions, records: list[BusRecord]) -> None:
    async with database.transaction() as connection:
        await positions.advance(connection, records)


async def stand_at(url: str, offset: int | None, *, epoch: int = 1, owner: str = "r1") -> None:
    """Puts the row back to what a standby had of it."""
    connection = await asyncpg.connect(url)
    await connection.execute(
        "UPDATE consumer_positions SET next_offset = $1, epoch = $2, owner = $3", offset, epoch, owner
    )
    await connection.close()


@pytest.fixture
async def positions(database: Database) -> Positions:
    positions = Positions(database, "g", "r1")
    await positions.claim([HERE])
    return positions


async def test_batches_move_the_position_and_a_retried_one_may_have_been_committed(
    database: Database, positions: Positions
) -> None:
    await move(database, positions, batch(0, 10))
    # The same again: nobody told us that it was committed.
    await move(database, positions, batch(0, 10))
    # In halves, as after an error of one record.
    await move(database, positions, batch(10, 15))
    await move(database, positions, batch(15, 20))
    # The log may jump.
    await move(database, positions, batch(25, 30))
    assert await Positions(database, "g", "r2").claim([HERE]) == {HERE: 30}


async def test_a_batch_that_was_rolled_back_is_no_reason_to_distrust_the_database(
    database: Database, positions: Positions
) -> None:
    await move(database, positions, batch(0, 10))

    async def fail() -> None:
        async with database.transaction() as connection:
            await positions.advance(connection, batch(10, 20))
            raise ValueError("poison")

    with pytest.raises(ValueError, match="poison"):
        await fail()
    await move(database, positions, batch(10, 15))
    await move(database, positions, batch(15, 16))
    assert await Positions(database, "g", "r2").claim([HERE]) == {HERE: 16}


async def test_a_former_owner_is_refused_whole(database: Database, positions: Positions) -> None:
    await positions.claim([THERE])
    await Positions(database, "g", "r2").claim([HERE])
    with pytest.raises(Fenced) as refusal:
        await move(database, positions, [*batch(0, 5), *batch(0, 5, partition=1)])
    assert not isinstance(refusal.value, Rewound)
    assert await positions.lost() == [THERE], "its part of the batch was dropped with the rest"
    assert await Positions(database, "g", "r3").claim([THERE]) == {THERE: None}
    assert await positions.lost() == [], "what has another owner is not ours to claim"


@pytest.mark.parametrize(("offset", "epoch"), [(4, 1), (None, 1), (9, 1), (4, 0)])
async def test_a_database_that_lost_a_position_is_never_moved_past_what_it_lost(
    database: Database, database_url: str, positions: Positions, offset: int | None, epoch: int
) -> None:
    await move(database, positions, batch(0, 10))
    assert await positions.lost() == []
    await stand_at(database_url, offset, epoch=epoch)
    assert await positions.lost() == [HERE]
    with pytest.raises(Rewound):
        await move(database, positions, batch(10, 20))
    assert await positions.claim([HERE]) == {HERE: offset}
    await move(database, positions, batch(offset or 0, 20))


async def test_a_database_that_lost_the_claim_itself_is_found_out(
    database: Database, database_url: str, positions: Positions
) -> None:
    await move(database, positions, batch(0, 10))
    connection = await asyncpg.connect(database_url)
    await connection.execute("DELETE FROM consumer_positions")
    await connection.close()
    assert await positions.lost() == [HERE]
    with pytest.raises(Rewound):
        await move(database, positions, batch(10, 20))
    assert await positions.claim([HERE]) == {HERE: None}


async def test_after_a_failover_an_equal_epoch_of_another_owner_is_not_ours(
    database: Database, database_url: str, positions: Positions
) -> None:
    await move(database, positions, batch(0, 10))
    await stand_at(database_url, 4, owner="r2")
    assert await positions.lost() == []
    with pytest.raises(Fenced) as refusal:
        await move(database, positions, batch(10, 20))
    assert not isinstance(refusal.value, Rewound)
