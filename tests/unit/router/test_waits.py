"""Expected waits against queues that are played: place, forecast, range, and what is learnt from being wrong."""

import heapq
import random
from datetime import timedelta
from statistics import mean

import pytest

from router.domain.waits import Measured, Place, Service, accuracy, ahead, behind, corrections, expect, handling, ranks
from tests.support.desk import NOW


def place(name: str, due: float, waited: float = 0, priority: int = 0) -> Place:
    return Place(name, NOW + timedelta(seconds=due), NOW - timedelta(seconds=waited), priority)


def test_who_can_still_be_in_time_goes_before_who_missed_and_after_who_waited_longest() -> None:
    missed, soon, later = place("a", -10, 100), place("b", 30), place("c", 600)
    ancient = place("d", -4000, 7700)
    queue = [later, missed, ancient, soon]
    assert [q.id for q in sorted(queue, key=lambda q: ahead(queue, q, NOW))] == ["d", "b", "c", "a"]


def test_priority_counts_as_ten_minutes_sooner() -> None:
    queue = [place("a", 60), place("b", 500, priority=1)]
    assert ahead(queue, queue[0], NOW) == 1


def test_the_quick_look_up_says_the_same_as_counting() -> None:
    rng = random.Random(3)
    queue = [place(str(n), rng.uniform(-4000, 4000), rng.uniform(0, 8000), rng.randint(0, 2)) for n in range(60)]
    ordered = ranks(queue, NOW)
    assert all(behind(ordered, one, NOW) == ahead(queue, one, NOW) for one in queue)


def test_with_a_slot_free_nobody_waits_and_with_nobody_there_nothing_is_promised() -> None:
    free = expect(Service(slots=6, free=2, handling=300.0, pickup=20.0), 1)
    assert free is not None
    assert (free.position, free.seconds, free.answer_seconds) == (2, 0.0, 20.0)
    assert expect(Service(slots=0, free=0, handling=300.0), 0) is None


def test_the_wait_grows_with_the_place_and_shrinks_with_the_slots() -> None:
    waits = [expect(Service(slots=6, free=0, handling=300.0), n) for n in range(20)]
    seconds = [wait.seconds for wait in waits if wait is not None]
    assert seconds == sorted(seconds)
    assert seconds[0] == pytest.approx(50.0)
    more = expect(Service(slots=12, free=0, handling=300.0), 19)
    assert more is not None
    assert more.seconds == pytest.approx(seconds[19] / 2)


def played(seed: int, *, slots: int, mean_seconds: float, arrivals: int, load: float) -> list[tuple[int, float]]:
    """A queue first in, first out, with exponential times; answers how many were in front of each, and how long it took."""
    rng = random.Random(seed)
    ends: list[float] = []
    begun: list[float] = []
    found = []
    at = 0.0
    for _ in range(arrivals):
        at += rng.expovariate(load * slots / mean_seconds)
        in_front = sum(start > at for start in begun)
        while len(ends) >= slots and ends[0] <= at:
            heapq.heappop(ends)
        start = at if len(ends) < slots else max(at, heapq.heappop(ends))
        heapq.heappush(ends, start + rng.expovariate(1 / mean_seconds))
        begun = [*(b for b in begun if b > at), start]
        if start > at:
            found.append((in_front, start - at))
    return found


def test_in_a_played_queue_the_mean_is_right_and_eight_of_ten_fall_into_the_range() -> None:
    service = Service(slots=6, free=0, handling=300.0)
    measured = []
    for in_front, took in played(7, slots=6, mean_seconds=300.0, arrivals=6000, load=0.97):
        wait = expect(service, in_front)
        assert wait is not None
        measured.append(Measured(wait.model, wait.seconds, wait.low, wait.high, took))
    assert len(measured) > 2000
    assert mean(m.took for m in measured) == pytest.approx(mean(m.said for m in measured), rel=0.1)
    found = accuracy(measured)
    assert found is not None
    assert 0.75 < found.in_range < 0.87


def test_what_was_wrong_corrects_the_next_forecasts_and_their_range() -> None:
    """Handling really takes half again as long as was known: corrected forecasts are better, and their range holds."""
    truth = played(11, slots=6, mean_seconds=450.0, arrivals=4000, load=0.97)
    known = Service(slots=6, free=0, handling=300.0)
    measured: list[Measured] = []
    for in_front, took in truth:
        middle, ends = corrections(measured[-200:])
        wait = expect(Service(6, 0, known.handling, 0.0, middle, ends), in_front)
        assert wait is not None
        measured.append(Measured(wait.model, wait.seconds, wait.low, wait.high, took))
    plain = accuracy([Measured(m.model, m.model, *_range(known, m), m.took) for m in measured[200:]])
    learnt = accuracy(measured[200:])
    assert plain is not None
    assert learnt is not None
    assert learnt.median_error < plain.median_error
    assert plain.in_range < 0.7 < learnt.in_range


def _range(known: Service, told: Measured) -> tuple[float, float]:
    turns = round(told.model * known.slots / known.handling)
    wait = expect(known, turns - 1)
    assert wait is not None
    return wait.low, wait.high


def test_few_times_are_drawn_to_what_is_usual() -> None:
    assert handling([], 360.0) == 360.0
    assert handling([100.0] * 5, 300.0) == 200.0
    assert corrections([Measured(10, 10, 5, 15, 20)] * 5) == (1.0, None)
    assert accuracy([]) is None
