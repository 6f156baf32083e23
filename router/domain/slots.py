"""Times at which a team can promise to call back: inside its hours, as many in one slot as it has people for."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from router.domain.hours import Hours


@dataclass(frozen=True, slots=True)
class Slot:
    """From `start` on, as long as slots are; `free` promises can still be made for it."""

    start: datetime
    free: int


@dataclass(frozen=True, slots=True)
class Plan:
    """How a tenant promises: slots of `width`, at most `each` promises in one, up to `ahead` from now."""

    width: timedelta = timedelta(minutes=15)
    each: int = 2
    ahead: timedelta = timedelta(days=7)


def begin(plan: Plan, at: datetime) -> datetime:
    """The start of the slot that `at` is in; slots are counted from midnight UTC."""
    width = plan.width.total_seconds()
    return datetime.fromtimestamp(at.timestamp() // width * width, UTC)


def slots(plan: Plan, hours: Hours | None, booked: Mapping[datetime, int], now: datetime, most: int) -> list[Slot]:
    """The next slots with room, the soonest first. One that is not wholly inside the hours is none, nor is the one that runs."""
    found: list[Slot] = []
    start = begin(plan, now) + plan.width
    while start <= now + plan.ahead and len(found) < most:
        if hours is not None and not hours.is_open(start):
            opening = hours.next_opening(start)
            if opening is None:
                break
            start = begin(plan, opening + plan.width - timedelta(microseconds=1))
            continue
        whole = hours is None or hours.between(start, start + plan.width) == plan.width
        free = plan.each - booked.get(start, 0)
        if whole and free > 0:
            found.append(Slot(start, free))
        start += plan.width
    return found
