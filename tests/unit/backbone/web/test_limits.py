"""Token buckets: a quota a window, refilled steadily, bounded in number."""

from datetime import UTC, datetime, timedelta

from backbone.clock import ManualClock
from backbone.web.limits import TokenBuckets


def made(quota: int = 3, most: int = 100) -> tuple[TokenBuckets, ManualClock]:
    clock = ManualClock(datetime(2026, 1, 1, tzinfo=UTC))
    return TokenBuckets(quota, timedelta(seconds=60), clock, most=most), clock


def test_a_quota_is_given_and_no_more() -> None:
    buckets, _ = made()
    assert [buckets.take("a").allowed for _ in range(5)] == [True, True, True, False, False]
    assert buckets.take("b").allowed


def test_it_refills_steadily_up_to_the_quota() -> None:
    buckets, clock = made()
    for _ in range(3):
        buckets.take("a")
    refused = buckets.take("a")
    assert refused.retry == timedelta(seconds=20)
    clock.advance(refused.retry)
    assert buckets.take("a").allowed
    clock.advance(timedelta(hours=1))
    assert buckets.take("a").remaining == 2


def test_headers_tell_the_quota_and_what_is_left() -> None:
    buckets, _ = made()
    assert buckets.headers(buckets.take("a")) == {
        "RateLimit-Policy": '"default";q=3;w=60',
        "RateLimit": '"default";r=2;t=20',
    }


def test_no_more_buckets_are_kept_than_said() -> None:
    buckets, _ = made(most=10)
    for number in range(1000):
        buckets.take(str(number))
    assert len(buckets._buckets) == 10
