from dataclasses import replace
from datetime import timedelta

import pytest

from backbone.clock import ManualClock
from gateway.inbound.quotas import QuotaLimits, Quotas, Refusal
from tests.support.time import manual_clock


def quotas(clock: ManualClock, *, lag: float = 0.0, **limits: float) -> Quotas:
    return Quotas(clock, QuotaLimits(**limits), lag=lambda: lag)  # type: ignore[arg-type]


def test_a_burst_is_let_in_and_the_rate_holds_after_it() -> None:
    clock = manual_clock()
    door = quotas(clock, account_rate=10, account_burst=5)
    assert [door.admit("ten", "acc") for _ in range(5)] == [None] * 5
    assert door.admit("ten", "acc") == Refusal("account", "rate")
    clock.advance(timedelta(milliseconds=100))
    assert door.admit("ten", "acc") is None
    assert door.admit("ten", "acc") == Refusal("account", "rate")


def test_a_bucket_never_holds_more_than_its_burst() -> None:
    clock = manual_clock()
    door = quotas(clock, account_rate=10, account_burst=3)
    door.admit("ten", "acc")
    clock.advance(timedelta(hours=1))
    assert [door.admit("ten", "acc") is None for _ in range(4)] == [True, True, True, False]


def test_a_tenants_rate_counts_all_of_its_accounts() -> None:
    door = quotas(manual_clock(), tenant_rate=10, tenant_burst=2)
    assert door.admit("ten", "acc_1") is None
    assert door.admit("ten", "acc_2") is None
    assert door.admit("ten", "acc_3") == Refusal("tenant", "rate")
    assert door.admit("other", "acc_4") is None


def test_a_refused_request_takes_nothing_from_any_bucket() -> None:
    clock = manual_clock()
    door = quotas(clock, account_rate=1, account_burst=1, tenant_rate=100, tenant_burst=2)
    assert door.admit("ten", "acc_1") is None
    for _ in range(10):
        assert door.admit("ten", "acc_1") == Refusal("account", "rate")
    assert door.admit("ten", "acc_2") is None


@pytest.mark.parametrize(
    ("limit", "refusal"),
    [
        ("account_in_flight", Refusal("account", "in_flight")),
        ("tenant_in_flight", Refusal("tenant", "in_flight")),
        ("in_flight", Refusal("process", "in_flight")),
    ],
)
def test_places_are_bounded_and_given_back(limit: str, refusal: Refusal) -> None:
    door = Quotas(manual_clock(), replace(QuotaLimits(near=1.0), **{limit: 2}))
    assert door.admit("ten", "acc") is None
    assert door.admit("ten", "acc") is None
    assert door.admit("ten", "acc") == refusal
    door.release("ten", "acc")
    assert door.admit("ten", "acc") is None
    assert door.in_flight == 2


def test_the_room_for_bodies_is_bounded_and_given_back() -> None:
    door = quotas(manual_clock(), body_bytes=100)
    assert door.take_bytes(60)
    assert not door.take_bytes(60)
    door.give_bytes(60)
    assert door.take_bytes(100)
    assert door.body_bytes == 100


def test_near_the_limit_each_tenant_keeps_its_part_of_the_places() -> None:
    door = quotas(manual_clock(), in_flight=100, near=0.5)
    assert door.admit("quiet", "acc_q") is None
    let_in = sum(door.admit("loud", "acc_l") is None for _ in range(100))
    assert let_in == 50
    assert door.admit("loud", "acc_l") == Refusal("tenant", "share")
    assert door.admit("quiet", "acc_q") is None
    assert door.admit("newcomer", "acc_n") is None


def test_a_tenant_alone_may_use_all_places() -> None:
    door = quotas(manual_clock(), in_flight=100, near=0.5)
    assert sum(door.admit("alone", "acc") is None for _ in range(200)) == 100


