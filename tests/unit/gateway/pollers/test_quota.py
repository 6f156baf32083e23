from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from gateway.pollers.quota import NUDGED_SOONEST, Quota, next_poll, nudged_poll

EVERY = timedelta(minutes=5)
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
PACIFIC = Quota(10_000, "America/Los_Angeles")


def test_without_a_quota_the_rhythm_is_the_channels() -> None:
    assert next_poll(Quota(None), used=10**9, cost=5, every=EVERY, now=NOON) == NOON + EVERY


def test_what_is_left_lasts_until_the_providers_midnight() -> None:
    # 20 hours until midnight in California, 100 units left at 5 a poll: 20 polls, one an hour.
    assert PACIFIC.resets_at(NOON) == datetime(2026, 11, 21, 8, tzinfo=UTC)
    assert next_poll(PACIFIC, used=9_900, cost=5, every=EVERY, now=NOON) == NOON + timedelta(hours=1)
    assert next_poll(PACIFIC, used=0, cost=5, every=EVERY, now=NOON) == NOON + EVERY


def test_with_nothing_left_the_next_poll_is_at_the_providers_midnight() -> None:
    for used in (9_996, 10_000, 20_000):
        assert next_poll(PACIFIC, used=used, cost=5, every=EVERY, now=NOON) == PACIFIC.resets_at(NOON)
        assert nudged_poll(PACIFIC, used=used, cost=5, polled_at=None, now=NOON) == PACIFIC.resets_at(NOON)


def test_a_day_of_23_hours_ends_at_its_own_midnight() -> None:
    spring = Quota(100, "Europe/Berlin")
    assert spring.resets_at(datetime(2026, 3, 28, 23, 30, tzinfo=UTC)) == datetime(2026, 3, 29, 22, tzinfo=UTC)


def test_a_nudge_is_followed_at_once_but_a_burst_of_them_only_once() -> None:
    assert nudged_poll(PACIFIC, used=0, cost=1, polled_at=None, now=NOON) == NOON
    just = NOON - timedelta(seconds=1)
    assert nudged_poll(PACIFIC, used=0, cost=1, polled_at=just, now=NOON) == just + NUDGED_SOONEST


@given(cost=st.integers(1, 200), per_day=st.integers(1, 20_000), hour=st.integers(0, 23))
def test_a_whole_day_of_polls_never_uses_more_than_the_quota(cost: int, per_day: int, hour: int) -> None:
    quota = Quota(per_day, "America/Los_Angeles")
    now = NOON.replace(hour=hour)
    midnight, used = quota.resets_at(now), 0
    for _ in range(2_000):
        if quota.left(used) is not None and per_day - used < cost:
            break
        used += cost
        now = next_poll(quota, used=used, cost=cost, every=EVERY, now=now)
        if now >= midnight:
            break
    assert used <= max(per_day, 0)
