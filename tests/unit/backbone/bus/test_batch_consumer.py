"""The batch loop: poison is found by halving, the world's faults are waited out, too much poison stops everything."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import cast

import pytest

from backbone.bus import consumer as consumer_module
from backbone.bus.consumer import BatchConsumer, TooMuchPoison
from backbone.bus.poison import PoisonLimits
from backbone.bus.port import AssignmentListener, Bus, BusRecord, TopicPartition
from backbone.clock import ManualClock
from backbone.errors import Fenced, Overloaded, Rewound, Unavailable

NOW = datetime(2026, 11, 20, tzinfo=UTC)
HERE = TopicPartition("t", 0)


def record(offset: int, value: bytes = b"good", account: str = "a") -> BusRecord:
    return BusRecord("t", 0, offset, f"{account}/k".encode(), value, (), NOW)


class OneShotBus:
    """A bus whose consumer gives the listed batches, then nothing until the test ends it."""

    def __init__(self, *batches: Sequence[BusRecord]) -> None:
        self.batches = list(batches)
        self.listener: AssignmentListener | None = None
        self.finished = asyncio.Event()
        self.sought: list[tuple[TopicPartition, int]] = []
        self.polls = 0

    def consumer(
        self, _topics: Sequence[str], *, group: str, member: str, listener: AssignmentListener
    ) -> "OneShotBus":
        self.listener = listener
        return self

    async def start(self) -> None:
        assert self.listener is not None
        await self.listener.assigned([TopicPartition("t", number) for number in range(4)])

    async def poll(self, *, max_records: int, timeout: timedelta) -> Sequence[BusRecord]:
        if not self.batches:
            self.finished.set()
            await asyncio.Event().wait()
        self.polls += 1
        return self.batches.pop(0)

    async def seek(self, partition: TopicPartition, offset: int) -> None:
        self.sought.append((partition, offset))

    async def note_positions(self, positions: Mapping[TopicPartition, int]) -> None:
        return

    def progress(self) -> int:
        return self.polls

    async def stop(self) -> None:
        return


class Handler:
    """Takes what is good, in order; `bad` values raise, `away` raises Unavailable a number of times first, and more than
    `most` records at once take too long.
    """

    def __init__(self, *, away: int = 0, most: int = 1000) -> None:
        self.most = most
        self.taken: list[int] = []
        self.buried: list[int] = []
        self.calls: list[int] = []
        self.away = away
        self.claims = 0
        self.losses: list[Sequence[TopicPartition]] = []
        self.position: int | None = None

    async def claim(self, partitions: Sequence[TopicPartition]) -> Mapping[TopicPartition, int | None]:
        self.claims += 1
        return dict.fromkeys(partitions, self.position)

    def forget(self, partitions: Sequence[TopicPartition]) -> None:
        return

    async def lost(self) -> Sequence[TopicPartition]:
        return self.losses.pop(0) if self.losses else ()

    async def process(self, records: Sequence[BusRecord]) -> None:
        self.calls.append(len(records))
        if self.away:
            self.away -= 1
            raise Unavailable
        if len(records) > self.most:
            raise Overloaded
        if any(r.value == b"fenced" for r in records):
            raise Fenced
        if any(r.value == b"rewound" for r in records):
            raise Rewound
        if any(r.value == b"bad" for r in records):
            raise ValueError("poison")
        self.taken.extend(r.offset for r in records)

    async def bury(self, record: BusRecord, error: BaseException) -> None:
        self.buried.append(record.offset)


async def drive(
    bus: OneShotBus, handler: Handler, limits: PoisonLimits | None = None, *, lanes: int = 1
) -> BatchConsumer:
    consumer = BatchConsumer(
        cast("Bus", bus), ["t"], group="g", member="m", handler=handler, clock=ManualClock(NOW), limits=limits, lanes=lanes
    )  # fmt: skip
    running = asyncio.create_task(consumer.run())
    finished = asyncio.create_task(bus.finished.wait())
    done, _ = await asyncio.wait({running, finished}, return_when=asyncio.FIRST_COMPLETED)
    finished.cancel()
    if running in done:
        await running
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    return consumer


async def test_poison_stands_alone_and_its_neighbours_are_taken_in_order() -> None:
    handler = Handler()
    await drive(OneShotBus([record(n, b"bad" if n in {3, 40} else b"good") for n in range(64)]), handler)
    assert handler.buried == [3, 40]
    assert handler.taken == [n for n in range(64) if n not in {3, 40}]


async def test_halving_costs_a_logarithm_not_a_try_for_each_record() -> None:
    handler = Handler()
    await drive(OneShotBus([record(n, b"bad" if n == 100 else b"good") for n in range(256)]), handler)
    assert len(handler.calls) <= 2 * 8 + 3


async def test_a_database_that_is_away_is_never_the_records_fault() -> None:
    handler = Handler(away=3)
    await drive(OneShotBus([record(0), record(1)]), handler)
    assert (handler.buried, handler.taken) == ([], [0, 1])


async def test_a_batch_that_takes_too_long_is_cut_until_its_parts_pass() -> None:
    handler = Handler(most=100)
    await drive(OneShotBus([record(n) for n in range(400)]), handler)
    assert (handler.calls[:3], handler.taken) == ([400, 200, 100], list(range(400)))


async def test_a_record_that_takes_too_long_alone_is_tried_for_long_and_then_makes_room(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(consumer_module, "_PAUSES", (0.0,))
    handler = Handler(most=0)
    await drive(OneShotBus([record(0)]), handler)
    assert (handler.taken, handler.buried) == ([], [0])
    assert len(handler.calls) == 2 * (consumer_module._SLOW_TRIES + 1)


async def test_a_fenced_batch_is_dropped_and_the_loop_goes_on() -> None:
    handler = Handler()
    await drive(OneShotBus([record(0, b"fenced")], [record(1)]), handler)
    assert (handler.buried, handler.taken) == ([], [1])


async def test_where_the_database_lost_a_position_the_partition_is_claimed_anew_and_read_from_there() -> None:
    handler, bus = Handler(), OneShotBus([record(7, b"rewound")], [record(4), record(7)])
    handler.position = 4
    await drive(bus, handler)
    assert (handler.claims, bus.sought) == (2, [(HERE, 4)])
    assert (handler.buried, handler.taken) == ([], [4, 7])


async def test_a_partition_without_new_records_is_looked_after_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consumer_module, "_LOOK_BACK", timedelta(0))
    handler, bus = Handler(), OneShotBus([record(7)], [], [], [record(4)])
    handler.position, handler.losses = 4, [(), [HERE]]
    await drive(bus, handler)
    assert (handler.claims, bus.sought, handler.taken) == (2, [(HERE, 4)], [7, 4])


async def test_a_consumer_whose_every_batch_is_refused_makes_no_progress_until_one_is_taken() -> None:
    bus, handler = OneShotBus([record(0)], *([record(n, b"fenced")] for n in range(1, 6))), Handler()
    consumer = await drive(bus, handler)
    # One record taken, and the polls up to the first refusal: the four later ones count for nothing.
    assert (bus.polls, consumer.progress()) == (6, 3)
    later = OneShotBus([record(0, b"fenced")], [record(1, b"fenced")], [record(2)])
    assert (await drive(later, Handler())).progress() == 4


async def test_an_account_full_of_poison_is_quarantined_and_others_flow() -> None:
    handler = Handler()
    bad = [record(n, b"bad", "sick") for n in range(3)]
    later = [record(3, b"good", "sick"), record(4, b"good", "well"), record(5, b"good", "sick")]
    await drive(OneShotBus(bad, later), handler, PoisonLimits(for_account=3, accounts=2))
    assert handler.buried == [0, 1, 2, 3, 5]
    assert handler.taken == [4]


async def test_poison_of_several_accounts_stops_the_consumer() -> None:
    handler = Handler()
    bad = [record(n, b"bad", f"sick{n % 2}") for n in range(8)]
    with pytest.raises(TooMuchPoison):
        await drive(OneShotBus(bad), handler, PoisonLimits(for_account=3, accounts=2))
    assert len(handler.buried) < 8


class Together(Handler):
    """Takes a part of a batch only when all its parts are there."""

    def __init__(self, parts: int) -> None:
        super().__init__()
        self.barrier = asyncio.Barrier(parts)

    async def process(self, records: Sequence[BusRecord]) -> None:
        async with asyncio.timeout(5):
            await self.barrier.wait()
        await super().process(records)


def spread(values: Mapping[int, bytes] | None = None) -> list[BusRecord]:
    """200 records on four partitions, those of the given offsets with a value of their own."""
    return [
        BusRecord("t", offset % 4, offset, b"a/k", (values or {}).get(offset, b"good"), (), NOW)
        for offset in range(200)
    ]


async def test_partitions_of_a_large_batch_are_taken_side_by_side_each_in_order() -> None:
    handler = Together(4)
    await drive(OneShotBus(spread()), handler, lanes=4)
    assert sorted(handler.taken) == list(range(200))
    for partition in range(4):
        mine = [offset for offset in handler.taken if offset % 4 == partition]
        assert mine == sorted(mine)


async def test_poison_in_one_lane_holds_up_no_other() -> None:
    handler = Handler()
    await drive(OneShotBus(spread({7: b"bad"})), handler, lanes=4)
    assert handler.buried == [7]
    assert sorted(handler.taken) == [offset for offset in range(200) if offset != 7]


async def test_a_lost_position_in_one_lane_is_claimed_anew_though_another_was_fenced() -> None:
    handler, bus = Handler(), OneShotBus(spread({3: b"fenced", 6: b"rewound"}), [record(200)])
    handler.position = 50
    await drive(bus, handler, lanes=4)
    assert sorted(bus.sought) == [(TopicPartition("t", number), 50) for number in range(4)]
    assert max(handler.taken) == 200
    assert {offset % 4 for offset in handler.taken[:-1]} == {0, 1}
