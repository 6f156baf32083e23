import math
from datetime import timedelta

from backbone.web.breaker import Breaker
from gateway.outbound.lanes import Lane
from tests.support.outbound import served


class Watch:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def _lane(watch: Watch, *, rate: float = 10.0, burst: int = 4, most: int = 8) -> Lane:
    manifest = served(rate=rate, burst=burst).channel.manifest
    return Lane("acc_1", "ten_1", manifest, watch, Breaker(watch), most_in_flight=most)


async def test_a_burst_may_go_at_once_and_then_the_rate_holds() -> None:
    lane = _lane(Watch())
    assert lane.room(100) == 4
    await lane.begin(4)
    assert lane.room(100) == 0
    assert 0 < lane.free_in() <= 0.1


async def test_an_account_has_so_many_in_flight_and_no_more() -> None:
    lane = _lane(Watch(), burst=100, most=3)
    await lane.begin(lane.room(100))
    assert (lane.in_flight, lane.room(100)) == (3, 0)
    assert lane.free_in() == math.inf
    lane.end()
    assert lane.room(100) == 1


async def test_a_pause_stops_everything_until_it_is_over_and_a_shorter_one_changes_nothing() -> None:
    watch = Watch()
    lane = _lane(watch)
    lane.pause(timedelta(seconds=5))
    lane.pause(timedelta(seconds=1))
    assert (lane.room(1), lane.free_in()) == (0, 5)
    watch.now = 5.0
    assert lane.room(1) == 1


async def test_an_open_circuit_leaves_no_room_and_then_room_for_one() -> None:
    watch = Watch()
    lane = _lane(watch)
    for _ in range(5):
        lane.breaker.fail()
    assert (lane.room(4), lane.free_in()) == (0, 30)
    watch.now = 30.0
    assert lane.room(4) == 1
    await lane.begin(1)
    assert (lane.room(4), lane.free_in()) == (0, math.inf)
