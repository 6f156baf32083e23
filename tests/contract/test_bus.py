"""What both buses promise, on a real PostgreSQL and a real Kafka."""

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from backbone.bus.accumulator import Limits
from backbone.bus.port import BusRecord, Message, TopicPartition, TopicSpec, partition_of
from backbone.errors import PayloadTooLarge, Unavailable
from tests.support.buses import PARTITIONS, POLL, Member, Rig, by_key, messages, number
from tests.support.waiting import until

KINDS = [
    pytest.param("postgres", marks=[pytest.mark.database, pytest.mark.xdist_group("bus-postgres")]),
    pytest.param("kafka", marks=[pytest.mark.kafka, pytest.mark.xdist_group("bus-kafka")]),
]


@pytest.fixture(params=KINDS)
async def rig(request: pytest.FixtureRequest) -> AsyncIterator[Rig]:
    if request.param == "postgres":
        address = request.getfixturevalue("database_url")
    else:
        address = request.getfixturevalue("kafka_bootstrap")
    rig = Rig(request.param, address)
    yield rig
    await rig.close()


async def test_records_of_a_key_come_in_the_order_of_publishing(rig: Rig) -> None:
    bus = await rig.bus()
    topic = await rig.topic(bus)
    for message in messages(topic, 120):
        await bus.publish(message)
    member = await rig.member(bus, topic, "one")
    records = await member.read(120)
    assert by_key(records) == {b"key-%d" % k: list(range(k, 120, 10)) for k in range(10)}


async def test_a_key_goes_to_its_partition_on_every_bus(rig: Rig) -> None:
    bus = await rig.bus()
    topic = await rig.topic(bus)
    await bus.publish_many(messages(topic, 40))
    member = await rig.member(bus, topic, "one")
    records = await member.read(40)
    assert all(record.partition == partition_of(record.key, PARTITIONS) for record in records)


async def test_publish_many_keeps_the_order_of_each_key(rig: Rig) -> None:
    bus = await rig.bus()
    topic = await rig.topic(bus)
    await bus.publish_many(messages(topic, 5000, keys=7))
    member = await rig.member(bus, topic, "one")
    records = await member.read(5000)
    assert by_key(records) == {b"key-%d" % k: list(range(k, 5000, 7)) for k in range(7)}


async def test_publish_many_of_nothing_does_nothing(rig: Rig) -> None:
    bus = await rig.bus()
    topic = await rig.topic(bus)
    await bus.publish_many([])
    member = await rig.member(bus, topic, "one")
    assert not await member.poll()


async def test_offsets_grow_and_times_are_the_buss(rig: Rig) -> None:
    bus = await rig.bus()
    topic = await rig.topic(bus, partitions=1)
    before = datetime.now(UTC) - timedelta(seconds=1)
    await bus.publish_many(messages(topic, 20))
    member = await rig.member(bus, topic, "one")
    records = await member.read(20)
    assert [record.offset for record in records] == sorted({record.offset for record in records})
    assert all(before < record.at < datetime.now(UTC) + timedelta(seconds=1) for record in records)


async def test_headers_keys_and_values_come_back_as_they_were(rig: Rig) -> None:
    bus = await rig.bus()
    topic = await rig.topic(bus)
    headers = (("traceparent", b"00-ab-cd-01"), ("twice", b""), ("twice", bytes(range(256))), ("имя", b"x"))
    sent = Message(topic, "ключ".encode(), bytes(range(256)) * 3, headers)
    await bus.publish(sent)
    await bus.publish(Message(topic, b"", b""))
    member = await rig.member(bus, topic, "one")
    found = {(record.key, record.value, record.headers) for record in await member.read(2)}
    assert found == {(sent.key, sent.value, sent.headers), (b"", b"", ())}


