from hypothesis import given
from hypothesis import strategies as st

from gateway.outbound.fairness import in_turn

Work = list[tuple[str, int]]


def _order(items: Work, turn: int = 0) -> Work:
    return list(in_turn(items, tenant=lambda item: item[0], turn=turn))


def test_a_tenant_with_many_accounts_does_not_go_before_one_with_few() -> None:
    big = [("big", number) for number in range(50)]
    assert _order([*big, ("small", 0)])[:2] == [("big", 0), ("small", 0)]


def test_each_turn_begins_with_another_tenant_and_account() -> None:
    assert [_order([("a", 0), ("b", 0)], turn)[0] for turn in range(3)] == [("a", 0), ("b", 0), ("a", 0)]
    assert [_order([("a", 0), ("a", 1)], turn)[0] for turn in range(3)] == [("a", 0), ("a", 1), ("a", 0)]


@given(st.lists(st.tuples(st.sampled_from("abcd"), st.integers()), unique=True), st.integers(0, 100))
def test_everybody_gets_one_place(items: Work, turn: int) -> None:
    assert sorted(_order(items, turn)) == sorted(items)


@given(st.lists(st.tuples(st.sampled_from("abcd"), st.integers()), unique=True, min_size=1), st.integers(0, 100))
def test_nobody_gets_a_second_place_before_all_had_a_first(items: Work, turn: int) -> None:
    tenants = [tenant for tenant, _ in _order(items, turn)]
    count = len(set(tenants))
    assert len(set(tenants[:count])) == count
