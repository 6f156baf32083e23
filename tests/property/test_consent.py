"""Whatever the night and the zones are: nobody is written to in theirs, and what was forbidden stays so."""

from datetime import UTC, datetime, timedelta
from typing import Any, get_args
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from router.domain.consent import Allowed, Night, Purpose, Refused, Standing, Wait, may_write, word_of, zones_of

PREFIXES = ["1", "7", "31", "34", "44", "45", "48", "49", "52", "55", "61", "62", "81", "351", "385", "971"]
NUMBERS = st.builds(lambda prefix, rest: f"+{prefix}{rest:08d}", st.sampled_from(PREFIXES), st.integers(0, 99_999_999))
FIRST = datetime(2024, 1, 1, tzinfo=UTC)
MOMENTS = st.timedeltas(timedelta(0), timedelta(days=2200)).map(lambda since: FIRST + since)
NIGHTS = st.builds(Night, st.times(), st.times())
PURPOSES = st.sampled_from(get_args(Purpose))
STATES = st.sampled_from(["given", "withdrawn"])
STANDINGS = st.builds(Standing, st.booleans(), st.booleans(), st.dictionaries(PURPOSES, STATES))


@given(PURPOSES, STANDINGS, NIGHTS, NUMBERS, MOMENTS)
def test_nobody_is_written_to_in_their_night(
    purpose: Purpose, standing: Standing, night: Night, number: str, now: datetime
) -> None:
    zones = zones_of(number, "UTC")
    found = may_write(purpose, standing, night=night, zones=zones, now=now)
    if isinstance(found, Refused):
        return
    at = found.until if isinstance(found, Wait) else now
    assert not any(night.holds(at.astimezone(ZoneInfo(zone)).time()) for zone in zones)


@given(PURPOSES, STANDINGS, NIGHTS, NUMBERS, MOMENTS)
def test_a_wait_ends_later_and_within_three_days(
    purpose: Purpose, standing: Standing, night: Night, number: str, now: datetime
) -> None:
    found = may_write(purpose, standing, night=night, zones=zones_of(number, "UTC"), now=now)
    assert not isinstance(found, Wait) or now < found.until <= now + timedelta(days=3)


@given(PURPOSES, STANDINGS, NIGHTS, NUMBERS, MOMENTS)
def test_waiting_never_turns_a_no_into_a_yes(
    purpose: Purpose, standing: Standing, night: Night, number: str, now: datetime
) -> None:
    forbidden = standing.opted_out or standing.restricted or standing.consents.get(purpose) == "withdrawn"
    found = may_write(purpose, standing, night=night, zones=zones_of(number, "UTC"), now=now)
    assert not forbidden or isinstance(found, Refused)


@given(PURPOSES, STANDINGS, MOMENTS)
def test_without_a_night_nobody_waits(purpose: Purpose, standing: Standing, now: datetime) -> None:
    assert isinstance(may_write(purpose, standing, night=None, zones=("UTC",), now=now), Allowed | Refused)


@given(
    st.sampled_from(["stop", "afmelden", "ophør", "arrêt", "rezygnuję", "إيقاف", "start"]),
    st.sampled_from([str.upper, str.title, str.lower]),
    st.text(" \t\n.!\"'", max_size=10),
    st.text(" \t\n.!\"'", max_size=10),
)
def test_a_word_is_known_in_any_case_between_any_marks(word: str, cased: Any, before: str, after: str) -> None:
    assert word_of(before + cased(word) + after) == word_of(word) is not None


@given(st.text(st.characters(categories=["L"]), min_size=1, max_size=20))
def test_a_word_with_another_one_is_never_taken_for_a_refusal(other: str) -> None:
    assert word_of(f"stop {other}") is None or other.casefold() == "all"