async def test_large_values_pass_and_too_large_ones_are_refused(rig: Rig) -> None:
    bus = await rig.bus()
    topic = await rig.topic(bus)
    await bus.publish_many(messages(topic, 30, size=900_000))
    with pytest.raises(PayloadTooLarge):
        await bus.publish(Message(topic, b"k", b"." * 1_000_001))
    member = await rig.member(bus, topic, "one")
    assert by_key(await member.read(30)) == {b"key-%d" % k: list(range(k, 30, 10)) for k in range(10)}


async def test_sixty_four_callers_at_once_each_get_their_record_through_once(rig: Rig) -> None:
    bus = await rig.bus()
    topic = await rig.topic(bus)

    async def caller(number: int) -> None:
        for n in range(20):
            await bus.publish(Message(topic, b"caller-%d" % number, b"%d" % n))

    await asyncio.gather(*(caller(number) for number in range(64)))
    member = await rig.member(bus, topic, "one")
    found = by_key(await member.read(64 * 20))
    assert found == {b"caller-%d" % number: list(range(20)) for number in range(64)}
    assert not await member.poll()


async def test_what_was_published_is_there_after_the_bus_was_stopped(rig: Rig) -> None:
    first = rig.unstarted()
    await first.start()
    topic = await rig.topic(first)
    await first.publish_many(messages(topic, 50))
    await first.stop()
    member = await rig.member(await rig.bus(member="two"), topic, "one")
    assert sorted(number(record) for record in await member.read(50)) == list(range(50))


async def test_a_stopped_bus_refuses(rig: Rig) -> None:
    bus = rig.unstarted()
    await bus.start()
    topic = await rig.topic(bus)
    await bus.publish(Message(topic, b"k", b"v"))
    await bus.stop()
    with pytest.raises(Unavailable):
        await bus.publish(Message(topic, b"k", b"v"))


async def test_no_position_means_the_oldest_record(rig: Rig) -> None:
    bus = await rig.bus()
    topic = await rig.topic(bus, partitions=1)
    await bus.publish_many(messages(topic, 10))
    member = await rig.member(bus, topic, "one")
    assert [number(record) for record in await member.read(10)] == list(range(10))


async def test_a_position_is_where_reading_goes_on(rig: Rig) -> None:
    bus = await rig.bus()
    topic = await rig.topic(bus, partitions=1)
    await bus.publish_many(messages(topic, 10))
    where = TopicPartition(topic, 0)
    first = await rig.member(bus, topic, "one")
    offset = (await first.read(10))[6].offset
    second = await rig.member(bus, topic, "two", group="another", positions={where: offset})
    assert [number(record) for record in await second.read(4)] == [6, 7, 8, 9]


async def test_noted_positions_never_decide_where_reading_goes_on(rig: Rig) -> None:
    bus = await rig.bus()
    topic = await rig.topic(bus, partitions=1)
    await bus.publish_many(messages(topic, 10))
    first = await rig.member(bus, topic, "one")
    records = await first.read(10)
    await first.consumer.note_positions({TopicPartition(topic, 0): records[-1].offset + 1})
    await first.stop()
    second = await rig.member(bus, topic, "one", positions={TopicPartition(topic, 0): records[3].offset})
    assert [number(record) for record in await second.read(7)] == [3, 4, 5, 6, 7, 8, 9]


async def test_a_position_beyond_the_end_goes_back_to_the_oldest_record(rig: Rig) -> None:
    bus = await rig.bus()
    topic = await rig.topic(bus, partitions=1)
    await bus.publish_many(messages(topic, 5))
    member = await rig.member(bus, topic, "one", positions={TopicPartition(topic, 0): 1000})
    assert [number(record) for record in await member.read(5)] == [0, 1, 2, 3, 4]


async def test_a_batch_that_failed_is_read_again_after_seek(rig: Rig) -> None:
    bus = await rig.bus()
    topic = await rig.topic(bus, partitions=1)
    await bus.publish_many(messages(topic, 10))
    member = await rig.member(bus, topic, "one")
    records = await member.read(10)
    await member.consumer.seek(TopicPartition(topic, 0), records[4].offset)
    assert [number(record) for record in await member.read(6)] == [4, 5, 6, 7, 8, 9]


