"""Workers of limited time and memory: a bomb kills its worker and nothing else, and the next body gets a new one."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

import pytest

from backbone.channel.port import Context, Parsed, Request
from backbone.errors import Overloaded, PayloadInvalid, Unavailable
from gateway.inbound.intake import IN_LOOP_BYTES
from gateway.inbound.isolated import Limits
from gateway.inbound.isolation import WORKER, BeyondLimits, CodecFailed, Isolation, Pace
from schemas.inbound import MessageReceived
from tests.support import channels
from tests.support.gateway import batch, message, open_door, plain_channel, served

CONTEXT = Context(served().account, channels.NOW)
LIMITS = Limits(cpu_seconds=1, memory_bytes=1024 * 1024 * 1024)


@asynccontextmanager
async def pool(
    limits: Limits = LIMITS, program: str = "tests.support.bomb_worker", **pace: object
) -> AsyncIterator[Isolation]:
    isolation = Isolation(pace=Pace(**pace), limits=limits, program=program)  # type: ignore[arg-type]
    running = asyncio.create_task(isolation.run())
    try:
        yield isolation
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


async def parse(isolation: Isolation, body: bytes) -> Parsed:
    return await isolation.parse("bomb", Request("POST", "", "", (), body), CONTEXT)


def says(parsed: Parsed) -> str:
    [event] = parsed.events
    assert isinstance(event, MessageReceived)
    return event.content.text or ""


async def test_a_worker_gives_what_the_codec_gives_and_is_used_again() -> None:
    async with pool() as isolation:
        first, second = await parse(isolation, b"who"), await parse(isolation, b"who")
        assert says(first) == says(second)
        assert int(says(first).split()[0]) in isolation.resting
        assert first.poll_now
        assert await isolation.extract("bomb", b"data", ("part:1",)) == {"part:1": ("text/plain", None, b"dat")}


async def test_a_worker_gets_nothing_of_our_environment_that_could_be_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FRONTDESK_MASTER_KEY", "secret")
    async with pool() as isolation:
        told = says(await parse(isolation, b"who"))
    assert "PYTHONPATH" in told
    assert "FRONTDESK" not in told


@pytest.mark.parametrize(
    ("bomb", "reason"), [(b"memory", "memory"), (b"cpu", "processor time"), (b"die", "memory")], ids=str
)
async def test_a_bomb_is_beyond_the_limits_and_the_next_body_is_read(bomb: bytes, reason: str) -> None:
    async with pool(workers=1) as isolation:
        await parse(isolation, b"before")
        with pytest.raises(BeyondLimits, match=reason):
            await parse(isolation, bomb)
        assert says(await parse(isolation, b"after")) == "after"


async def test_a_body_that_takes_too_long_by_the_clock_loses_its_worker() -> None:
    async with pool(within=timedelta(seconds=2)) as isolation:
        before = says(await parse(isolation, b"who")).split()[0]
        with pytest.raises(BeyondLimits, match="longer"):
            await parse(isolation, b"sleep")
        assert int(before) not in isolation.resting
        await gone(int(before))


async def gone(pid: int) -> None:
    """Waits until a process is no more."""
    async with asyncio.timeout(10):
        while True:
            try:
                os.kill(pid, 0)
            except ProcessLookupError:
                return
            await asyncio.sleep(0.02)


async def test_a_worker_that_died_at_rest_costs_no_mail() -> None:
    async with pool() as isolation:
        pid = int(says(await parse(isolation, b"who")).split()[0])
        os.kill(pid, 9)
        assert says(await parse(isolation, b"hello")) == "hello"


async def test_a_refusal_and_a_bug_are_told_apart_and_say_nothing_of_the_mail() -> None:
    async with pool() as isolation:
        with pytest.raises(PayloadInvalid, match="no mail"):
            await parse(isolation, b"refuse")
        with pytest.raises(CodecFailed) as caught:
            await parse(isolation, b"fail")
        assert str(caught.value) == "ZeroDivisionError"


async def test_more_bodies_than_may_wait_are_refused_for_now() -> None:
    async with pool(workers=1, waiting=1, within=timedelta(seconds=3)) as isolation:
        await parse(isolation, b"warm")
        busy = asyncio.create_task(parse(isolation, b"sleep"))
        await asyncio.sleep(0.2)
        waiting = asyncio.create_task(parse(isolation, b"hello"))
        await asyncio.sleep(0)
        with pytest.raises(Overloaded):
            await parse(isolation, b"too many")
        with pytest.raises(BeyondLimits):
            await busy
        with suppress(Unavailable):
            assert says(await waiting) == "hello"


async def test_a_worker_that_can_not_start_refuses_nobody_for_good() -> None:
    isolation = Isolation(program="tests.support.there_is_no_such_module")
    with pytest.raises(Unavailable):
        await parse(isolation, b"hello")


async def test_workers_without_work_end_and_all_end_with_the_pool() -> None:
    async with pool(idle=timedelta(seconds=0.2)) as isolation:
        pid = int(says(await parse(isolation, b"who")).split()[0])
        await gone(pid)
        assert not isolation.resting
        other = int(says(await parse(isolation, b"who")).split()[0])
    await gone(other)


async def test_a_worker_that_has_done_enough_is_replaced() -> None:
    async with pool(most=1) as isolation:
        first, second = says(await parse(isolation, b"who")), says(await parse(isolation, b"who"))
        assert first != second


async def test_a_large_mail_is_read_within_the_limits_by_the_real_channel() -> None:
    account = channels.account("email")
    head = b"From: ana@customer.example.test\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=x\n\n"
    attached = b"--x\nContent-Type: application/pdf\nContent-Transfer-Encoding: base64\n\n" + b"QUJD" * 19 + b"\n"
    body = head + b"--x\n\nsee\n" + attached + (b"QUJD" * 19 + b"\n") * 100_000 + b"--x--\n"
    async with pool(Limits(), WORKER, within=timedelta(minutes=2)) as isolation:
        parsed = await isolation.parse("email", Request("POST", "", "", (), body), Context(account, channels.NOW))
        [event] = parsed.events
        assert isinstance(event, MessageReceived)
        assert event.content.text == "see"
        assert len(event.content.media) == 1
        found = await isolation.extract("email", body, (event.content.media[0].provider_ref or "",))
    assert [len(data) for _, _, data in found.values()] == [event.content.media[0].size]


async def test_a_mail_that_kills_its_worker_goes_to_the_dead_letters_and_is_answered() -> None:
    async with pool(workers=1) as isolation:
        door = open_door(served(channel=plain_channel(isolate=True)), isolation=isolation)
        padding = b" " * IN_LOOP_BYTES
        assert (await door.post(b"cpu" + padding)).status == 200
        assert (await door.post(b"hello" + padding)).status == 200
    [letter] = door.box.letters
    assert letter.reason == "beyond_limits: it takes more processor time than a mail may take"
    assert [record.event.kind for record in door.records()] == ["message"]


async def test_with_no_worker_to_be_had_the_mail_is_asked_for_again() -> None:
    isolation = Isolation(program="tests.support.there_is_no_such_module")
    door = open_door(served(channel=plain_channel(isolate=True)), isolation=isolation)
    assert (await door.post(b"hello" + b" " * IN_LOOP_BYTES)).status == 503
    assert door.box.letters == []


async def test_small_bodies_need_no_worker() -> None:
    isolation = Isolation(program="tests.support.there_is_no_such_module")
    door = open_door(served(channel=plain_channel(isolate=True)), isolation=isolation)
    assert (await door.post(batch(message(1)))).status == 202
