"""A window that is about to close and a loud public word move a case forward, by bounded steps and never backward."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.domain.assignment import Candidate, Waiting, assign
from router.domain.urgency import PUBLIC_ADVANCE, REACH_STEPS, WINDOW_ADVANCE, WINDOW_NEAR, Pressure, advance

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
NOTHING = timedelta(0)


def test_a_window_counts_the_more_the_nearer_its_end_and_nothing_once_closed() -> None:
    found = [
        advance(Pressure(NOW + left), NOW)
        for left in (
            WINDOW_NEAR + timedelta(seconds=1),
            WINDOW_NEAR,
            WINDOW_NEAR / 2,
            timedelta(0),
            timedelta(hours=-1),
        )
    ]
    assert found == [NOTHING, NOTHING, WINDOW_ADVANCE / 2, NOTHING, NOTHING]
    assert advance(Pressure(NOW + timedelta(seconds=1)), NOW) > WINDOW_ADVANCE * 0.999


@pytest.mark.parametrize(
    ("reach", "rating", "steps"),
    [
        (None, None, 0),
        (9_999, 3, 0),
        (10_000, None, 1),
        (250_000, None, 2),
        (10**12, None, 3),
        (None, 2, 1),
        (10_000, 1, 2),
    ],
)
def test_reach_and_bad_stars_count_in_steps(reach: int | None, rating: int | None, steps: int) -> None:
    assert advance(Pressure(None, reach, rating), NOW) == PUBLIC_ADVANCE * steps


@given(
    st.builds(
        Pressure,
        st.none() | st.datetimes(timezones=st.just(UTC)),
        st.none() | st.floats(0, 1e20),
        st.none() | st.integers(1, 5),
    )
)
def test_the_advance_is_bounded(pressure: Pressure) -> None:
    assert NOTHING <= advance(pressure, NOW) <= WINDOW_ADVANCE + PUBLIC_ADVANCE * (REACH_STEPS + 1)


def test_of_two_cases_the_one_whose_window_closes_is_given_first_and_the_decision_says_so() -> None:
    def case(name: str, minutes: int, pressure: Pressure) -> Waiting:
        due = NOW + timedelta(minutes=minutes)
        return Waiting(name, "t1", 1, 0, due, NOW - timedelta(minutes=1), pressure=pressure)

    agent = Candidate("a1", frozenset({"t1"}), "online", 1, 0, None)
    plain, closing = case("plain", 20, Pressure()), case("closing", 40, Pressure(NOW + timedelta(minutes=30)))
    found = {d.conversation_id: d for d in assign([plain, closing], [agent], now=NOW)}
    assert (found["closing"].agent_id, found["plain"].agent_id) == ("a1", None)
    assert found["closing"].explanation["sooner_seconds"] == round(WINDOW_ADVANCE.total_seconds() * (1 - 0.5 / 4))
    assert "sooner_seconds" not in found["plain"].explanation
