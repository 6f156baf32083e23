"""Business hours: several spans a day in a time zone, with holidays; arithmetic over daylight-saving edges."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_HORIZON_DAYS = 400


@dataclass(frozen=True, slots=True)
class Span:
    """Open from `start` to `end` local time on `weekday` (Monday is 0); an `end` of 00:00 is the end of that day."""

    weekday: int
    start: time
    end: time


@dataclass(frozen=True, slots=True)
class Hours:
    """When a team works. No spans at all means never open; a team that never closes has no Hours (None)."""

    zone: str
    spans: tuple[Span, ...]
    holidays: frozenset[date] = field(default_factory=frozenset)

    def is_open(self, at: datetime) -> bool:
        return any(start <= at < end for start, end in self._intervals(at - timedelta(days=1), days=3))

    def next_opening(self, at: datetime) -> datetime | None:
        """The next instant the team is open: `at` itself if it is open now; None if not within 400 days."""
        for start, end in self._intervals(at - timedelta(days=1), days=_HORIZON_DAYS):
            if end > at:
                return max(start, at)
        return None

    def add(self, start: datetime, span: timedelta) -> datetime | None:
        """The instant when `span` of open time has passed since `start`; None if not within 400 days."""
        left = span
        for opens, closes in self._intervals(start - timedelta(days=1), days=_HORIZON_DAYS):
            begins = max(opens, start)
            if closes <= begins:
                continue
            if closes - begins >= left:
                return begins + left
            left -= closes - begins
        return None

    def between(self, start: datetime, end: datetime) -> timedelta:
        """How much open time lies between two instants; none if they are the wrong way round."""
        total = timedelta(0)
        for opens, closes in self._intervals(start - timedelta(days=1), days=max(0, (end - start).days) + 4):
            total += max(timedelta(0), min(closes, end) - max(opens, start))
        return total

    def _intervals(self, since: datetime, *, days: int) -> Iterator[tuple[datetime, datetime]]:
        """Open intervals in UTC, in order, from the local day of `since`; those that touch or overlap are joined."""
        zone = ZoneInfo(self.zone)
        first = since.astimezone(zone).date()
        pending: tuple[datetime, datetime] | None = None
        for offset in range(days):
            day = first + timedelta(days=offset)
            if day in self.holidays:
                continue
            for opens, closes in sorted(
                _bounds(day, span, zone) for span in self.spans if span.weekday == day.weekday()
            ):
                if closes <= opens:
                    continue
                if pending and opens <= pending[1]:
                    pending = (pending[0], max(pending[1], closes))
                    continue
                if pending:
                    yield pending
                pending = (opens, closes)
        if pending:
            yield pending


def _bounds(day: date, span: Span, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """A span's instants on `day`. A local time skipped by daylight saving is read with the offset before the change."""
    last = day + timedelta(days=1) if span.end == time(0) else day
    opens = datetime.combine(day, span.start, zone).astimezone(UTC)
    return opens, datetime.combine(last, span.end, zone).astimezone(UTC)


def awake(teams: Sequence[str], hours: Mapping[str, Hours | None], at: datetime) -> str | None:
    """Of teams that follow the sun: the first that is open at `at`, else the one that opens first, else the first."""
    soonest: tuple[datetime, str] | None = None
    for team in teams:
        known = hours.get(team)
        opens = at if known is None else known.next_opening(at)
        if opens == at:
            return team
        if opens is not None and (soonest is None or opens < soonest[0]):
            soonest = (opens, team)
    return soonest[1] if soonest else next(iter(teams), None)
