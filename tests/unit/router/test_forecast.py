"""What a forecast says of pressure, of slots that become free, and of people who share nothing."""

import pytest

from router.domain.forecast import Expected, Forecast, Kind, Pool

CHAT, MAIL = Kind(45, 360), Kind(3600, 600, stays=True)
HOUR = 3600.0


def mails(*rates: float, slots: int = 10) -> Forecast:
    """Hours of mails alone, with the load of each hour, in one pool."""
    return Forecast(0.0, HOUR, [Expected(MAIL, "a", [r * slots / 600 for r in rates])], [(("a",), slots)])


def test_there_is_no_pressure_where_the_backlog_is_worked_off_in_time() -> None:
    forecast = mails(0.5, 0.5, 0.5)
    assert forecast.pressures({"a": 10 * 600.0}, 0.0) == {"a": 0.0}


def test_pressure_sees_the_peak_before_it_comes() -> None:
    calm, before = mails(0.9, 0.9, 0.9, 0.9), mails(0.9, 1.6, 1.9, 1.0)
    backlog: dict[Pool, float] = {"a": 10 * 600.0}
    assert calm.pressures(backlog, 0.0)["a"] == 0.0
    assert before.pressures(backlog, 0.0)["a"] == 1.0


def test_a_peak_behind_a_time_in_which_everything_is_worked_off_presses_nobody_now() -> None:
    assert mails(0.2, 0.2, 2.5, 1.0).pressures({"a": 600.0}, 0.0) == {"a": 0.0}
    assert mails(0.2, 0.2, 2.5, 1.0).pressures({"a": 600.0}, 2 * HOUR)["a"] == 1.0


def test_pressure_of_a_team_is_not_thinned_by_another_with_which_it_shares_nobody() -> None:
    rates = [2.0 * 10 / 600] * 3
    crowded, idle = Expected(MAIL, "a", rates), Expected(MAIL, "b", [0.0] * 3)
    apart = Forecast(0.0, HOUR, [crowded, idle], [(("a",), 10), (("b",), 10)])
    together = Forecast(0.0, HOUR, [crowded, idle], [(("a", "b"), 20)])
    assert apart.pressures({"a": 0.0, "b": 0.0}, 0.0) == {"a": 1.0, "b": 0.0}
    assert together.pressures({"a": 0.0, "b": 0.0}, 0.0) == {"a": 0.0, "b": 0.0}


def test_people_join_pools_over_others() -> None:
    chain = [(("a", "b"), 1), (("b", "c"), 1), (("d",), 1)]
    forecast = Forecast(0.0, HOUR, [Expected(MAIL, p, [0.001]) for p in "abcd"], chain)
    assert forecast.group("a") is forecast.group("c")
    assert forecast.group("a") is not forecast.group("d")
    assert forecast.group("nowhere").plan == 0.0


@pytest.mark.parametrize(("few", "many"), [(3, 6), (12, 120)])
def test_the_more_are_able_the_fewer_who_can_not_wait_find_nobody(few: int, many: int) -> None:
    def missed(slots: int) -> float:
        expected = [Expected(CHAT, "a", [0.01]), Expected(MAIL, "a", [0.01])]
        return Forecast(0.0, HOUR, expected, [(("a",), slots)]).missed("a", 0.0)

    assert 0.01 > missed(few) > missed(many) > 0.0
