import asyncio
from datetime import timedelta

import pytest

from gateway.inbound.lag import EVERY, LoopLag
from tests.support.time import advance, manual_clock


def test_a_late_look_counts_at_once_and_calm_ones_let_it_fade() -> None:
    lag = LoopLag(manual_clock())
    assert lag() == 0.0
    lag.note(0.4)
    assert lag() == 0.4
    lag.note(0)
    lag.note(0)
    assert lag() == pytest.approx(0.1)


async def test_a_loop_in_time_has_no_lag_and_a_late_one_what_it_is_late_by() -> None:
    clock = manual_clock()
    lag = LoopLag(clock)
    running = asyncio.create_task(lag.run())
    await advance(clock, EVERY)
    assert lag() == 0.0
    await advance(clock, EVERY + timedelta(seconds=1))
    assert lag() == pytest.approx(1.0)
    running.cancel()
