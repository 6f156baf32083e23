"""What only the log in PostgreSQL has: roles, retention, sessions that end, writers that meet."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from datetime import timedelta

import asyncpg
import pytest

from backbone.bus.port import BusRecord, TopicSpec
from backbone.bus.postgres import PostgresBus, consumer
from backbone.bus.postgres.log import READ_BYTES
from backbone.clock import SystemClock
from backbone.errors import ConfigurationInvalid, Unavailable
from schemas.topics import EVENTS, INBOUND
from tests.support.buses import PARTITIONS, Rig, messages, number
from tests.support.database import create_database, drop_database
from tests.support.waiting import until

pytestmark = [pytest.mark.database, pytest.mark.xdist_group("bus-postgres")]

FROZEN = """
import asyncio, sys
from datetime import timedelta
from backbone.bus.postgres import PostgresBus
from backbone.clock import SystemClock
from backbone.errors import Unavailable

class Listener:
    async def assigned(self, partitions):
        print("assigned", len(partitions), flush=True)
        return dict.fromkeys(partitions)
    async def revoked(self, partitions):
        print("revoked", len(partitions), flush=True)

async def main(url, topic, group):
    bus = PostgresBus(url, clock=SystemClock(), member="frozen", silence=timedelta(seconds=2))
    await bus.start()
    consumer = bus.consumer([topic], group=group, member="frozen", listener=Listener())
    await consumer.start()
    while True:
        try:
            await consumer.poll(max_records=100, timeout=timedelta(seconds=0.2))
        except Unavailable:
            print("unavailable", flush=True)

