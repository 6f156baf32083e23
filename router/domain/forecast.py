"""What is expected to come: arrivals by kind and pool, and what they mean for the slots that are free now.

A pool is everybody who can take a certain kind of work (a team and the skills it asks for). Times are POSIX seconds, rates are
arrivals a second, work is slot-seconds. Nothing here knows where the numbers come from: the caller counts past days.
"""

import math
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass

URGENT = 60.0
"""A target up to this is one for which a slot must be free when the case comes."""
_HORIZON = 1800.0
_STRAINED, _FULLY = 1.0, 0.3
_FILLING, _SUSTAINED, _CERTAIN = 0.86, 1.02, 0.1
_QUIET = 0.7
_EVENING = 60
_FITS, _OVERLOADED = 2 * 0.94, 4 * 0.97
Pool = Hashable


@dataclass(frozen=True, slots=True)
class Kind:
    """A class of work: its target and expected handling in seconds. `stays` says that customers wait on past the target,
    so that work not done now is work to be done later.
    """

    target: float
    handling: float
    stays: bool = False


@dataclass(frozen=True, slots=True)
class Expected:
    """Arrivals of one kind in one pool: a rate for each bin."""

    kind: Kind
    pool: Pool
    rates: Sequence[float]


class Forecast:
    """A day ahead in bins of `width` seconds from `start`; after the last bin nothing is expected.

    `seats` are the pools of each slot's holder with the number of their slots. The load of each pool assumes that
    everybody's time is divided so that pools are loaded as evenly as skills allow.
    """

    def __init__(
        self, start: float, width: float, expected: Sequence[Expected], seats: Sequence[tuple[Sequence[Pool], int]]
    ) -> None:
        self._start = start
        self._width = width
        self._bins = max((len(e.rates) for e in expected), default=0)
        self.slots = max(1, sum(count for _, count in seats))
        self._urgent: dict[Pool, list[float]] = {}
        demand: dict[Pool, float] = {}
        work = [0.0] * self._bins
        for one in expected:
            for n, rate in enumerate(one.rates):
                work[n] += rate * one.kind.handling
            demand[one.pool] = demand.get(one.pool, 0.0) + sum(one.rates) * one.kind.handling
            if one.kind.target <= URGENT:
                mine = self._urgent.setdefault(one.pool, [0.0] * self._bins)
                for n, rate in enumerate(one.rates):
                    mine[n] += rate
        self._load = [w / self.slots for w in work]
        self._share, self._capacity = _balance(demand, seats)
        leaving = [e for e in expected if not e.kind.stays and e.rates]
        arrivals = sum(sum(e.rates) for e in leaving)
        self.typical = sum(sum(e.rates) * e.kind.handling for e in leaving) / arrivals if arrivals else math.inf
        """The mean handling of those who leave when they are not served."""
        self.plan = sum(self._load) / self._bins if self._bins else 0.0
        """Expected work over capacity, of the whole of the forecast."""

    @property
    def sustained(self) -> float:
        """0 while the whole plan fits into its capacity, 1 where it does not by far."""
        return _ramp(self.plan - _SUSTAINED, _CERTAIN)

    @property
    def full(self) -> float:
        """0 while the whole plan leaves a seventh of its capacity, 1 where it hardly leaves any."""
        return _ramp(self.plan - _FILLING, _CERTAIN)

    def longest_wait(self, target: float) -> float:
        """After how many seconds a case of the longest `target` goes before everything else: a little before twice its
        target while the plan fits, before four times where it does not.
        """
        return target * (_OVERLOADED if self.sustained > 0 else _FITS)

    def urgent(self, pool: Pool, now: float) -> float:
        """Arrivals a second, in this pool, that can't wait."""
        rates = self._urgent.get(pool)
        place = int((now - self._start) // self._width)
        return rates[place] if rates and 0 <= place < len(rates) else 0.0

    def load(self, now: float) -> float:
        """Expected work over capacity in the half hour from `now` on."""
        first = (now - self._start) / self._width
        count = max(1, round(_HORIZON / self._width))
        bins = range(int(first), int(first) + count)
        return sum(self._load[n] for n in bins if 0 <= n < self._bins) / count

    def strain(self, pool: Pool, now: float, backlog: float) -> float:
        """0 where the pool's near future and its `backlog` of work fit into its capacity, 1 where they do not by far."""
        capacity = self._capacity.get(pool, 0.0)
        waiting = backlog / (capacity * _HORIZON) if capacity else 1.0
        return _ramp(self.load(now) * self._share.get(pool, 1.0) + waiting - _STRAINED, _FULLY)

    def pressed(self, at: float) -> float:
        """0 where `at` is a quiet time, to which work may be put off, 1 where it is none."""
        return _ramp(self.load(at) - _QUIET, _FULLY)


def _ramp(value: float, width: float) -> float:
    return min(1.0, max(0.0, value / width))


def _balance(
    demand: Mapping[Pool, float], seats: Iterable[tuple[Sequence[Pool], int]]
) -> tuple[dict[Pool, float], dict[Pool, float]]:
    """Divides every holder's slots over their pools until loads are as even as they get; answers relative load and slots."""
    people = [([p for p in pools if demand.get(p)], count) for pools, count in seats]
    people = [(pools, count) for pools, count in people if pools]
    parts = [{pool: 1 / len(pools) for pool in pools} for pools, _ in people]
    capacity: dict[Pool, float] = {}
    load: dict[Pool, float] = {}
    total, slots = sum(demand.values()), sum(count for _, count in people)
    for _ in range(_EVENING):
        capacity = dict.fromkeys(demand, 0.0)
        for part, (_pools, count) in zip(parts, people, strict=True):
            for pool, share in part.items():
                capacity[pool] += share * count
        load = {p: demand[p] / total / (capacity[p] / slots) if capacity[p] else math.inf for p in demand if total}
        for part in parts:
            weights = {pool: share * math.sqrt(load[pool]) for pool, share in part.items()}
            whole = sum(weights.values())
            for pool, weight in weights.items():
                part[pool] = weight / whole
    return load, capacity
