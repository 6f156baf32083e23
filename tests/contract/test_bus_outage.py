"""What both buses do while their server is killed, and after it is back. The kills are real: SIGKILL, port closed."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta

import pytest

from backbone.bus.accumulator import Limits
from backbone.bus.port import Bus, BusRecord, Message, TopicSpec
from backbone.errors import Overloaded, Unavailable
from tests.support.buses import DEADLINE, OwnKafka, OwnPostgres, Rig, by_key, messages, number
from tests.support.waiting import until

KINDS = [
    pytest.param(
        "postgres", marks=[pytest.mark.database, pytest.mark.chaos, pytest.mark.xdist_group("outage-postgres")]
    ),
    pytest.param("kafka", marks=[pytest.mark.kafka, pytest.mark.chaos, pytest.mark.xdist_group("outage-kafka")]),
]
Own = OwnPostgres | OwnKafka
LATE = 1.5


@pytest.fixture(scope="module", params=KINDS)
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Own]:
    folder = tmp_path_factory.mktemp(request.param)
    server = OwnPostgres(folder) if request.param == "postgres" else OwnKafka(folder)
    yield server
    server.stop()


@pytest.fixture
async def rig(server: Own) -> AsyncIterator[Rig]:
    rig = Rig("postgres" if isinstance(server, OwnPostgres) else "kafka", server.address)
    yield rig
    server.restart()
    await rig.close()


async def _publish_until_taken(bus: Bus, message: Message) -> None:
    async def taken() -> bool:
        try:
            await bus.publish(message)
        except Unavailable:
            return False
        return True

    await until(taken, within=60)


async def test_publishing_to_a_killed_server_is_unavailable_in_time_and_works_after_its_restart(
    rig: Rig, server: Own
) -> None:
    bus = await rig.bus()
    topic = await rig.topic(bus, partitions=1)
    await bus.publish_many(messages(topic, 10))
    server.kill()
    for n in (10, 11):
        started = time.monotonic()
        with pytest.raises(Unavailable):
            await bus.publish(Message(topic, b"key-0", b"%d" % n))
        assert time.monotonic() - started < DEADLINE.total_seconds() + LATE
    assert not (await bus.health()).ok
    server.restart()
    await _publish_until_taken(bus, Message(topic, b"key-0", b"12"))
    assert (await bus.health()).ok
    member = await rig.member(bus, topic, "one")
    await until(lambda: _has(member.poll, member.records, 12))
    numbers = [number(record) for record in member.records]
    assert numbers[:10] == list(range(10))


async def _has(poll: object, records: list[BusRecord], wanted: int) -> bool:
    assert callable(poll)
    await poll()
    return any(number(record) == wanted for record in records)


async def test_all_that_was_acknowledged_survives_a_kill_under_load_in_order(rig: Rig, server: Own) -> None:
    bus = await rig.bus()
    topic = await rig.topic(bus)
    acknowledged: dict[bytes, list[int]] = {}
    stop = asyncio.Event()

    async def caller(key: bytes) -> None:
        n = 0
        while not stop.is_set():
            try:
                await bus.publish(Message(topic, key, b"%d" % n))
            except Unavailable:
                continue
            acknowledged.setdefault(key, []).append(n)
            n += 1

    callers = [asyncio.create_task(caller(b"caller-%d" % k)) for k in range(8)]
    await until(lambda: len(acknowledged) == 8 and min(map(len, acknowledged.values())) > 50)
    await asyncio.to_thread(server.kill)
    await asyncio.to_thread(server.restart)
    before = sum(map(len, acknowledged.values()))
    await until(lambda: sum(map(len, acknowledged.values())) > before + 400, within=60)
    stop.set()
    await asyncio.gather(*callers)
    member = await rig.member(bus, topic, "one")
    await until(lambda: _all_there(member.poll, member.records, acknowledged))
    for key, numbers in by_key(member.records).items():
        first_seen = list(dict.fromkeys(numbers))
        assert first_seen == sorted(first_seen), key


async def _all_there(poll: object, records: list[BusRecord], acknowledged: dict[bytes, list[int]]) -> bool:
    assert callable(poll)
    await poll()
    found = by_key(records)
    return all(set(numbers) <= set(found.get(key, ())) for key, numbers in acknowledged.items())


async def test_a_consumer_is_told_of_the_outage_and_goes_on_after_it(rig: Rig, server: Own) -> None:
    bus = await rig.bus()
    topic = await rig.topic(bus)
    await bus.publish_many(messages(topic, 20))
    member = await rig.member(bus, topic, "one")
    await member.read(20)
    await asyncio.to_thread(server.kill)

    async def told() -> bool:
        try:
            await member.poll()
        except Unavailable:
            return True
        return False

    await until(told)
    stood_at = member.consumer.progress()
    await told()
    assert member.consumer.progress() == stood_at
    await asyncio.to_thread(server.restart)
    for message in messages(topic, 40)[20:]:
        await _publish_until_taken(bus, message)

    async def everything() -> bool:
        try:
            await member.poll()
        except Unavailable:
            return False
        return {number(record) for record in member.records} == set(range(40))

    await until(everything, within=60)
    for key, numbers in by_key(member.records).items():
        assert list(dict.fromkeys(numbers)) == sorted(set(numbers)), key


async def test_a_tail_finds_back_after_an_outage(rig: Rig, server: Own) -> None:
    bus = await rig.bus()
    topic = await rig.topic(bus)
    seen: list[BusRecord] = []

    async def watch() -> None:
        # One by one: the test looks at what is there so far.
        async for record in bus.tail([topic]):
            seen.append(record)  # noqa: PERF401

    async def publish_and_look() -> bool:
        try:
            await bus.publish(Message(topic, b"k", b"1"))
        except Unavailable:
            return False
        return bool(seen)

    watching = asyncio.create_task(watch())
    await until(publish_and_look)
    await asyncio.to_thread(server.kill)
    await asyncio.to_thread(server.restart)
    seen.clear()
    await until(publish_and_look, within=60)
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)
    assert seen


async def test_a_full_queue_is_overloaded_at_once(rig: Rig, server: Own) -> None:
    bus = await rig.bus(limits=Limits(deadline=timedelta(seconds=2), waiting_records=100))
    topic = await rig.topic(bus)
    await bus.publish(Message(topic, b"k", b"v"))
    await asyncio.to_thread(server.kill)
    waiting = [asyncio.create_task(bus.publish(message)) for message in messages(topic, 100)]
    await until(lambda: _refuses(bus, topic), within=2)
    started = time.monotonic()
    answers = await asyncio.gather(*waiting, return_exceptions=True)
    assert time.monotonic() - started < 2 + LATE
    assert {type(answer) for answer in answers} <= {Unavailable, Overloaded}


async def _refuses(bus: Bus, topic: str) -> bool:
    publishing = asyncio.create_task(bus.publish(Message(topic, b"k", b"v")))
    await asyncio.wait([publishing], timeout=0.05)
    if publishing.done():
        return isinstance(publishing.exception(), Overloaded)
    publishing.cancel()
    return False


async def test_a_bus_starts_and_stops_with_its_server_away(rig: Rig, server: Own) -> None:
    first = await rig.bus()
    topic = await rig.topic(first)
    member = await rig.member(first, topic, "one")
    await member.poll()
    await asyncio.to_thread(server.kill)
    bus = rig.unstarted(member="two")
    await bus.start()
    with pytest.raises(Unavailable):
        await bus.publish(Message(topic, b"k", b"v"))
    with pytest.raises(Unavailable):
        await bus.ensure_topics([TopicSpec("test.another")])
    started = time.monotonic()
    await member.stop()
    await bus.stop()
    await first.stop()
    assert time.monotonic() - started < 25
