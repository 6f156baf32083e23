from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backbone.channel.port import ProviderReply
from gateway.outbound.backoff import ASKED_MOST, Backoff, retry_after

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
FULL, HALF = (lambda: 1.0), (lambda: 0.0)


def test_pauses_double_from_a_second_to_ten_minutes() -> None:
    pauses = [Backoff().pause(attempt, FULL).total_seconds() for attempt in range(1, 13)]
    assert pauses == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 600, 600]


@given(st.integers(1, 10_000), st.floats(0, 1))
def test_jitter_takes_away_half_at_most(attempt: int, dice: float) -> None:
    whole = Backoff().pause(attempt, FULL)
    assert whole / 2 <= Backoff().pause(attempt, lambda: dice) <= whole <= timedelta(minutes=10)


@given(st.integers(1, 50), st.timedeltas(timedelta(days=-1), timedelta(days=400)), st.floats(0, 1))
def test_what_the_provider_asked_for_is_a_floor_with_a_cap(attempt: int, asked: timedelta, dice: float) -> None:
    pause = Backoff().pause(attempt, lambda: dice, asked)
    assert pause >= min(max(asked, timedelta(0)), ASKED_MOST)
    assert pause <= max(ASKED_MOST, Backoff().ceiling) + timedelta(seconds=1)


def test_nothing_begins_after_the_horizon() -> None:
    backoff = Backoff()
    assert not backoff.is_over(timedelta(hours=23, minutes=49), timedelta(minutes=10))
    assert backoff.is_over(timedelta(hours=23, minutes=51), timedelta(minutes=10))


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("120", timedelta(minutes=2)),
        ("0", timedelta(0)),
        ("999999999999", timedelta(days=1)),
        ("Fri, 20 Nov 2026 09:01:00 GMT", timedelta(minutes=1)),
        ("Fri, 20 Nov 2026 08:00:00 GMT", timedelta(0)),
        ("-5", None),
        ("soon", None),
        ("", None),
        ("١٢", None),
    ],
)
def test_retry_after_is_read_in_seconds_and_as_a_date(header: str, expected: timedelta | None) -> None:
    assert retry_after(ProviderReply(429, (("retry-after", header),)), NOW) == expected


def test_no_header_asks_for_nothing() -> None:
    assert retry_after(ProviderReply(429), NOW) is None
    assert Backoff().pause(1, HALF, None) == timedelta(milliseconds=500)