async def test_a_poll_gives_no_more_than_asked_and_goes_on_after_it(rig: Rig) -> None:
    bus = await rig.bus()
    topic = await rig.topic(bus, partitions=1)
    await bus.publish_many(messages(topic, 10))
    member = await rig.member(bus, topic, "one")
    sizes = []
    async with asyncio.timeout(20):
        while len(member.records) < 10:
            sizes.append(len(await member.poll(most=3)))
    assert max(sizes) <= 3
    assert [number(record) for record in member.records] == list(range(10))


async def test_an_empty_poll_returns_after_its_time(rig: Rig) -> None:
    bus = await rig.bus()
    topic = await rig.topic(bus)
    member = await rig.member(bus, topic, "one")
    await until(lambda: _owns_after_poll(member, PARTITIONS))
    started = time.monotonic()
    assert not await member.poll()
    assert POLL.total_seconds() * 0.9 <= time.monotonic() - started < 5


async def _owns_after_poll(member: Member, count: int) -> bool:
    await member.poll()
    return len(member.owned) == count


async def test_progress_grows_while_nothing_comes(rig: Rig) -> None:
    bus = await rig.bus()
    topic = await rig.topic(bus)
    member = await rig.member(bus, topic, "one")
    member.keep_polling()
    await until(lambda: member.consumer.progress() > 0)
    before = member.consumer.progress()
    await until(lambda: member.consumer.progress() > before, within=5)
    assert not member.records


async def test_lag_counts_what_was_not_polled(rig: Rig) -> None:
    bus = await rig.bus()
    topic = await rig.topic(bus, partitions=1)
    await bus.publish_many(messages(topic, 10))
    member = await rig.member(bus, topic, "one")
    polled = 0
    while not polled:
        polled = len(await member.poll(most=4))
    assert await member.consumer.lag() == {TopicPartition(topic, 0): 10 - polled}


async def test_an_error_of_the_listener_reaches_the_poller_and_the_next_poll_tries_again(rig: Rig) -> None:
    bus = await rig.bus()
    topic = await rig.topic(bus)
    await bus.publish_many(messages(topic, 20))
    member = await rig.member(bus, topic, "one")
    member.refusals = 2

    async def refused() -> bool:
        try:
            await member.poll()
        except Unavailable:
            return member.refusals == 0
        return False

    await until(refused)
    assert not member.records
    assert len({number(record) for record in await member.read(20)}) == 20


