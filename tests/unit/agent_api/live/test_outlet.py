"""The way out to one socket: straight through, held for a while, then cut."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from agent_api.live.items import Frame
from agent_api.live.outlet import HELD_BYTES, HELD_FRAMES, STALL, Outlet
from backbone.clock import ManualClock


class FakeTransport:
    """A peer that can stop reading."""

    def __init__(self) -> None:
        self.on_resume: Callable[[], None] = lambda: None
        self.paused = False
        self.written: list[bytes] = []
        self.aborted = False

    def write(self, frame: bytes) -> None:
        self.written.append(frame)

    def abort(self) -> None:
        self.aborted = True


def made() -> tuple[Outlet, FakeTransport, ManualClock, list[str]]:
    transport, clock, told = FakeTransport(), ManualClock(datetime(2026, 1, 1, tzinfo=UTC)), list[str]()
    return Outlet(transport, clock, lambda: told.append("slow")), transport, clock, told


def frame(text: str = "x") -> Frame:
    return Frame(1, "test", text)


def test_frames_go_straight_out_while_the_peer_reads() -> None:
    outlet, transport, _, _ = made()
    outlet.send(frame("hi"))
    assert transport.written == [b"\x81\x02hi"]


def test_held_frames_go_out_in_order_when_the_peer_reads_again() -> None:
    outlet, transport, _, _ = made()
    transport.paused = True
    for text in "ab":
        outlet.send(frame(text))
    assert transport.written == []
    transport.paused = False
    outlet.send(frame("c"))
    transport.on_resume()
    assert [raw[-1:] for raw in transport.written] == [b"a", b"b", b"c"]


@pytest.mark.parametrize(("count", "size"), [(HELD_FRAMES + 1, 1), (2, HELD_BYTES // 2 + 1)])
def test_a_peer_is_cut_when_too_much_waits_for_it(count: int, size: int) -> None:
    outlet, transport, _, told = made()
    transport.paused = True
    for _ in range(count):
        outlet.send(frame("x" * size))
    assert (transport.aborted, outlet.cut, told) == (True, True, ["slow"])
    outlet.send(frame())
    assert transport.written == []


def test_a_peer_is_cut_when_it_takes_nothing_for_too_long() -> None:
    outlet, transport, clock, told = made()
    transport.paused = True
    outlet.look()
    clock.advance(STALL - timedelta(seconds=1))
    outlet.look()
    assert not transport.aborted
    clock.advance(timedelta(seconds=1))
    outlet.look()
    assert (transport.aborted, told) == (True, ["slow"])


def test_a_peer_that_reads_in_between_is_not_cut() -> None:
    outlet, transport, clock, _ = made()
    for _ in range(5):
        transport.paused = True
        outlet.look()
        clock.advance(STALL / 2)
        transport.paused = False
        transport.on_resume()
        outlet.look()
    assert not transport.aborted


async def test_a_replay_waits_until_the_peer_has_room() -> None:
    outlet, transport, _, _ = made()
    transport.paused = True
    outlet.send(frame())
    waiting = asyncio.create_task(outlet.room())
    await asyncio.sleep(0)
    assert not waiting.done()
    transport.paused = False
    transport.on_resume()
    await asyncio.wait_for(waiting, 1)
    assert len(transport.written) == 1
