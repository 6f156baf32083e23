import asyncio
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backbone.channel.port import Request
from backbone.clock import ManualClock
from backbone.errors import CallFailed, Unavailable
from gateway.outbound.backoff import Backoff
from gateway.simulator.driver import Driver, Traffic, guard_for, posted
from tests.support.time import settle

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


def _requests(count: int) -> list[Request]:
    return [Request("POST", "http://x", "", (), str(number).encode()) for number in range(count)]


async def _never(_request: Request) -> int:
    return 500


def _driver(traffic: Traffic | None = None) -> Driver:
    return Driver(_never, ManualClock(NOW), traffic)


@given(st.integers(0, 60), st.floats(0, 1), st.integers(0, 8), st.integers(0, 1000))
def test_every_request_is_sent_once_or_twice_and_slips_no_further_than_allowed(
    count: int, duplicates: float, reorder: int, seed: int
) -> None:
    traffic = Traffic(duplicates=duplicates, reorder=reorder, seed=seed)
    planned = [int(request.body) for request in _driver(traffic).plan(_requests(count))]
    counts = Counter(planned)
    assert sorted(counts) == list(range(count))
    assert set(counts.values()) <= {1, 2}
    firsts = list(dict.fromkeys(planned))
    assert all(abs(place - number) <= reorder for place, number in enumerate(firsts))
    assert planned == [int(request.body) for request in _driver(traffic).plan(_requests(count))]


def test_careful_traffic_keeps_the_order() -> None:
    assert [int(request.body) for request in _driver().plan(_requests(50))] == list(range(50))


async def test_a_webhook_is_posted_until_it_is_acknowledged() -> None:
    answers: list[int | None] = [503, None, 401, 200]
    clock = ManualClock(NOW)

    async def post(_request: Request) -> int:
        status = answers.pop(0)
        if status is None:
            raise CallFailed
        return status

    driver = Driver(post, clock)
    task = asyncio.create_task(driver.deliver(_requests(1)[0]))
    for _ in range(3):
        await settle()
        clock.advance(timedelta(seconds=10))
    assert await task == 4
    assert (driver.tally.acknowledged, driver.tally.posts) == (1, 4)
    assert driver.tally.statuses == {503: 1, 0: 1, 401: 1, 200: 1}


async def test_patience_ends() -> None:
    backoff = Backoff(first=timedelta(0), ceiling=timedelta(0), horizon=timedelta(microseconds=-1))
    with pytest.raises(Unavailable, match="500"):
        await Driver(_never, ManualClock(NOW), backoff=backoff).deliver(_requests(1)[0])


def test_the_guard_of_a_simulation_opens_its_own_servers_only() -> None:
    guard = guard_for("http://127.0.0.1:8080/webhooks/x", "https://desk.internal/sim", "http://[::1]:99/")
    assert {(entry.host or str(entry.network), entry.port) for entry in guard.allowed} == {
        ("127.0.0.1/32", 8080), ("desk.internal", 443), ("::1/128", 99),
    }  # fmt: skip


def test_a_webhook_goes_as_it_is_and_what_a_poll_would_bring_to_the_providers_inbox() -> None:
    webhook = Request("POST", "https://desk.example.test/hook", "", (), b"1")
    assert posted(webhook, "https://p.example.test/inbox") is webhook
    polled = posted(replace(webhook, method="POLL"), "https://p.example.test/inbox")
    assert (polled.method, polled.url, polled.body) == ("POST", "https://p.example.test/inbox", b"1")
