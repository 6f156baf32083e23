"""When a webhook is tried again, and when its endpoint is given up. Pure."""

from collections.abc import Callable
from datetime import datetime, timedelta

SCHEDULE = (
    timedelta(0),
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=10),
)
"""The pause before each try (Svix's schedule): eight tries over a good day."""
JITTER = 0.2
"""A pause is lengthened by up to this share, so that what failed together does not come back together."""
ASKED_MOST = timedelta(hours=10)
DISABLED_AFTER = timedelta(days=5)


def pause_after(failed: int, jitter: Callable[[], float], asked: timedelta | None = None) -> timedelta | None:
    """How long to wait after the `failed`-th failure in a row (from 1); None when that was the last try.

    `asked` is the endpoint's Retry-After: followed where it is longer, up to ten hours. `jitter` gives 0 to 1.
    """
    if failed >= len(SCHEDULE):
        return None
    own = SCHEDULE[failed] * (1 + JITTER * jitter())
    return own if asked is None else max(own, min(asked, ASKED_MOST))


def is_given_up(failing_since: datetime, now: datetime) -> bool:
    """Whether an endpoint that has only failed since then is to be disabled."""
    return now - failing_since >= DISABLED_AFTER
