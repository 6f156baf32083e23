"""Who starts what now: the order of waiting work, the cost of a slot, and the matching of the two. Pure and deterministic.

Order is by deadline; what has missed its deadline goes behind what has not, until its longest wait is near: then it goes
before everything. With a `Forecast`, a slot is kept free where those who can't wait would soon miss it more than this case
would; without one no slot stays empty while there is work for it. Times are POSIX seconds.
"""

import heapq
import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from router.domain.forecast import URGENT, Forecast, Kind, Pool

VERSION = "slack-3"
LONGEST_WAIT = 2.0
"""Without a forecast: in multiples of the target, at least an hour's."""
_LEAST_LIMIT = 3600.0
# The price of a slot: how many of those who can't wait would miss it. Fitted on days that no figure is taken from.
_SECONDS_KEPT = 390.0
_DECAY = 1.0
# What it is worth to start a case now. At its deadline a case is worth 1; before that the less the more time it has.
_EARLY, _PRESSED, _FULL, _SUSTAINED = 0.07, 0.2, 0.4, 3.0
_LATE = 0.05
_SLACK = 120.0
_ALWAYS = math.inf
# Seconds by which a deadline is taken for later or earlier: under pressure, and under an overload that lasts.
_GIVES_WAY = 60.0
_STEPS_BACK, _PUT_OFF, _PAID_ANYWAY = 200.0, 600.0, 300.0


@dataclass(frozen=True, slots=True)
class Job:
    """Waiting work. `sooner` is the advance that priority and the like give it, in seconds; `exclude` names seats.
    `whole` work takes all of a seat's capacity, so that nothing runs beside it.
    """

    id: str
    pool: Pool
    kind: Kind
    since: float
    due: float
    units: int = 1
    sooner: float = 0.0
    exclude: frozenset[str] = frozenset()
    whole: bool = False

    def asks(self, seat: "Seat") -> int:
        """How many units it takes there."""
        return max(self.units, seat.capacity) if self.whole else self.units


@dataclass(frozen=True, slots=True)
class Seat:
    """An agent with free units. `busy` is the share of their capacity in use, `last` orders by how long they are idle."""

    id: str
    pools: tuple[Pool, ...]
    free: int
    busy: float = 0.0
    last: float = 0.0
    capacity: int = 1


@dataclass(slots=True)
class Matched:
    """What came of a round: the seat of each job, the price it was given at, and the jobs for which a slot is kept free."""

    seats: dict[str, str] = field(default_factory=dict)
    prices: dict[str, float] = field(default_factory=dict)
    held: set[str] = field(default_factory=set)


def match(jobs: Iterable[Job], seats: Sequence[Seat], now: float, forecast: Forecast | None = None) -> Matched:
    """Matches in the order of urgency, each job to the seat whose slot costs least.

    A job that finds its seats taken by jobs of the same round moves one of them to another of its seats where there is
    one: so a set of jobs that fits is never cut short by an earlier choice, and no more urgent one gives way to another.
    """
    return _Round(list(jobs), seats, now, forecast).run()