def test_weights_give_a_tenant_more_than_another() -> None:
    door = Quotas(
        manual_clock(), QuotaLimits(in_flight=90, near=0.1), weight=lambda tenant: 2.0 if tenant == "big" else 1.0
    )
    door.admit("small", "acc_s")
    assert sum(door.admit("big", "acc_b") is None for _ in range(100)) == 60


def test_a_strained_process_refuses_the_loudest_first() -> None:
    clock = manual_clock()
    door = quotas(clock, lag=0.1)
    refused = {"loud": 0, "quiet": 0}
    for _ in range(200):
        for tenant, count in (("quiet", 1), ("loud", 20)):
            for _ in range(count):
                refusal = door.admit(tenant, f"acc_{tenant}")
                refused[tenant] += refusal is not None
                assert refusal in {None, Refusal("tenant", "share")}
                if refusal is None:
                    door.release(tenant, f"acc_{tenant}")
        clock.advance(timedelta(milliseconds=10))
    assert refused["quiet"] == 0
    assert refused["loud"] > 2000


def test_a_strained_process_with_one_tenant_refuses_nobody() -> None:
    door = quotas(manual_clock(), lag=0.1)
    for _ in range(500):
        assert door.admit("alone", "acc") is None
        door.release("alone", "acc")


def test_an_overwhelmed_process_lets_nobody_in_until_it_has_caught_up() -> None:
    lag = [2.0]
    door = Quotas(manual_clock(), lag=lambda: lag[0])
    assert door.admit("ten", "acc") == Refusal("process", "lag")
    lag[0] = 0.5
    assert door.admit("ten", "acc") is None


def test_memory_is_bounded_and_those_inside_are_not_forgotten() -> None:
    door = quotas(manual_clock(), tenants=10, accounts=10, near=1.0)
    assert door.admit("first", "acc_first") is None
    for number in range(1000):
        assert door.admit(f"ten_{number}", f"acc_{number}") is None
        door.release(f"ten_{number}", f"acc_{number}")
    assert len(door._tenants) == 10
    assert len(door._accounts) == 10
    door.release("first", "acc_first")
    assert door.in_flight == 0


TENANTS = [f"ten_{number}" for number in range(20)]
SERVED, REFUSED = 60e-6, 6e-6


def waits(loud: int, *, quotas_on: bool) -> list[float]:
    """How long the quiet tenants' requests wait, in seconds, at one server in virtual time over 20 s.

    Each of 20 tenants sends one request each 2 ms, which is 60 % of what the server can do; one of them `loud` times that.
    """
    clock = manual_clock()
    endless = dict.fromkeys(("tenant_rate", "tenant_burst", "account_rate", "account_burst"), 1e9)
    backlog = 0.0
    door = Quotas(
        clock,
        QuotaLimits() if quotas_on else QuotaLimits(**endless),  # type: ignore[arg-type]
        lag=lambda: backlog if quotas_on else 0.0,
    )
    found = []
    for _ in range(10_000):
        clock.advance(timedelta(milliseconds=2))
        backlog = max(0.0, backlog - 0.002)
        for tenant in [TENANTS[0]] * loud + TENANTS[1:]:
            let_in = door.admit(tenant, tenant) is None
            backlog += SERVED if let_in else REFUSED
            if let_in:
                door.release(tenant, tenant)
            if tenant == TENANTS[-1]:
                found.append(backlog if let_in else 1.0)
    return sorted(found)


def p99(found: list[float]) -> float:
    return found[int(len(found) * 0.99)]


def test_one_tenant_at_twenty_times_its_share_leaves_the_others_their_answer_times() -> None:
    alike, flooded = waits(1, quotas_on=True), waits(20, quotas_on=True)
    assert len(flooded) == len(alike) == 10_000
    assert flooded[-1] < 1.0, "a quiet tenant was refused"
    # Without quotas the same flood is more than the server can do: the wait only grows.
    assert p99(waits(20, quotas_on=False)) > 100 * p99(alike)
    assert p99(flooded) <= 1.5 * p99(alike)
