"""Deadlines against a slow oracle that walks minute by minute: hours, holidays, both changes of clocks, and pauses.

`FRONTDESK_CALENDARS` says how many calendars; `make calendars` takes 5,000.
"""

import os
import random
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from router.domain.clocks import Clock, Pause
from router.domain.hours import Hours, Span
from router.domain.sla import Step, raises

CALENDARS = int(os.environ.get("FRONTDESK_CALENDARS", "1000"))
PARTS = 5
ZONES = ("Europe/Amsterdam", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca", "Asia/Kolkata", "UTC")
# Shortly before a change of clocks in Europe, America and Lord Howe, one way and the other, and a plain week.
STARTS = (
    datetime(2026, 3, 27, tzinfo=UTC),
    datetime(2026, 3, 6, tzinfo=UTC),
    datetime(2026, 4, 3, tzinfo=UTC),
    datetime(2026, 10, 23, tzinfo=UTC),
    datetime(2026, 10, 30, tzinfo=UTC),
    datetime(2026, 10, 2, tzinfo=UTC),
    datetime(2026, 6, 1, tzinfo=UTC),
)
MINUTE = timedelta(minutes=1)
WALK = 60 * 24 * 9


def make_hours(rng: random.Random, start: datetime) -> Hours:
    spans = []
    for _ in range(rng.randint(1, 9)):
        first, last = sorted(rng.sample(range(97), 2))
        spans.append(Span(rng.randrange(7), _quarter(first), _quarter(last % 96)))
    # Whole nights too: the hour that is skipped or comes twice lies in them.
    spans += [Span(day, time(0), time(0)) for day in range(7) if rng.random() < 0.3]
    holidays = frozenset(start.date() + timedelta(days=rng.randrange(6)) for _ in range(rng.randrange(3)))
    return Hours(rng.choice(ZONES), tuple(spans), holidays)


def _quarter(number: int) -> time:
    return time(number // 4, number % 4 * 15)


def make_pauses(rng: random.Random, start: datetime) -> tuple[Pause, ...]:
    edges = sorted(rng.sample(range(-60, 60 * 24 * 3), rng.choice([0, 0, 2, 4, 6])))
    pauses = [
        Pause(start + a * MINUTE, start + b * MINUTE, "pending") for a, b in zip(edges[::2], edges[1::2], strict=True)
    ]
    if pauses and rng.random() < 0.2:
        pauses[-1] = Pause(pauses[-1].start, None, "pending")
    return tuple(pauses)


def open_minutes(hours: Hours, since: datetime) -> list[bool]:
    """Minute by minute from `since`: whether the local day's spans, read on the wall, enclose it."""
    zone = ZoneInfo(hours.zone)
    local = since.astimezone(zone).date()
    bounds = []
    for n in range(-1, WALK // 1440 + 2):
        day: date = local + timedelta(days=n)
        for span in hours.spans if day not in hours.holidays else ():
            if span.weekday == day.weekday():
                last = day + timedelta(days=1) if span.end == time(0) else day
                begins = datetime.combine(day, span.start, zone).astimezone(UTC)
                bounds.append((begins, datetime.combine(last, span.end, zone).astimezone(UTC)))
    found = [False] * WALK
    for begins, ends in bounds:
        first, last_minute = (begins - since) // MINUTE, (ends - since) // MINUTE
        for n in range(max(0, first), min(WALK, last_minute)):
            found[n] = True
    return found


def slow(is_open: list[bool], since: datetime, pauses: tuple[Pause, ...], minutes: int) -> datetime | None:
    """The instant when so many counted minutes have passed; None beyond the walk."""
    left = minutes
    for n in range(WALK):
        if left == 0:
            return since + n * MINUTE
        now = since + n * MINUTE
        left -= is_open[n] and not any(p.start <= now and (p.end is None or now < p.end) for p in pauses)
    return None


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("part", range(PARTS))
def test_every_deadline_equals_the_oracles(part: int) -> None:
    differing = []
    compared = 0
    for seed in range(part, CALENDARS, PARTS):
        rng = random.Random(f"calendar/{seed}")
        start = rng.choice(STARTS) + rng.randrange(60 * 24 * 4) * MINUTE
        hours, pauses = make_hours(rng, start), make_pauses(rng, start)
        minutes = rng.choice([1, 15, 45, 60, 240, 480, 1440])
        expected = slow(open_minutes(hours, start), start, pauses, minutes)
        due = Clock(minutes * MINUTE, start, hours, pauses).due_at
        compared += expected is not None
        beyond = expected is None and (due is None or due >= start + (WALK - 1) * MINUTE)
        if due != expected and not beyond:
            differing.append((seed, due, expected))
    assert differing == []
    assert compared > CALENDARS // PARTS // 2


@pytest.mark.parametrize("seed", range(40))
def test_steps_never_go_back_and_more_time_or_more_pauses_never_bring_a_deadline_forward(seed: int) -> None:
    rng = random.Random(f"order/{seed}")
    start = rng.choice(STARTS) + rng.randrange(60 * 24 * 4) * MINUTE
    hours, pauses = make_hours(rng, start), make_pauses(rng, start)
    clock = Clock(90 * MINUTE, start, hours, pauses, (0.5, 0.8), raises(10 * MINUTE, 4))
    timers = list(clock.timers())
    assert all(one.due_at <= two.due_at for one, two in pairwise(timers))
    for timer, following in pairwise(timers):
        assert clock.following(timer.step, timer.number) == following
    assert not timers or timers[0].step is Step.WARNING
    reached = [at for n in range(0, 300, 10) if (at := clock.reach(n * MINUTE)) is not None]
    assert reached == sorted(reached)
    unpaused = Clock(90 * MINUTE, start, hours)
    assert clock.due_at is None or (unpaused.due_at is not None and unpaused.due_at <= clock.due_at)