asyncio.run(main(*sys.argv[1:]))
"""


@pytest.fixture
async def rig(database_url: str) -> AsyncIterator[Rig]:
    rig = Rig("postgres", database_url)
    yield rig
    await rig.close()


async def as_role(url: str, role: str) -> PostgresBus:
    bus = PostgresBus(url, clock=SystemClock(), member=role, role=role)
    await bus.start()
    return bus


@pytest.mark.parametrize("role", ["frontdesk_gateway", "frontdesk_router"])
async def test_the_processes_roles_suffice_to_publish_and_to_consume(rig: Rig, role: str) -> None:
    bus = await as_role(rig.address, role)
    await bus.ensure_topics([TopicSpec(INBOUND, partitions=2)])
    await bus.publish_many(messages(INBOUND, 10))
    member = await rig.member(bus, INBOUND, "one")
    assert len(await member.read(10)) == 10
    await member.stop()
    assert (await bus.health()).ok
    await bus.stop()


async def test_the_apis_role_sees_wake_ups_and_nothing_that_customers_wrote(rig: Rig) -> None:
    writer = await rig.bus()
    await writer.ensure_topics([TopicSpec(INBOUND, partitions=1), TopicSpec(EVENTS, partitions=1)])
    reader = await as_role(rig.address, "frontdesk_api")
    seen: list[BusRecord] = []

    async def watch() -> None:
        # One by one: the test looks at what is there so far.
        async for record in reader.tail([INBOUND, EVENTS]):
            seen.append(record)  # noqa: PERF401

    watching = asyncio.create_task(watch())

    async def publish_and_look() -> bool:
        await writer.publish_many([*messages(INBOUND, 1), *messages(EVENTS, 1)])
        return len(seen) >= 3

    await until(publish_and_look)
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)
    assert {record.topic for record in seen} == {EVENTS}
    with pytest.raises(ConfigurationInvalid):
        await reader.publish_many(messages(EVENTS, 1))
    await reader.stop()


async def test_a_database_that_was_not_migrated_says_so(postgres_url: str) -> None:
    empty = create_database(postgres_url)
    bus = PostgresBus(empty, clock=SystemClock(), member="one")
    with pytest.raises(ConfigurationInvalid, match="migrate it"):
        await bus.start()
    await bus.stop()
    drop_database(empty)


async def test_records_older_than_the_retention_go_oldest_first_and_a_few_at_a_time(rig: Rig) -> None:
    bus = await rig.bus()
    topic = await rig.topic(bus, partitions=2)
    await bus.publish_many(messages(topic, 40))
    connection = await asyncpg.connect(rig.address)
    try:
        await connection.execute(
            "UPDATE bus.records SET at = at - interval '7 days' WHERE topic = $1 AND record_offset < 10", topic
        )
        old = await connection.fetchval("SELECT count(*) FROM bus.records WHERE at < now() - interval '6 days'")
        gone = [await connection.fetchval("SELECT bus.trim(7)") for _ in range(5)]
        assert sum(gone) == old
        assert max(gone) == 7
        assert await connection.fetchval("SELECT min(record_offset) FROM bus.records") == 10
    finally:
        await connection.close()
    member = await rig.member(bus, topic, "one")
    assert {record.offset for record in await member.read(40 - old)} >= {10}


async def test_consumers_delete_what_is_too_old(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consumer, "TRIM_EVERY", 0.0)
    monkeypatch.setattr(consumer, "LOOK_EVERY", 0.02)
    bus = await rig.bus()
    topic = await rig.topic(bus)
    await bus.publish_many(messages(topic, 20))
    connection = await asyncpg.connect(rig.address)
    try:
        await connection.execute("UPDATE bus.records SET at = at - interval '7 days'")
        await rig.member(bus, topic, "one")

        async def empty() -> bool:
            return not await connection.fetchval("SELECT count(*) FROM bus.records")

        await until(empty)
        assert await empty()
    finally:
        await connection.close()


async def test_a_consumer_whose_session_ends_loses_all_and_joins_again(rig: Rig) -> None:
    bus = await rig.bus()
    topic = await rig.topic(bus)
    await bus.publish_many(messages(topic, 20))
    member = await rig.member(bus, topic, "one")
    await member.read(20)
    connection = await asyncpg.connect(rig.address)
    try:
        ended = await connection.fetch(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'frontdesk bus % group %'"
            " AND datname = current_database()"
        )
    finally:
        await connection.close()
    assert len(ended) == 1
    await bus.publish_many(messages(topic, 30)[20:])

    async def everything() -> bool:
        try:
            await member.poll()
        except Unavailable:
            return False
        return len(member.records) >= 30

    await until(everything)
    assert sorted(number(record) for record in member.records) == list(range(30))
    assert [what for _, what, _ in member.journal] == (
        ["assigned"] * PARTITIONS + ["revoked"] * PARTITIONS + ["assigned"] * PARTITIONS
    )


async def test_a_frozen_members_partitions_go_to_the_others_and_it_learns_of_it(rig: Rig) -> None:
    bus = await rig.bus()
    topic = await rig.topic(bus)
    group = f"group-of-{topic}"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", FROZEN, rig.address, topic, group, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        assert await process.stdout.readline() == b"assigned 4\n"
        os.kill(process.pid, signal.SIGSTOP)
        member = await rig.member(bus, topic, "other")
        member.keep_polling()
        await until(lambda: len(member.owned) == PARTITIONS)
        os.kill(process.pid, signal.SIGCONT)
        assert await process.stdout.readline() == b"revoked 4\n"
        await until(lambda: len(member.owned) == PARTITIONS // 2)
    finally:
        process.kill()
        await process.communicate()


async def test_one_name_is_one_member(rig: Rig) -> None:
    bus = await rig.bus()
    topic = await rig.topic(bus)
    first = await rig.member(bus, topic, "one")
    await first.poll()
    with pytest.raises(Unavailable, match="another session is the member one"):
        await rig.member(bus, topic, "one")
    await first.stop()
    again = await rig.member(bus, topic, "one")
    again.keep_polling()
    await until(lambda: len(again.owned) == PARTITIONS)
    assert not first.owned


async def test_writers_that_meet_leave_no_gap_and_a_reader_never_runs_past_one(rig: Rig) -> None:
    buses = [await rig.bus(member=f"writer-{n}") for n in range(3)]
    topic = await rig.topic(buses[0])
    member = await rig.member(buses[0], topic, "one")
    member.keep_polling()

    async def write(bus: PostgresBus) -> None:
        for message in messages(topic, 300):
            await bus.publish(message)

    await asyncio.gather(*(write(bus) for bus in buses for _ in range(4)))  # type: ignore[arg-type]
    await until(lambda: len(member.records) == 3600)
    for partition in range(PARTITIONS):
        offsets = [record.offset for record in member.records if record.partition == partition]
        assert offsets == list(range(len(offsets)))


async def test_one_read_brings_a_bounded_number_of_bytes(rig: Rig) -> None:
    bus = await rig.bus()
    topic = await rig.topic(bus)
    await bus.publish_many(messages(topic, 40, size=900_000))
    member = await rig.member(bus, topic, "one")
    sizes = []
    while len(member.records) < 40:
        sizes.append(sum(len(record.value) for record in await member.poll()))
    assert max(sizes) <= READ_BYTES + 900_100


async def test_a_topic_made_later_is_shared_out_too(rig: Rig) -> None:
    bus = await rig.bus()
    topic = await rig.topic(bus, partitions=1)
    later = topic + ".later"
    member = await rig.member(bus, topic, "one")
    both = bus.consumer([topic, later], group="both", member="one", listener=member)
    await both.start()
    await bus.ensure_topics([TopicSpec(later, partitions=1)])
    await bus.publish_many(messages(later, 5))
    seen: list[BusRecord] = []

    async def look() -> bool:
        seen.extend(await both.poll(max_records=10, timeout=timedelta(seconds=0.2)))
        return len(seen) == 5

    await until(look)
    await both.stop()
    assert {record.topic for record in seen} == {later}
