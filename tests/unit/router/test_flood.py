from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from router.domain.flood import Floods, Limit

AT = datetime(2026, 11, 20, 9, tzinfo=UTC)
ANN, BOB = ("acc_1", "ann"), ("acc_1", "bob")
FIVE = Limit(5, timedelta(minutes=1))


def test_a_contact_may_write_a_burst_and_then_as_fast_as_its_bucket_fills() -> None:
    look = Floods().look()
    assert [look.is_flood(ANN, AT, FIVE) for _ in range(7)] == [False] * 5 + [True] * 2
    assert not look.is_flood(BOB, AT, FIVE)
    later = AT + timedelta(seconds=12)
    assert [look.is_flood(ANN, later, FIVE) for _ in range(2)] == [False, True]
    assert not look.is_flood(ANN, later + timedelta(hours=1), FIVE)


def test_a_batch_that_fails_counts_nothing() -> None:
    floods = Floods()
    for _ in range(3):
        assert not any(floods.look().is_flood(ANN, AT, FIVE) for _ in range(5))
    look = floods.look()
    for _ in range(5):
        look.is_flood(ANN, AT, FIVE)
    floods.keep(look)
    assert floods.look().is_flood(ANN, AT, FIVE)


def test_only_the_contacts_active_last_are_remembered() -> None:
    floods = Floods(most=2)
    for name in ("a", "b", "c"):
        look = floods.look()
        for _ in range(5):
            look.is_flood(("acc", name), AT, FIVE)
        floods.keep(look)
    look = floods.look()
    assert [look.is_flood(("acc", name), AT, FIVE) for name in ("a", "b", "c")] == [False, True, True]


@given(st.lists(st.integers(-120, 120), max_size=60))
def test_whatever_the_order_of_arrival_no_more_pass_than_the_burst_and_what_refills(gaps: list[int]) -> None:
    look, passed = Floods().look(), 0
    for gap in gaps:
        passed += not look.is_flood(ANN, AT + timedelta(seconds=gap), FIVE)
    assert passed <= 5 + 240 / 60 * 5
