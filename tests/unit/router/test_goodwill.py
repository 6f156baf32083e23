"""Who may give what, and what cases with goodwill are set beside."""

from datetime import timedelta

import pytest

from router.domain.goodwill import Decision, Outcome, Rule, Side, beside_reference, decide, rules_from

RULE = Rule("late", "voucher", "EUR", {"bot": 500, "agent": 1000}, contact_value=2000, contact_times=3)


def decided(role: str, value: int, had: int = 0, times: int = 0) -> Decision:
    return decide(RULE, role=role, value=value, given_value=had, given_times=times)


@pytest.mark.parametrize(("role", "value"), [("bot", 500), ("agent", 1000), ("admin", 2000)])
def test_what_is_within_all_limits_is_granted(role: str, value: int) -> None:
    assert decided(role, value) == Decision("granted")


@pytest.mark.parametrize(("role", "value"), [("bot", 501), ("agent", 1001), ("supervisor", 1), ("supervisor", 0)])
def test_what_is_above_the_roles_limit_waits(role: str, value: int) -> None:
    assert decided(role, value) == Decision("waiting", ("above_own_limit",))


def test_what_is_too_much_for_one_customer_waits_for_an_admin_too() -> None:
    assert decided("admin", 1000, had=1001) == Decision("waiting", ("above_customer_value",))


def test_what_is_too_often_for_one_customer_waits() -> None:
    assert decided("agent", 0, times=3) == Decision("waiting", ("above_customer_times",))


def test_each_limit_that_it_is_above_is_said() -> None:
    assert decided("bot", 2001, times=3).reasons == ("above_own_limit", "above_customer_value", "above_customer_times")


def test_tiers_are_compared_in_any_case_of_letters() -> None:
    [rule] = rules_from({"goodwill": {"rules": [{"name": "vip", "kind": "upgrade", "tiers": ["Gold"]}]}}).values()
    assert (rule.is_for(["GOLD"]), rule.is_for(["silver"]), rule.is_for([])) == (True, False, False)


def test_a_role_without_a_number_gives_nothing_by_itself() -> None:
    [rule] = rules_from({"goodwill": {"rules": [{"name": "x", "kind": "upgrade", "limits": {"agent": None}}]}}).values()
    assert (rule.gives("agent", 0), rule.period) == (False, timedelta(days=365))


def outcome(stratum: str, *, given: bool, settled: int, again: int, rated: int = 0, scores: int = 0) -> Outcome:
    return Outcome((stratum,), given, settled, again, rated, scores)


def test_the_reference_is_weighted_as_the_cases_with_goodwill_are_spread() -> None:
    found = beside_reference(
        [
            outcome("mail", given=True, settled=30, again=6),
            outcome("mail", given=False, settled=100, again=30),
            outcome("chat", given=True, settled=10, again=1),
            outcome("chat", given=False, settled=1000, again=100),
        ]
    )
    assert found == (Side(40, 0.175, 0, None), Side(1100, 0.25, 0, None), 0)


def test_cases_without_a_like_are_left_out_and_counted() -> None:
    given, reference, unmatched = beside_reference([outcome("mail", given=True, settled=4, again=4)])
    assert (given.settled, reference.again_share, unmatched) == (0, None, 4)


def test_ratings_are_compared_where_both_sides_have_some() -> None:
    given, reference, _ = beside_reference(
        [
            outcome("mail", given=True, settled=2, again=0, rated=2, scores=9),
            outcome("mail", given=False, settled=0, again=0, rated=4, scores=12),
        ]
    )
    assert (given.average, reference.average) == (4.5, 3.0)
