"""Business hours against a slow oracle that walks minute by minute, across both daylight-saving edges."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from router.domain.hours import Hours, Span

ZONES = ("Europe/Amsterdam", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "UTC")
# A week around each change of clocks in Europe and America, and a plain one.
STARTS = (
    datetime(2026, 3, 5, tzinfo=UTC),
    datetime(2026, 3, 26, tzinfo=UTC),
    datetime(2026, 10, 22, tzinfo=UTC),
    datetime(2026, 10, 29, tzinfo=UTC),
    datetime(2026, 6, 1, tzinfo=UTC),
)
quarters = st.integers(0, 95).map(lambda q: time(q // 4, q % 4 * 15))
spans = st.builds(Span, weekday=st.integers(0, 6), start=quarters, end=quarters).filter(
    lambda s: s.end == time(0) or s.start < s.end
)
calendars = st.builds(
    Hours,
    zone=st.sampled_from(ZONES),
    spans=st.lists(spans, min_size=1, max_size=6).map(tuple),
    holidays=st.frozensets(st.integers(0, 9).map(lambda d: date(2026, 3, 27) + timedelta(days=d)), max_size=2),
)
moments = st.builds(lambda start, m: start + timedelta(minutes=m), st.sampled_from(STARTS), st.integers(0, 60 * 24 * 5))


def oracle(hours: Hours, at: datetime) -> bool:
    """Open if some span's two instants, each read on its own local day, enclose `at`."""
    zone = ZoneInfo(hours.zone)
    for back in (0, 1):
        day = at.astimezone(zone).date() - timedelta(days=back)
        if day in hours.holidays:
            continue
        for span in hours.spans:
            if span.weekday != day.weekday():
                continue
            opens = datetime.combine(day, span.start, zone).astimezone(UTC)
            last = day + timedelta(days=1) if span.end == time(0) else day
            if opens <= at < datetime.combine(last, span.end, zone).astimezone(UTC):
                return True
    return False


@given(calendars, moments)
def test_open_or_closed_agrees_with_the_oracle(hours: Hours, at: datetime) -> None:
    assert hours.is_open(at) == oracle(hours, at)


@settings(max_examples=60)
@given(calendars, moments, st.integers(1, 60 * 30))
def test_adding_open_time_agrees_with_walking_minute_by_minute(hours: Hours, at: datetime, minutes: int) -> None:
    due = hours.add(at, timedelta(minutes=minutes))
    left, now = minutes, at
    for _ in range(60 * 24 * 12):
        if left == 0:
            break
        left -= oracle(hours, now)
        now += timedelta(minutes=1)
    if left == 0:
        assert due == now
    else:
        assert due is None or due > now


@given(calendars, moments)
def test_the_next_opening_is_open_and_nothing_before_it_is(hours: Hours, at: datetime) -> None:
    opening = hours.next_opening(at)
    if opening is None:
        return
    assert hours.is_open(opening)
    assert opening == at or not hours.is_open(opening - timedelta(seconds=1))


@given(calendars, moments, st.integers(1, 600), st.integers(1, 600))
def test_a_deadline_never_moves_back_as_time_is_added(hours: Hours, at: datetime, first: int, more: int) -> None:
    sooner = hours.add(at, timedelta(minutes=first))
    later = hours.add(at, timedelta(minutes=first + more))
    assert later is None or (sooner is not None and at <= sooner <= later)
