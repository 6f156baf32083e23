"""What makes a case more urgent than its deadline says: a reply window about to close, and what is said in public."""

from dataclasses import dataclass
from datetime import datetime, timedelta

WINDOW_NEAR = timedelta(hours=4)
"""How long before a reply window closes it begins to count: behind it the customer can't be answered freely any more."""
WINDOW_ADVANCE = timedelta(hours=1)
REACH_FROM = 10_000
"""Followers of the author from which on a public word counts, and ten times as many count once more."""
REACH_STEPS = 3
PUBLIC_ADVANCE = timedelta(minutes=10)
RATING_BAD = 2


@dataclass(frozen=True, slots=True)
class Pressure:
    """Facts of a case: when its reply window closes, the followers and the stars (1 to 5) of what was said in public."""

    window_expires_at: datetime | None = None
    reach: float | None = None
    rating: int | None = None


def advance(pressure: Pressure, now: datetime) -> timedelta:
    """How much sooner than its deadline a case counts as due; zero for most.

    A window adds up to an hour, the more the nearer its end; one that has closed adds nothing, for there is no hurry left.
    Reach adds ten minutes for each power of ten from 10,000 followers on, thirty at most; one or two stars add ten.
    """
    return _window(pressure.window_expires_at, now) + _reach(pressure.reach) + _rating(pressure.rating)


def _window(closes_at: datetime | None, now: datetime) -> timedelta:
    if closes_at is None or not now < closes_at <= now + WINDOW_NEAR:
        return timedelta(0)
    return WINDOW_ADVANCE * (1 - (closes_at - now) / WINDOW_NEAR)


def _reach(followers: float | None) -> timedelta:
    steps = 0
    while followers is not None and steps < REACH_STEPS and followers >= REACH_FROM * 10**steps:
        steps += 1
    return PUBLIC_ADVANCE * steps


def _rating(stars: int | None) -> timedelta:
    return PUBLIC_ADVANCE if stars is not None and stars <= RATING_BAD else timedelta(0)
