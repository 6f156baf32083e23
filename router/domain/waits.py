"""How long a customer will wait, from the queue in front of them and how long work has taken lately; and how wrong that was.

A slot is held for the mean handling time, so `slots` of them free one every `handling / slots` seconds, and the time until the
k-th comes free is Erlang distributed (M/M/c, Kleinrock, Queueing Systems I, 4.2). The range of a wait is the middle 80 % of
that, until enough forecasts have been measured: then it is where 80 % of what really happened lay (split conformal
prediction, Vovk 2005), and the forecast itself is corrected by the median of what happened over what was said.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

ENOUGH = 30
"""Measured forecasts before they correct the next ones."""
PRIOR = 5
"""Handling times that what is usual for a class weighs as much as."""
_Z80 = 1.2816
_LEAST = 1.0
_MOST_CORRECTION = 4.0
LONGEST_WAIT = 2.0
_LEAST_LIMIT = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Place:
    """One waiting conversation, as far as its place in the queue depends on it."""

    id: str
    due_at: datetime
    waiting_since: datetime
    priority: int = 0


@dataclass(frozen=True, slots=True)
class Measured:
    """What the queue model said by itself, what was told after correction with its range, and what came of it; in seconds."""

    model: float
    said: float
    low: float
    high: float
    took: float


@dataclass(frozen=True, slots=True)
class Accuracy:
    """How wrong forecasts were: the median of |said - took| in seconds, and the share that fell into the range given."""

    count: int
    median_error: float
    in_range: float


@dataclass(frozen=True, slots=True)
class Service:
    """What serves a queue: units of capacity online and free, the seconds one is held, the seconds from taking to answering.

    The corrections are multiples of the forecast: the middle, and the ends of the range (None: not enough is known).
    """

    slots: int
    free: int
    handling: float
    pickup: float = 0.0
    middle: float = 1.0
    ends: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Wait:
    """Seconds until somebody takes it, its likely range, and until a person's answer; `position` counts from 1. `model` is
    what the queue model says by itself, without corrections.
    """

    position: int
    seconds: float
    low: float
    high: float
    answer_seconds: float
    model: float


def ahead(queue: Sequence[Place], place: Place, now: datetime) -> int:
    """How many of the queue go before `place`, by the order of the routing: longest waits, then in time, then missed ones.

    What comes later and overtakes is not counted: the corrections learn it.
    """
    mine = _rank(place, now)
    return sum(_rank(other, now) < mine for other in queue if other.id != place.id)


def ranks(queue: Iterable[Place], now: datetime) -> list[tuple[int, float, str]]:
    """The queue's order, for many look-ups by `behind`."""
    return sorted(_rank(place, now) for place in queue)


def behind(ordered: Sequence[tuple[int, float, str]], place: Place, now: datetime) -> int:
    """As `ahead`, for an order by `ranks`."""
    return bisect_left(ordered, _rank(place, now))


def _rank(place: Place, now: datetime) -> tuple[int, float, str]:
    target = place.due_at - place.waiting_since
    due = place.due_at.timestamp() - 600.0 * place.priority
    if now - place.waiting_since >= max(LONGEST_WAIT * target, _LEAST_LIMIT):
        return (0, due, place.id)
    return (1 if place.due_at >= now else 2, due, place.id)


def expect(service: Service, in_front: int) -> Wait | None:
    """The wait of whoever has `in_front` before them; None where nobody is there to serve them."""
    if service.slots <= 0:
        return None
    turns = in_front - max(0, service.free) + 1
    if turns <= 0:
        return Wait(in_front + 1, 0.0, 0.0, 0.0, service.pickup, 0.0)
    mean = turns * service.handling / service.slots
    low, high = (mean * _erlang(turns, sign * _Z80) for sign in (-1, 1))
    if service.ends is not None:
        low, high = mean * service.ends[0], mean * service.ends[1]
    seconds = mean * service.middle
    return Wait(in_front + 1, seconds, min(low, seconds), max(high, seconds), seconds + service.pickup, mean)


def _erlang(shape: int, z: float) -> float:
    """A quantile of the Erlang distribution over its mean, by Wilson and Hilferty (1931): within 2 % in the middle 80 %."""
    return float(max(0.0, 1 - 1 / (9 * shape) + z / (3 * shape**0.5)) ** 3)


def handling(times: Sequence[float], usual: float) -> float:
    """The mean of recent handling times, drawn to what is `usual` while there are few."""
    return (sum(times) + PRIOR * usual) / (len(times) + PRIOR)


def corrections(measured: Sequence[Measured]) -> tuple[float, tuple[float, float] | None]:
    """The middle and ends that `Service` takes, from forecasts of more than a second; (1, None) while there are too few."""
    ratios = sorted(m.took / m.model for m in measured if m.model > _LEAST)
    if len(ratios) < ENOUGH:
        return 1.0, None
    middle = min(_MOST_CORRECTION, max(1 / _MOST_CORRECTION, median(ratios)))
    # The conformal rank: one more than the sample, so that the next one too falls inside with the share promised.
    edge = max(0, int(0.1 * (len(ratios) + 1)) - 1)
    return middle, (ratios[edge], ratios[-1 - edge])


def accuracy(measured: Sequence[Measured]) -> Accuracy | None:
    """None where nothing was measured."""
    if not measured:
        return None
    errors = [abs(m.said - m.took) for m in measured]
    inside = sum(m.low <= m.took <= m.high for m in measured)
    return Accuracy(len(measured), median(errors), inside / len(measured))
