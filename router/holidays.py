"""Days on which teams are closed: of countries, by the holidays library, and of iCalendar feeds (RFC 5545), which are hostile until read."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache

import holidays
import icalendar
import recurring_ical_events

FEED_MOST = 512 * 1024
DAYS_MOST = 1000
_NAME_MOST = 100
_COMPONENTS_MOST = 5000
_FREQUENT_MOST = 20
_LONGEST = 60
_BACK, _AHEAD = timedelta(days=40), timedelta(days=430)
_RULE = re.compile(r"^RRULE[^:\r\n]*:(.*)$", re.MULTILINE | re.IGNORECASE)
_START = re.compile(r"^DTSTART[^:\r\n]*:(\d{4})", re.MULTILINE | re.IGNORECASE)
_FINE = ("SECONDLY", "MINUTELY", "HOURLY", "BYHOUR", "BYMINUTE", "BYSECOND")
_UNREADABLE = (
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    ArithmeticError,
    RuntimeError,
)


class FeedInvalid(ValueError):
    """A feed that can't be read, or that asks for more than a calendar of holidays needs; says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Day:
    """A day off, with what it is called."""

    date: date
    name: str


@cache
def countries() -> Mapping[str, Sequence[str]]:
    """ISO 3166-1 codes of countries whose holidays are known, each with its subdivisions."""
    known: Mapping[str, Sequence[str]] = holidays.list_supported_countries()
    return known


def country_days(country: str, subdivision: str | None, today: date) -> list[Day]:
    """Public holidays from a month ago to more than a year ahead. Raises ValueError for a country or subdivision not known."""
    parts = countries().get(country)
    if parts is None or (subdivision is not None and subdivision not in parts):
        raise ValueError(f"no holidays are known of {country} {subdivision or ''}".strip())
    found = holidays.country_holidays(
        country, subdiv=subdivision, years=range(today.year - 1, today.year + 3), language=None
    )
    return [Day(on, name[:_NAME_MOST]) for on, name in sorted(found.items()) if _near(on, today)]


def feed_days(body: bytes, today: date) -> list[Day]:
    """Whole days of a feed's events from a month ago to more than a year ahead; events with a time of day are not holidays.

    Repetitions are expanded; a cancelled event is left out, one of several days counts up to 60. Raises `FeedInvalid`.
    """
    _refuse_large(body)
    try:
        calendar = icalendar.Calendar.from_ical(body)
        events = recurring_ical_events.of(calendar, skip_bad_series=True).between(today - _BACK, today + _AHEAD)
        found = {day: name for event in events for day, name in _days(event) if _near(day, today)}
    except _UNREADABLE as error:
        raise FeedInvalid("it is not a calendar (RFC 5545) that can be read") from error
    if len(found) > DAYS_MOST:
        raise FeedInvalid(f"it has more than {DAYS_MOST} days off")
    return [Day(on, found[on]) for on in sorted(found)]


def _refuse_large(body: bytes) -> None:
    if len(body) > FEED_MOST:
        raise FeedInvalid(f"it is larger than {FEED_MOST} bytes")
    text = body.decode("utf-8", "replace").replace("\r\n", "\n").replace("\n ", "").replace("\n\t", "")
    if text.upper().count("BEGIN:") > _COMPONENTS_MOST:
        raise FeedInvalid(f"it has more than {_COMPONENTS_MOST} components")
    rules = [rule.upper() for rule in _RULE.findall(text)]
    if any(word in rule for rule in rules for word in _FINE):
        raise FeedInvalid("holidays don't repeat by the hour or finer")
    if sum("FREQ=YEARLY" not in rule for rule in rules) > _FREQUENT_MOST:
        raise FeedInvalid(f"more than {_FREQUENT_MOST} of its events repeat more often than yearly")
    if any(int(year) < 1970 for year in _START.findall(text)):
        raise FeedInvalid("it has events that began before 1970")


def _days(event: icalendar.Event) -> list[tuple[date, str]]:
    start = event.get("DTSTART")
    first = start.dt if start is not None else None
    if first is None or isinstance(first, datetime) or str(event.get("STATUS", "")).upper() == "CANCELLED":
        return []
    end = event.get("DTEND")
    last = end.dt if end is not None and not isinstance(end.dt, datetime) else first + timedelta(days=1)
    count = min(_LONGEST, max(1, (last - first).days))
    name = " ".join(str(event.get("SUMMARY", "")).split())[:_NAME_MOST]
    return [(first + timedelta(days=n), name) for n in range(count)]


def _near(on: date, today: date) -> bool:
    return today - _BACK <= on <= today + _AHEAD
