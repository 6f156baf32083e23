"""A batch whose answer never comes is given up; who waits for one is told what happened to them, not to it."""

import asyncio
from datetime import timedelta

import pytest

from backbone.bus.kafka import producer as module
from backbone.bus.kafka.connection import KafkaConnection
from backbone.bus.kafka.producer import ProducerSource


@pytest.fixture
def source(monkeypatch: pytest.MonkeyPatch) -> ProducerSource:
    monkeypatch.setattr(module, "STUCK_AFTER", timedelta(milliseconds=50))
    return ProducerSource(KafkaConnection("127.0.0.1:1"), "test")


async def test_an_answer_that_never_comes_ends_the_wait_for_it_and_for_no_other(source: ProducerSource) -> None:
    loop = asyncio.get_running_loop()
    lost: asyncio.Future[object] = loop.create_future()
    younger: asyncio.Future[object] = loop.create_future()
    waiting = asyncio.create_task(source._answered(younger))
    await asyncio.sleep(0)
    source._under_way[younger] += 60
    with pytest.raises(TimeoutError):
        await source._answered(lost)
    assert not waiting.done()
    younger.set_result(None)
    await waiting
    await source.close()


async def test_who_is_cancelled_while_waiting_is_cancelled(source: ProducerSource) -> None:
    answer: asyncio.Future[object] = asyncio.get_running_loop().create_future()
    waiting = asyncio.create_task(source._answered(answer))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    await source.close()


async def test_after_a_calm_time_the_next_lost_answer_is_found_too(source: ProducerSource) -> None:
    loop = asyncio.get_running_loop()
    for _ in range(2):
        with pytest.raises(TimeoutError):
            await source._answered(loop.create_future())
    await source.close()
