"""Made-up days, for who has no history yet: arrivals with two peaks, of the usual classes and cohorts, whose patience ends.

Shares, handling times and patience are beginnings, as in `bench/routing_days.py`; a tenant's own past is always better.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from router.domain.sla import Case
from router.whatif.model import Arrival

_SPREAD = 0.6
"""Of the logarithm of handling times and patience: a few take three times the mean."""
_PEAKS = ((0.25, 0.12, 0.7), (0.68, 0.14, 0.6))
"""Place in the day, width, and height over the plain."""


@dataclass(frozen=True, slots=True)
class Sort:
    """A kind of case: its share of arrivals, seconds to the first answer and in all, and the median of its patience."""

    share: float
    case: Case
    writes: float
    holds: float
    patience: float | None


SORTS = (
    Sort(0.25, Case("live", "private", "gen_z", 0), 30.0, 360.0, 150.0),
    Sort(0.30, Case("messaging", "private", "gen_y", 0), 60.0, 480.0, 1000.0),
    Sort(0.15, Case("public", "public", "unknown", 0), 90.0, 300.0, 2700.0),
    Sort(0.30, Case("mail", "private", "unknown", 0), 300.0, 600.0, None),
)


def make_day(seed: int, start: datetime, span: timedelta, cases: int, teams: Sequence[str | None]) -> list[Arrival]:
    """About `cases` arrivals (a Poisson process) over `span`, spread over `teams`; the same seed gives the same day."""
    rng = Random(f"whatif/{seed}")  # noqa: S311  a day to try, no secret
    top = 1 + sum(height for _, _, height in _PEAKS)
    mean = sum(_shape((n + 0.5) / 1000) for n in range(1000)) / 1000
    rate = cases / mean * top
    made: list[Arrival] = []
    place = 0.0
    while (place := place + rng.expovariate(rate)) < 1:
        if rng.random() * top > _shape(place):
            continue
        sort = rng.choices(SORTS, [one.share for one in SORTS])[0]
        grows = math.exp(rng.gauss(-(_SPREAD**2) / 2, _SPREAD))
        patience = None if sort.patience is None else timedelta(seconds=sort.patience * math.exp(rng.gauss(0, _SPREAD)))
        made.append(
            Arrival(
                f"made_{len(made):06}",
                start + span * place,
                sort.case,
                rng.choice(teams),
                1,
                timedelta(seconds=sort.writes * grows),
                timedelta(seconds=sort.holds * grows),
                patience,
            )
        )
    return made


def _shape(place: float) -> float:
    return 1 + sum(height * math.exp(-(((place - middle) / width) ** 2)) for middle, width, height in _PEAKS)
