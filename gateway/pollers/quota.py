"""A day's quota spread over the day, as plain arithmetic: when the next poll may be. No IO, no clock."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

NUDGED_SOONEST = timedelta(seconds=5)
"""Webhooks that say only that there is something new come in bursts: one poll serves all of one."""


@dataclass(frozen=True, slots=True)
class Quota:
    """What the provider allows from midnight to midnight in `zone`, in units of its own; `per_day` None: any number."""

    per_day: int | None
    zone: str = "UTC"

    def day(self, now: datetime) -> date:
        """The provider's day."""
        return now.astimezone(ZoneInfo(self.zone)).date()

    def resets_at(self, now: datetime) -> datetime:
        """The provider's next midnight."""
        following = datetime.combine(self.day(now) + timedelta(days=1), time(0), ZoneInfo(self.zone))
        return following.astimezone(UTC)

    def left(self, used: int) -> int | None:
        return None if self.per_day is None else max(0, self.per_day - used)


def next_poll(quota: Quota, *, used: int, cost: int, every: timedelta, now: datetime) -> datetime:
    """When to poll next after one that cost `cost` units: after `every`, later where the rest must last until midnight."""
    left = quota.left(used)
    if left is None:
        return now + every
    resets = quota.resets_at(now)
    cost = max(1, cost)
    if left < cost:
        return resets
    return min(now + max(every, (resets - now) * (cost / left)), resets)


def nudged_poll(quota: Quota, *, used: int, cost: int, polled_at: datetime | None, now: datetime) -> datetime:
    """When to poll for a webhook that says there is something new: at once, unless just polled or nothing is left."""
    left = quota.left(used)
    if left is not None and left < max(1, cost):
        return quota.resets_at(now)
    return now if polled_at is None else max(now, polled_at + NUDGED_SOONEST)