class _Round:
    def __init__(self, jobs: list[Job], seats: Sequence[Seat], now: float, forecast: Forecast | None) -> None:
        self._now = now
        self._forecast = forecast
        self._seats = {s.id: s for s in seats}
        self._left = {s.id: s.free for s in seats}
        self._taken: dict[str, list[Job]] = defaultdict(list)
        self._free: dict[Pool, int] = defaultdict(int)
        self._able: dict[Pool, list[str]] = defaultdict(list)
        for seat in seats:
            for pool in seat.pools:
                self._able[pool].append(seat.id)
                self._free[pool] += seat.free
        self._jobs = [j for j in jobs if self._free.get(j.pool, 0) > 0]
        self._turn = 0
        self._turns: dict[str, int] = {}
        self._pressure: dict[Pool, float] = {}
        self._kept: dict[Pool, float] = {}
        self._price: dict[Pool, float] = {}
        if forecast is not None:
            self._look_ahead(forecast, jobs)
        self._heaps: dict[Pool, list[tuple[float, float, float, str]]] = {}
        self._closed: set[Pool] = set()

    def _look_ahead(self, forecast: Forecast, jobs: Sequence[Job]) -> None:
        backlog: dict[Pool, float] = dict.fromkeys(self._able, 0.0)
        for job in jobs:
            if job.due >= self._now:
                backlog[job.pool] = backlog.get(job.pool, 0.0) + job.kind.handling
        self._pressure = forecast.pressures(backlog, self._now)
        for pool in self._able:
            self._kept[pool] = _SECONDS_KEPT * forecast.missed(pool, self._now)
            self._reprice(pool)

    def _reprice(self, pool: Pool) -> None:
        free = self._free[pool]
        self._price[pool] = self._kept.get(pool, 0.0) * math.exp(-_DECAY * free) if free > 0 else 0.0

    def run(self) -> Matched:
        result = Matched()
        refused: dict[Pool, float] = {}
        for rank, _, _, job in sorted((*self.order(j), j.id, j) for j in self._jobs):
            if job.pool in self._closed:
                continue
            worth = self._worth(job, rank)
            if worth <= refused.get(job.pool, -1.0):
                result.held.add(job.id)
                continue
            best = self._cheapest(job)
            if best is None:
                self._make_room(job, result)
                continue
            price = self._cost(best)
            if worth <= price:
                refused[job.pool] = worth
                result.held.add(job.id)
                continue
            self._take(job, best, result)
            result.prices[job.id] = price
            refused.clear()
        return result

    def order(self, job: Job) -> tuple[int, float]:
        """0 for one at its longest wait, 1 on time, 2 late; then the deadline with everything that moves it."""
        late = job.due < self._now
        if late and self._now - job.since >= self._limit(job):
            return 0, job.due
        if late:
            return 2, job.due - job.sooner
        return 1, job.due - job.sooner + self._shift(job)

    def _limit(self, job: Job) -> float:
        longest = max(_LEAST_LIMIT, job.kind.target)
        return (
            longest * LONGEST_WAIT if self._forecast is None else self._forecast.group(job.pool).longest_wait(longest)
        )

    def _shift(self, job: Job) -> float:
        """Where not everything can be served, a longer case gives way to shorter ones. Where that lasts, one that will be
        there in a quiet time is put off to it; one that will have to be served in a worse time than this goes sooner.
        """
        pressure = self._pressure.get(job.pool, 0.0)
        if self._forecast is None or pressure == 0:
            return 0.0
        ahead = self._forecast.group(job.pool)
        sustained = ahead.sustained
        if not job.kind.stays:
            by = _GIVES_WAY + (_STEPS_BACK - _GIVES_WAY) * sustained
            return pressure * by if job.kind.handling > ahead.typical else 0.0
        if sustained == 0:
            return 0.0
        later = ahead.pressed(job.since + self._limit(job))
        return pressure * sustained * (_PUT_OFF * (1 - later) - _PAID_ANYWAY * later)

    def _worth(self, job: Job, rank: int) -> float:
        if self._forecast is None or rank == 0 or job.sooner == _ALWAYS or (rank == 1 and job.kind.target <= URGENT):
            return _ALWAYS
        if rank == 2:
            return _LATE
        ahead = self._forecast.group(job.pool)
        pressed = _PRESSED + _FULL * ahead.full + _SUSTAINED * ahead.sustained
        early = _EARLY + pressed * self._pressure[job.pool]
        return early + math.exp(-max(0.0, job.due - job.sooner - self._now) / _SLACK)

    def _cost(self, seat_id: str) -> float:
        return sum(self._price.get(pool, 0.0) for pool in self._seats[seat_id].pools) if self._price else 0.0

    def _score(self, seat_id: str) -> tuple[float, float, float, str]:
        """Lower is better: what the slot costs, share of capacity in use, then longest idle, then id. Only ever grows
        within a round, so the top of a heap is the best once it has been looked at anew.
        """
        seat = self._seats[seat_id]
        busy = seat.busy + (seat.free - self._left[seat_id]) / max(1, seat.capacity)
        turn = self._turns.get(seat_id)
        # Within one round nobody's clock moves: the turn keeps "longest idle" fair.
        return self._cost(seat_id), busy, seat.last if turn is None else self._now + turn, seat_id

    def _cheapest(self, job: Job) -> str | None:
        heap = self._heaps.get(job.pool)
        if heap is None:
            heap = [self._score(s) for s in self._able[job.pool] if self._left[s] > 0]
            heapq.heapify(heap)
            self._heaps[job.pool] = heap
        aside = []
        found = None
        while heap:
            entry = heap[0]
            seat_id = entry[3]
            if self._left[seat_id] <= 0:
                heapq.heappop(heap)
                continue
            current = self._score(seat_id)
            if current > entry:
                heapq.heapreplace(heap, current)
                continue
            if self._left[seat_id] < job.asks(self._seats[seat_id]) or seat_id in job.exclude:
                aside.append(heapq.heappop(heap))
                continue
            found = seat_id
            break
        for entry in aside:
            heapq.heappush(heap, entry)
        return found

    def _take(self, job: Job, seat_id: str, result: Matched) -> None:
        result.seats[job.id] = seat_id
        self._taken[seat_id].append(job)
        taken = job.asks(self._seats[seat_id])
        self._left[seat_id] -= taken
        self._turn += 1
        self._turns[seat_id] = self._turn
        for pool in self._seats[seat_id].pools:
            self._free[pool] -= taken
            if self._price:
                self._reprice(pool)

    def _make_room(self, job: Job, result: Matched) -> None:
        """Moves a job of this round so that `job` fits, or learns that its pool is full."""
        seen: set[Pool] = {job.pool}
        if _simple(job) and (seat_id := self._vacate(job.pool, seen, result)):
            self._take(job, seat_id, result)
            result.prices[job.id] = 0.0
        elif _simple(job):
            self._closed |= seen

    def _vacate(self, pool: Pool, seen: set[Pool], result: Matched) -> str | None:
        for seat_id in self._able[pool]:
            if self._left[seat_id] > 0:
                return seat_id
        for seat_id in self._able[pool]:
            for held in self._taken[seat_id]:
                if not _simple(held) or held.pool in seen:
                    continue
                seen.add(held.pool)
                other = self._vacate(held.pool, seen, result)
                if other is None:
                    continue
                self._taken[seat_id].remove(held)
                self._left[seat_id] += 1
                for freed in self._seats[seat_id].pools:
                    self._free[freed] += 1
                self._heaps.clear()
                self._take(held, other, result)
                return seat_id
        return None


def _simple(job: Job) -> bool:
    """It may be moved for another's sake: one unit, which any seat of its pool may give."""
    return job.units == 1 and not job.exclude and not job.whole
