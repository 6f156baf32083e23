import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from backbone.channel.offload import blob_key
from backbone.clock import SystemClock
from backbone.storage.crypto import MasterKey
from gateway.inbound import intake as intake_module
from gateway.spool import Spool
from schemas.topics import INBOUND
from tests.support.gateway import Door, batch, message, open_door, plain_channel, served
from tests.support.waiting import until

MASTER = MasterKey("77" * 32)


async def opened(folder: Path, most_bytes: int = 1 << 26) -> Spool:
    return await Spool(folder, MASTER, SystemClock(), most_bytes=most_bytes).open()


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[Door]:
    spool = await opened(tmp_path)
    yield open_door(served(), served("acc_d", channel=plain_channel(exchange="dialogue")), spool=spool)
    await spool.close()


async def drain(door: Door) -> None:
    assert door.spool is not None
    with door.keeping_time():
        await door.spool.drain(door.publisher.take_spooled)


def keys_of(door: Door) -> list[str]:
    return [record.event.dedup_key for record in door.records()]


async def test_with_the_bus_away_a_message_is_spooled_acknowledged_and_published_later(door: Door) -> None:
    door.bus.mode = "away"
    answers = [await door.post(batch(message(number))) for number in range(5)]
    assert {answer.status for answer in answers} == {202}
    assert door.bus.calls == 1, "once something waits, nothing goes past it"
    assert door.records() == []
    door.bus.mode = "up"
    assert (await door.post(batch(message(5)))).status == 202
    assert door.records() == []
    await drain(door)
    assert keys_of(door) == [f"m-{number}" for number in range(6)]
    assert (await door.post(batch(message(6)))).status == 202
    assert keys_of(door)[-1] == "m-6"
    assert door.spool is not None
    assert not door.spool.active


async def test_a_batch_torn_by_the_bus_comes_whole_and_in_order_after_the_spool(door: Door) -> None:
    door.bus.mode = "torn"
    assert (await door.post(batch(*(message(number) for number in range(4))))).status == 202
    door.bus.mode = "up"
    await drain(door)
    first_seen = list(dict.fromkeys(keys_of(door)))
    assert first_seen == ["m-0", "m-1", "m-2", "m-3"]


async def test_large_records_wait_whole_in_the_spool_and_leave_it_by_reference(door: Door) -> None:
    door.bus.mode = "away"
    assert (await door.post(batch(message(1)))).status == 202
    assert (await door.post(batch(message(2, said="x" * 400_000)))).status == 202
    assert door.blobs.held == {}
    door.bus.mode = "up"
    await drain(door)
    record = door.bus.records(INBOUND)[1]
    assert blob_key(record.headers) in door.blobs.held


async def test_a_large_record_that_the_bus_refused_is_stored_once(door: Door) -> None:
    door.bus.mode = "away"
    assert (await door.post(batch(message(1, said="x" * 400_000)))).status == 202
    door.bus.mode = "up"
    await drain(door)
    assert len(door.blobs.held) == 1


async def test_a_dialogue_is_answered_within_its_budget_while_the_bus_hangs(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake_module, "DIALOGUE_WITHIN", timedelta(milliseconds=100))
    door.bus.mode = "hanging"
    async with asyncio.timeout(2):
        with door.keeping_time():
            answer = await door.post(batch(message()), account="acc_d")
    assert (answer.status, answer.body) == (202, b"taken")
    assert door.spool is not None
    assert door.spool.state().records == 1


async def test_a_full_spool_asks_the_provider_to_come_again(tmp_path: Path) -> None:
    spool = await opened(tmp_path, most_bytes=3000)
    door = open_door(spool=spool)
    door.bus.mode = "away"
    answers = [await door.post(batch(message(number))) for number in range(20)]
    statuses = [answer.status for answer in answers]
    assert 0 < statuses.count(202) < 20
    assert statuses == sorted(statuses)
    assert answers[-1].problem["code"] == "overloaded"
    door.bus.mode = "up"
    await drain(door)
    assert keys_of(door) == [f"m-{number}" for number in range(statuses.count(202))]
    await spool.close()


async def test_with_the_bus_coming_and_going_each_threads_messages_keep_their_order(tmp_path: Path) -> None:
    """Ten customers write one after another; the bus goes away and comes back all the while."""
    spool = await opened(tmp_path)
    door = open_door(spool=spool)
    draining = asyncio.create_task(spool.run(door.publisher.take_spooled))

    async def customer(name: int) -> None:
        for number in range(60):
            answer = await door.post(batch(message(f"{name}-{number}", sender=f"c{name}")))
            assert answer.status == 202
            await asyncio.sleep(0.001)

    async def weather() -> None:
        while True:
            door.bus.mode = "away"
            await asyncio.sleep(0.03)
            door.bus.mode = "up"
            await asyncio.sleep(0.06)

    storm = asyncio.create_task(weather())
    await asyncio.gather(*(customer(name) for name in range(10)))
    storm.cancel()
    await asyncio.gather(storm, return_exceptions=True)
    door.bus.mode = "up"
    await until(lambda: not spool.active)
    seen = list(dict.fromkeys(keys_of(door)))
    for name in range(10):
        assert [key for key in seen if key.startswith(f"m-{name}-")] == [f"m-{name}-{n}" for n in range(60)]
    draining.cancel()
    await spool.close()
