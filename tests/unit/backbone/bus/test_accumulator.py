"""One batch in flight; bounds, deadlines and failures reach exactly those whom they concern."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import pytest

from backbone.bus.accumulator import OVERHEAD, Accumulator, Limits, size_of
from backbone.bus.port import Message
from backbone.errors import FrontdeskError, Overloaded, PayloadTooLarge, Unavailable


class Bus:
    """Flushes that end when the test says so."""

    def __init__(self) -> None:
        self.batches: list[list[bytes]] = []
        self.gates: list[asyncio.Future[None]] = []
        self.started = asyncio.Event()

    async def flush(self, messages: Sequence[Message]) -> None:
        self.batches.append([message.value for message in messages])
        gate: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.gates.append(gate)
        self.started.set()
        await gate

    async def flushing(self, count: int) -> None:
        while len(self.batches) < count:
            self.started.clear()
            await self.started.wait()

    def end(self, error: Exception | None = None) -> None:
        gate = next(gate for gate in self.gates if not gate.done())
        if error is None:
            gate.set_result(None)
        else:
            gate.set_exception(error)


def message(value: bytes, key: bytes = b"k") -> Message:
    return Message("topic", key, value)


async def test_callers_of_the_same_turn_share_a_flush() -> None:
    bus = Bus()
    line = Accumulator(bus.flush, Limits())
    futures = [line.put(message(b"%d" % n)) for n in range(5)]
    await bus.flushing(1)
    bus.end()
    await asyncio.gather(*futures)
    assert bus.batches == [[b"0", b"1", b"2", b"3", b"4"]]


async def test_what_comes_during_a_flush_goes_with_the_next_one() -> None:
    bus = Bus()
    line = Accumulator(bus.flush, Limits())
    first = line.put(message(b"1"))
    await bus.flushing(1)
    second, third = line.put(message(b"2")), line.put_many([message(b"3"), message(b"4")])
    bus.end()
    await first
    await bus.flushing(2)
    assert not second.done()
    bus.end()
    await asyncio.gather(second, third)
    assert bus.batches == [[b"1"], [b"2", b"3", b"4"]]


async def test_a_batch_holds_so_many_records_and_bytes_at_most() -> None:
    bus = Bus()
    line = Accumulator(bus.flush, Limits(batch_records=3, batch_bytes=10 * OVERHEAD))
    futures = [line.put(message(b"%d" % n)) for n in range(4)]
    futures.append(line.put(message(b"x" * 9 * OVERHEAD)))
    futures.append(line.put(message(b"y" * 20 * OVERHEAD)))
    for n in range(4):
        await bus.flushing(n + 1)
        bus.end()
    await asyncio.gather(*futures)
    assert [len(batch) for batch in bus.batches] == [3, 1, 1, 1]


async def test_the_future_of_many_waits_for_the_last_of_them() -> None:
    bus = Bus()
    line = Accumulator(bus.flush, Limits(batch_records=2))
    future = line.put_many([message(b"1"), message(b"2"), message(b"3")])
    await bus.flushing(1)
    bus.end()
    await bus.flushing(2)
    assert not future.done()
    bus.end()
    await future
    assert bus.batches == [[b"1", b"2"], [b"3"]]


async def test_a_failed_flush_fails_its_callers_and_no_others() -> None:
    bus = Bus()
    line = Accumulator(bus.flush, Limits())
    first = line.put(message(b"1"))
    await bus.flushing(1)
    second = line.put(message(b"2"))
    bus.end(Unavailable("away"))
    with pytest.raises(Unavailable, match="away"):
        await first
    await bus.flushing(2)
    bus.end()
    await second
    assert bus.batches == [[b"1"], [b"2"]]


async def test_after_a_failure_the_rest_of_the_same_call_is_not_sent() -> None:
    bus = Bus()
    line = Accumulator(bus.flush, Limits(batch_records=1))
    many = line.put_many([message(b"1"), message(b"2"), message(b"3")])
    await bus.flushing(1)
    other = line.put(message(b"4"))
    bus.end(Unavailable("away"))
    with pytest.raises(Unavailable):
        await many
    await bus.flushing(2)
    bus.end()
    await other
    assert bus.batches == [[b"1"], [b"4"]]


async def test_a_defect_in_the_flush_is_unavailable_and_the_line_goes_on() -> None:
    bus = Bus()
    line = Accumulator(bus.flush, Limits())
    first = line.put(message(b"1"))
    await bus.flushing(1)
    bus.end(KeyError("what"))
    with pytest.raises(Unavailable) as caught:
        await first
    assert isinstance(caught.value.__cause__, KeyError)
    second = line.put(message(b"2"))
    await bus.flushing(2)
    bus.end()
    await second
    assert second.done()


async def test_each_caller_gets_an_error_of_its_own() -> None:
    bus = Bus()
    line = Accumulator(bus.flush, Limits())
    futures = [line.put(message(b"1")), line.put(message(b"2"))]
    await bus.flushing(1)
    bus.end(Unavailable("away", retry_after=timedelta(seconds=2)))
    errors = await asyncio.gather(*futures, return_exceptions=True)
    assert errors[0] is not errors[1]
    assert all(isinstance(error, FrontdeskError) and error.retry_after == timedelta(seconds=2) for error in errors)


async def test_a_deadline_passes_for_those_in_flight_and_those_in_line_while_a_flush_hangs() -> None:
    bus = Bus()
    line = Accumulator(bus.flush, Limits(deadline=timedelta(seconds=0.05)))
    first = line.put(message(b"1"))
    await bus.flushing(1)
    second = line.put(message(b"2"))
    for future in (first, second):
        with pytest.raises(Unavailable):
            await future
    third = line.put(message(b"3"))
    with pytest.raises(Unavailable):
        await third
    fourth = line.put(message(b"4"))
    bus.end()
    await bus.flushing(2)
    bus.end()
    await fourth
    assert bus.batches == [[b"1"], [b"4"]]


async def test_a_caller_who_left_is_not_sent() -> None:
    bus = Bus()
    line = Accumulator(bus.flush, Limits())
    first = line.put(message(b"1"))
    await bus.flushing(1)
    line.put(message(b"2")).cancel()
    third = line.put(message(b"3"))
    bus.end()
    await first
    await bus.flushing(2)
    bus.end()
    await third
    assert bus.batches == [[b"1"], [b"3"]]


async def test_more_than_may_wait_is_overloaded_and_there_is_room_again_after_a_flush() -> None:
    bus, limits = Bus(), Limits(waiting_records=2)
    line, other = Accumulator(bus.flush, limits), Accumulator(bus.flush, limits)
    futures = [line.put(message(b"1")), other.put(message(b"2"))]
    with pytest.raises(Overloaded) as caught:
        line.put(message(b"3"))
    assert caught.value.retry_after is not None
    await bus.flushing(2)
    bus.end()
    bus.end()
    await asyncio.gather(*futures)
    again = line.put(message(b"4"))
    await bus.flushing(3)
    bus.end()
    await again
    assert (limits.records, limits.bytes) == (0, 0)


async def test_bytes_are_bounded_too() -> None:
    bus = Bus()
    line = Accumulator(bus.flush, Limits(waiting_bytes=2000))
    first = line.put(message(b"x" * 1000))
    with pytest.raises(Overloaded):
        line.put(message(b"x" * 1000))
    await bus.flushing(1)
    bus.end()
    await first
    assert bus.batches == [[b"x" * 1000]]


async def test_one_call_that_is_larger_than_all_that_may_wait_passes_when_nothing_waits() -> None:
    bus = Bus()
    line = Accumulator(bus.flush, Limits(waiting_records=2, batch_records=10))
    future = line.put_many([message(b"%d" % n) for n in range(5)])
    await bus.flushing(1)
    bus.end()
    await future
    assert len(bus.batches[0]) == 5


async def test_a_record_larger_than_the_bus_takes_is_refused_and_not_counted() -> None:
    limits = Limits(message_bytes=1000)
    line = Accumulator(Bus().flush, limits)
    with pytest.raises(PayloadTooLarge):
        line.put(message(b"x" * 1000))
    with pytest.raises(PayloadTooLarge):
        line.put_many([message(b"x"), message(b"x" * 1000)])
    assert limits.records == 0


async def test_closing_waits_for_what_is_under_way() -> None:
    bus = Bus()
    line = Accumulator(bus.flush, Limits())
    future = line.put(message(b"1"))
    await bus.flushing(1)
    closing = asyncio.create_task(line.close(timedelta(seconds=5)))
    await asyncio.sleep(0)
    bus.end()
    await closing
    assert future.done()
    assert future.exception() is None


async def test_closing_fails_those_who_still_wait_when_its_patience_ends() -> None:
    bus = Bus()
    line = Accumulator(bus.flush, Limits())
    first = line.put(message(b"1"))
    await bus.flushing(1)
    second = line.put(message(b"2"))
    await line.close(timedelta(seconds=0.01))
    for future in (first, second):
        with pytest.raises(Unavailable):
            await future


async def test_every_batch_is_reported_by_topic() -> None:
    reports: list[tuple[str, int, bool, str | None]] = []

    def report(topic: str, records: int, seconds: float, failed: str | None) -> None:
        reports.append((topic, records, seconds >= 0, failed))

    bus = Bus()
    line = Accumulator(bus.flush, Limits(), report=report)
    both = line.put_many([Message("a", b"", b"1"), Message("b", b"", b"2"), Message("a", b"", b"3")])
    await bus.flushing(1)
    bus.end()
    await both
    failing = line.put(Message("a", b"", b"4"))
    await bus.flushing(2)
    bus.end(Unavailable("away"))
    with pytest.raises(Unavailable):
        await failing
    assert reports == [("a", 2, True, None), ("b", 1, True, None), ("a", 1, True, "unavailable")]


def test_a_size_counts_key_value_and_headers() -> None:
    assert size_of(Message("t", b"123", b"4567", (("ab", b"c"),))) == OVERHEAD + 10
