"""A forecast counted from past conversations, and a slot that is kept free because of it."""

from datetime import UTC, datetime, timedelta
from typing import Any

from router.demand import expect
from router.domain.assignment import Candidate, Waiting, assign
from router.domain.forecast import Expected, Forecast, Kind
from router.domain.work import Pool

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
TEAM = frozenset({"t"})
POOL = Pool("team", ("t",))


def chats(count: int, after: timedelta) -> list[dict[str, Any]]:
    """Live chats of each of the last seven days, so long after this time of day."""
    return [
        {
            "opened_at": NOW - timedelta(days=1 + n % 7) + after,
            "team_id": "t",
            "channel_class": "live",
            "visibility": "private",
            "cohort": "unknown",
            "needs": [],
        }
        for n in range(count)
    ]


def people(used: int) -> list[Candidate]:
    return [Candidate("a", TEAM, "online", 3, used)]


def test_too_little_history_gives_no_forecast() -> None:
    assert expect(chats(100, timedelta(minutes=10)), (), people(0), NOW) is None


def test_what_came_at_this_time_of_day_is_expected_again() -> None:
    found = expect(chats(700, timedelta(minutes=10)), (), people(0), NOW)
    assert found is not None
    soon, later = NOW + timedelta(minutes=5), NOW + timedelta(hours=3)
    # Those who can't wait are all that comes, so no slot becomes free for whom it isn't known yet.
    assert found.missed(POOL, soon.timestamp()) == 100 / 1800
    assert found.missed(POOL, later.timestamp()) == 0
    assert found.group(POOL).load(soon.timestamp()) == 100 * 360 / 1800 / 3


def mail(due: timedelta) -> Waiting:
    return Waiting("m", "t", 1, 0, NOW + due, NOW, channel_class="mail", target=timedelta(hours=1))


def test_the_last_slot_is_kept_for_those_who_can_not_wait_until_the_deadline_is_near() -> None:
    chat = Kind(45, 360)
    forecast = Forecast(NOW.timestamp(), 600, [Expected(chat, POOL, [0.005] * 60)], [([POOL], 3)])
    (held,) = assign([mail(timedelta(minutes=50))], people(2), now=NOW, forecast=forecast)
    assert (held.agent_id, held.outcome) == (None, "kept_for_urgent")
    assert "kept so" in held.explanation["plain"]
    (due,) = assign([mail(timedelta(seconds=10))], people(2), now=NOW, forecast=forecast)
    assert due.agent_id == "a"
    (chosen,) = assign([mail(timedelta(minutes=50))], people(2), now=NOW)
    assert chosen.agent_id == "a"


def test_live_work_takes_a_kept_slot() -> None:
    forecast = Forecast(NOW.timestamp(), 600, [Expected(Kind(45, 360), POOL, [0.005] * 60)], [([POOL], 3)])
    live = Waiting("l", "t", 1, 0, NOW + timedelta(seconds=45), NOW, channel_class="live")
    assert assign([live], people(2), now=NOW, forecast=forecast)[0].agent_id == "a"