async def test_two_members_share_the_partitions_and_each_is_handed_over_before_it_is_taken(rig: Rig) -> None:
    bus = await rig.bus()
    topic = await rig.topic(bus)
    everything = {TopicPartition(topic, n) for n in range(PARTITIONS)}
    one = await rig.member(bus, topic, "one")
    one.keep_polling()
    await until(lambda: one.owned == everything)
    other_bus = await rig.bus(member="two")
    two = await rig.member(other_bus, topic, "two")
    two.journal = one.journal
    two.keep_polling()
    await until(lambda: len(one.owned) == len(two.owned) == PARTITIONS // 2)
    assert one.owned | two.owned == everything
    holders: dict[TopicPartition, str] = {}
    for name, what, partition in one.journal:
        assert (holders.pop(partition, name) if what == "revoked" else holders.setdefault(partition, name)) == name
    await two.stop()
    await until(lambda: one.owned == everything)
    await bus.publish_many(messages(topic, 40))
    await until(lambda: len({number(record) for record in one.records}) == 40)


async def test_records_published_while_members_come_and_go_are_all_seen_in_order(rig: Rig) -> None:
    bus = await rig.bus()
    topic = await rig.topic(bus)
    positions: dict[TopicPartition, int | None] = {}
    one = await rig.member(bus, topic, "one")
    two = await rig.member(await rig.bus(member="two"), topic, "two")
    # Shared, as in the database of the real thing.
    one.positions = two.positions = positions
    one.keep_polling()
    two.keep_polling()
    for n, message in enumerate(messages(topic, 400)):
        await bus.publish(message)
        if n == 200:
            await two.stop()
    await until(lambda: len({number(record) for record in one.records + two.records}) == 400)
    for key, numbers in by_key(two.records).items():
        assert numbers == sorted(set(numbers)), key
    for key, numbers in by_key(one.records).items():
        assert numbers == sorted(set(numbers)), key


async def test_two_groups_each_see_everything(rig: Rig) -> None:
    bus = await rig.bus()
    topic = await rig.topic(bus)
    await bus.publish_many(messages(topic, 30))
    one = await rig.member(bus, topic, "one", group=f"a-{topic}")
    two = await rig.member(bus, topic, "one", group=f"b-{topic}")
    for member in (one, two):
        assert len({number(record) for record in await member.read(30)}) == 30


async def test_a_tail_sees_what_is_new_and_nothing_older(rig: Rig) -> None:
    bus = await rig.bus()
    topic = await rig.topic(bus)
    await bus.publish_many(messages(topic, 10))
    seen: list[BusRecord] = []

    async def watch() -> None:
        # One by one: the test looks at what is there so far.
        async for record in bus.tail([topic]):
            seen.append(record)  # noqa: PERF401

    watching = asyncio.create_task(watch())
    published = 1000

    async def publish_and_look() -> bool:
        nonlocal published
        published += 1
        await bus.publish(Message(topic, b"key-%d" % published, b"%d" % published))
        return len(seen) >= 20

    await until(publish_and_look)
    await until(lambda: number(seen[-1]) == published or max(map(number, seen)) == published)
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)
    first = min(map(number, seen))
    assert first > 1000
    assert sorted(map(number, seen)) == list(range(first, published + 1))


async def test_making_topics_again_changes_nothing(rig: Rig) -> None:
    bus = await rig.bus()
    topic = await rig.topic(bus, partitions=2)
    await bus.publish_many(messages(topic, 10))
    await bus.ensure_topics([TopicSpec(topic, partitions=8), TopicSpec(topic + ".dlq", partitions=1)])
    member = await rig.member(await rig.bus(member="two"), topic, "one")
    records = await member.read(10)
    assert {record.partition for record in records} <= {0, 1}


async def test_an_unknown_topic_is_unavailable_in_time(rig: Rig) -> None:
    bus = await rig.bus(limits=Limits(deadline=timedelta(seconds=1)))
    started = time.monotonic()
    with pytest.raises(Unavailable):
        await bus.publish(Message("test.nobody-made-it", b"k", b"v"))
    assert time.monotonic() - started < 3


async def test_a_bus_that_works_is_healthy(rig: Rig) -> None:
    bus = await rig.bus()
    health = await bus.health()
    assert health.ok
    assert health.facts["waiting_records"] == 0


async def test_a_moment_is_found_in_each_partition(rig: Rig) -> None:
    bus = await rig.bus()
    topic = await rig.topic(bus)
    await bus.publish_many(messages(topic, 40))
    member = await rig.member(bus, topic, "one")
    before = await member.read(40)
    await asyncio.sleep(0.05)
    moment = datetime.now(UTC)
    await asyncio.sleep(0.05)
    await bus.publish(Message(topic, b"key-3", b"40"))
    [late] = await member.read(1)
    ends = {TopicPartition(topic, n): 0 for n in range(PARTITIONS)}
    for record in before:
        ends[TopicPartition(topic, record.partition)] = record.offset + 1
    assert await bus.offsets_since(topic, moment) == ends | {TopicPartition(topic, late.partition): late.offset}
    assert await bus.offsets_since(topic, moment - timedelta(hours=1)) == dict.fromkeys(ends, 0)
    later = ends | {TopicPartition(topic, late.partition): late.offset + 1}
    assert await bus.offsets_since(topic, moment + timedelta(hours=1)) == later
