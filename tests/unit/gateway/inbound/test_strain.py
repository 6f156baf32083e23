import asyncio

from gateway.inbound.strain import LATE, LoopStrain
from tests.support.time import advance, manual_clock

LAG = LATE.total_seconds()


def test_a_late_look_counts_at_once_and_calm_ones_let_it_fade() -> None:
    strain = LoopStrain(manual_clock())
    assert not strain()
    strain.note(4 * LAG)
    assert strain()
    strain.note(0)
    assert strain()
    strain.note(0)
    strain.note(0)
    assert not strain()


async def test_a_loop_in_time_is_not_strained_and_a_late_one_is() -> None:
    clock = manual_clock()
    strain = LoopStrain(clock)
    running = asyncio.create_task(strain.run())
    await advance(clock, LATE, steps=1)
    assert not strain()
    await advance(clock, 10 * LATE, steps=1)
    assert strain()
    running.cancel()
