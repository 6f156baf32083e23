"""What is expected to come: arrivals by kind and pool, and what they mean for the slots that are free now.

A pool is everybody who can take a certain kind of work (a team and the skills it asks for). Pools that share people, directly
or over others, are a group: work in one of them takes time from all. Times are POSIX seconds, rates are arrivals a second, work
is slot-seconds. Nothing here knows where the numbers come from: the caller counts past days.
"""

import math
from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass

URGENT = 60.0
"""A target up to this is one for which a slot must be free when the case comes."""
_AT_EASE, _OVERFLOWS = 0.7, 1.1
_FILLING, _SUSTAINED, _CERTAIN = 0.86, 1.02, 0.1
_HORIZON, _QUIET, _FULLY = 1800.0, 0.7, 0.3
_FITS, _OVERLOADED = 2 * 0.92, 4 * 0.93
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


class Group:
    """The expected work of pools that share people, and the `slots` of these people, in bins of `width` from `start`."""

    def __init__(self, start: float, width: float, expected: Sequence[Expected], slots: int) -> None:
        self._start = start
        self._width = width
        self._slots = max(1, slots)
        bins = max((len(e.rates) for e in expected), default=0)
        self._load = [sum(e.rates[n] * e.kind.handling for e in expected if n < len(e.rates)) for n in range(bins)]
        self._load = [work / self._slots for work in self._load]
        self._room = [self._waits(expected, n) / self._slots for n in range(bins)]
        arrivals = sum(sum(e.rates) for e in expected)
        leaving = [e for e in expected if not e.kind.stays]
        self.typical = _mean_handling(leaving) or math.inf
        """The mean handling of those who leave when they are not served."""
        self.plan = sum(self._load) / bins if bins else 0.0
        """Expected work over capacity, of the whole of the forecast."""
        self.sustained = _ramp(self.plan - _SUSTAINED, _CERTAIN)
        """0 while the whole plan fits into its capacity, 1 where it does not by far."""
        self.full = _ramp(self.plan - _FILLING, _CERTAIN)
        """0 while the whole plan leaves a seventh of its capacity, 1 where it hardly leaves any."""
        handling = _mean_handling(expected)
        urgent = sum(sum(e.rates) for e in expected if e.kind.target <= URGENT)
        self.frees = (1 - urgent / arrivals) / handling if handling else 0.0
        """How often a busy slot becomes free for whom it isn't known yet: times a second."""

    def longest_wait(self, target: float) -> float:
        """After how many seconds a case of the longest `target` goes before everything else: a little before twice its
        target while the plan fits, before four times where it does not.
        """
        return target * (_OVERLOADED if self.sustained > 0 else _FITS)

    def load(self, now: float) -> float:
        """Expected work over capacity in the half hour from `now` on."""
        first = (now - self._start) / self._width
        count = max(1, round(_HORIZON / self._width))
        bins = range(int(first), int(first) + count)
        return sum(self._load[n] for n in bins if 0 <= n < len(self._load)) / count

    def pressed(self, at: float) -> float:
        """0 where `at` is a quiet time, to which work may be put off, 1 where it is none."""
        return _ramp(self.load(at) - _QUIET, _FULLY)

    def pressure(self, now: float, backlog: float) -> float:
        """0 where the `backlog` of work on time, as forecast, is worked off before anybody is late for it; 1 where it isn't.

        The backlog grows by what is expected and shrinks by what the slots can do. It is set against the work that can wait
        without being late: what came within its own target. Time spent idle before the backlog is next worked off is
        missing at its height; time spent idle where it never gets high costs nobody anything.
        """
        at = (now - self._start) / self._width
        first = int(at)
        if not 0 <= first < len(self._load):
            return 0.0
        left = backlog / self._slots
        part = left / max(1.0, self._room[first])
        step = (first + 1 - at) * self._width
        for load, room in zip(self._load[first:], self._room[first:], strict=True):
            left += (load - 1.0) * step
            if left <= 0:
                break
            part = max(part, left / max(1.0, room))
            step = self._width
        return _ramp(part - _AT_EASE, _OVERFLOWS - _AT_EASE)

    def _waits(self, expected: Sequence[Expected], place: int) -> float:
        """The work of this bin's end that came within its target."""
        end = (place + 1) * self._width
        work = 0.0
        for one in expected:
            begin = max(0.0, end - one.kind.target)
            for n in range(int(begin // self._width), min(place + 1, len(one.rates))):
                inside = min((n + 1) * self._width, end) - max(n * self._width, begin)
                work += one.rates[n] * inside * one.kind.handling
        return work


class Forecast:
    """A day ahead in bins of `width` seconds from `start`; after the last bin nothing is expected.

    `seats` are the pools of each slot's holder with the number of their slots.
    """

    def __init__(
        self, start: float, width: float, expected: Sequence[Expected], seats: Sequence[tuple[Sequence[Pool], int]]
    ) -> None:
        self._start = start
        self._width = width
        self._urgent: dict[Pool, list[tuple[float, Sequence[float]]]] = defaultdict(list)
        for one in expected:
            if one.kind.target <= URGENT:
                self._urgent[one.pool].append((one.kind.target, one.rates))
        self._able: dict[Pool, int] = defaultdict(int)
        for pools, count in seats:
            for pool in pools:
                self._able[pool] += count
        self._groups: dict[Pool, Group] = {}
        self._nobody = Group(start, width, (), 0)
        for members in _connected([e.pool for e in expected], [pools for pools, _ in seats]):
            slots = sum(count for pools, count in seats if not members.isdisjoint(pools))
            group = Group(start, width, [e for e in expected if e.pool in members], slots)
            self._groups |= dict.fromkeys(members, group)

    def group(self, pool: Pool) -> Group:
        """The pool's group; one that expects nothing for a pool that is new."""
        return self._groups.get(pool, self._nobody)

    def missed(self, pool: Pool, now: float) -> float:
        """How many cases a second, of those that can't wait, come to this pool and find that no slot becomes free within
        their target: Poisson arrivals and exponential ends of what the able are doing.
        """
        place = int((now - self._start) // self._width)
        often = self.group(pool).frees * self._able.get(pool, 0)
        return sum(
            rates[place] * math.exp(-often * target)
            for target, rates in self._urgent.get(pool, ())
            if 0 <= place < len(rates)
        )

    def pressures(self, backlog: Mapping[Pool, float], now: float) -> dict[Pool, float]:
        """`Group.pressure` for each of these pools, by the work on time of all pools of its group."""
        work: dict[Group, float] = defaultdict(float)
        for pool, seconds in backlog.items():
            work[self.group(pool)] += seconds
        found = {group: group.pressure(now, seconds) for group, seconds in work.items()}
        return {pool: found[self.group(pool)] for pool in backlog}


def _ramp(value: float, width: float) -> float:
    return min(1.0, max(0.0, value / width))


def _mean_handling(expected: Sequence[Expected]) -> float:
    arrivals = sum(sum(e.rates) for e in expected)
    return sum(sum(e.rates) * e.kind.handling for e in expected) / arrivals if arrivals else 0.0


def _connected(pools: Iterable[Pool], holders: Iterable[Sequence[Pool]]) -> list[set[Pool]]:
    """The pools in sets that share no holder with each other."""
    groups: dict[Pool, set[Pool]] = {pool: {pool} for pool in pools}
    for held in holders:
        whole: set[Pool] = set()
        for pool in held:
            whole |= groups.get(pool, {pool})
        groups |= dict.fromkeys(whole, whole)
    return list({id(group): group for group in groups.values()}.values())
