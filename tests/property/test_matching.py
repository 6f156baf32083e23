"""What `match` promises for any backlog: as many as an optimal matching serves, the urgent first, and a bound on waiting."""

import heapq
from itertools import count

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

from router.domain.forecast import Expected, Forecast, Kind
from router.domain.matching import Job, Seat, match

NOW = 10_000.0
KINDS = (Kind(45, 360), Kind(600, 480), Kind(900, 300), Kind(3600, 600, stays=True))
POOLS = ("a", "b", "c", "d")

jobs_of_one_unit = st.lists(
    st.builds(
        Job,
        id=st.uuids().map(str),
        pool=st.sampled_from(POOLS),
        kind=st.sampled_from(KINDS),
        since=st.floats(0, NOW),
        due=st.floats(NOW - 5000, NOW + 5000),
        sooner=st.sampled_from([0.0, 600.0]),
    ),
    max_size=25,
    unique_by=lambda j: j.id,
)
seats_with_pools = st.lists(
    st.builds(
        Seat,
        id=st.uuids().map(str),
        pools=st.lists(st.sampled_from(POOLS), min_size=1, max_size=3, unique=True).map(tuple),
        free=st.integers(0, 3),
        busy=st.floats(0, 1),
        last=st.floats(0, NOW),
        capacity=st.just(3),
    ),
    max_size=8,
    unique_by=lambda s: s.id,
)


def most(jobs: list[Job], seats: list[Seat]) -> int:
    """The size of the largest matching, by the assignment solver of a library."""
    slots = [seat for seat in seats for _ in range(seat.free)]
    if not jobs or not slots:
        return 0
    fits = np.array([[float(job.pool in seat.pools) for seat in slots] for job in jobs])
    rows, columns = linear_sum_assignment(fits, maximize=True)
    return int(fits[rows, columns].sum())


@given(jobs_of_one_unit, seats_with_pools)
def test_a_backlog_is_matched_as_far_as_any_matching_reaches(jobs: list[Job], seats: list[Seat]) -> None:
    assert len(match(jobs, seats, NOW).seats) == most(jobs, seats)


@given(jobs_of_one_unit, seats_with_pools)
def test_no_more_urgent_job_gives_way_to_a_less_urgent_one(jobs: list[Job], seats: list[Seat]) -> None:
    found = match(jobs, seats, NOW)

    def order(job: Job) -> tuple[int, float, str]:
        late = job.due < NOW
        waited = late and NOW - job.since >= 2 * max(3600.0, job.kind.target)
        return (0 if waited else 2 if late else 1, job.due - (0 if waited else job.sooner), job.id)

    kept: list[Job] = []
    for job in sorted(jobs, key=order):
        if most([*kept, job], seats) == len(kept) + 1:
            kept.append(job)
    assert set(found.seats) == {job.id for job in kept}


@given(jobs_of_one_unit, seats_with_pools)
def test_no_seat_is_given_more_than_it_has_nor_what_it_can_not_do(jobs: list[Job], seats: list[Seat]) -> None:
    by_id = {seat.id: seat for seat in seats}
    given_to: dict[str, int] = {}
    pools = {job.id: job.pool for job in jobs}
    for job_id, seat_id in match(jobs, seats, NOW).seats.items():
        given_to[seat_id] = given_to.get(seat_id, 0) + 1
        assert pools[job_id] in by_id[seat_id].pools
    assert all(many <= by_id[seat_id].free for seat_id, many in given_to.items())


def overload(share: float) -> Forecast:
    """One pool of two slots that is asked for `share` of its work, half of it by those who can't wait."""
    kinds = (Kind(45, 300), Kind(3600, 300, stays=True))
    rate = share * 2 / 300 / 2
    return Forecast(0.0, 600.0, [Expected(kind, "a", [rate] * 60) for kind in kinds], [(("a",), 2)])


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([0.7, 0.95]))
def test_the_lowest_class_waits_no_longer_than_twice_its_target_while_the_plan_fits(seed: int, share: float) -> None:
    """Two slots, urgent work all the time in the foreground: the longest wait is the bound plus one handling time."""
    rng = np.random.default_rng(seed)
    forecast = overload(share)
    tick = count()
    ends: list[tuple[float, int]] = []
    waiting: dict[str, Job] = {}
    free, longest = 2, 0.0
    for second in range(0, 36_000, 10):
        now = float(second)
        while ends and ends[0][0] <= now:
            heapq.heappop(ends)
            free += 1
        for kind in (Kind(45, 300), Kind(3600, 300, stays=True)):
            if rng.random() < share / 300 * 10:
                job = Job(f"{next(tick):06}", "a", kind, now, now + kind.target)
                waiting[job.id] = job
        for job_id in match(waiting.values(), [Seat("one", ("a",), free, 0.0, 0.0, 2)], now, forecast).seats:
            longest = max(longest, now - waiting.pop(job_id).since)
            heapq.heappush(ends, (now + 300, next(tick)))
            free -= 1
        # Those who can't wait leave after three minutes.
        waiting = {j.id: j for j in waiting.values() if j.kind.stays or now - j.since < 180}
    assert longest <= forecast.group("a").longest_wait(3600) + 600
    assert (
        max((36_000 - j.since for j in waiting.values()), default=0.0) <= forecast.group("a").longest_wait(3600) + 600
    )
