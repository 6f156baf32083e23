"""Probes and the watchdog."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from starlette.applications import Starlette

from backbone.clock import ManualClock, SystemClock
from backbone.errors import Unavailable
from backbone.telemetry.metrics import Metric, Metrics
from backbone.web.health import CheckResult, Health, Watchdog, health_routes, metrics_route
from tests.support.time import advance, manual_clock

SPAN = timedelta(seconds=40)


@pytest.fixture
def clock() -> ManualClock:
    return manual_clock()


class Worker:
    """Something with a count of work done and a queue."""

    def __init__(self) -> None:
        self.done = 0
        self.waiting = 1
        self.stalls: list[str] = []

    def watchdog(self, clock: ManualClock, metrics: Metrics | None = None, *, with_lag: bool = True) -> Watchdog:
        lag = (lambda: self.waiting) if with_lag else None
        return Watchdog(
            "consumer",
            clock,
            span=SPAN,
            progress=lambda: self.done,
            lag=lag,
            on_stall=self.stalls.append,
            metrics=metrics,
        )


async def ask(health: Health, path: str, metrics: Metrics | None = None) -> tuple[int, Any]:
    routes = [*health_routes(health), *([metrics_route(metrics)] if metrics else [])]
    transport = httpx2.ASGITransport(app=Starlette(routes=routes))
    async with httpx2.AsyncClient(transport=transport, base_url="http://process") as client:
        response = await client.get(path)
    assert response.headers.get("cache-control", "no-store") == "no-store"
    return response.status_code, response.json() if "json" in response.headers["content-type"] else response.text


async def fine() -> CheckResult:
    return CheckResult(ok=True, detail="3 brokers")


async def down() -> CheckResult:
    return CheckResult(ok=False, detail="no leader")


async def hang() -> CheckResult:
    await asyncio.Event().wait()
    return CheckResult(ok=True)


async def refuse() -> CheckResult:
    raise Unavailable


async def crash() -> CheckResult:
    raise ConnectionRefusedError("postgresql://frontdesk:hunter2@db")


async def test_a_process_is_not_ready_before_it_has_started(clock: ManualClock) -> None:
    health = Health(clock, checks={"bus": fine})
    assert (await ask(health, "/startupz"))[0] == 503
    assert (await ask(health, "/readyz"))[0] == 503
    health.started()
    assert (await ask(health, "/startupz"))[0] == 200
    assert await ask(health, "/readyz") == (
        200,
        {
            "status": "ok",
            "checks": {
                "startup": {"ok": True, "detail": ""},
                "draining": {"ok": True, "detail": ""},
                "bus": {"ok": True, "detail": "3 brokers"},
            },
        },
    )


@pytest.mark.parametrize(
    ("check", "detail"),
    [
        (down, "no leader"),
        (refuse, "unavailable"),
        (crash, "ConnectionRefusedError"),
        (hang, "no answer within 0.05 s"),
    ],
)
async def test_a_failing_check_is_named_without_its_secrets(clock: ManualClock, check: Any, detail: str) -> None:
    health = Health(clock, checks={"bus": fine, "database": check}, deadline=timedelta(milliseconds=50))
    health.started()
    status, body = await ask(health, "/readyz")
    assert (status, body["code"], body["detail"]) == (503, "unhealthy", "Failed: database.")
    assert body["checks"]["database"] == {"ok": False, "detail": detail}
    assert body["checks"]["bus"]["ok"]


async def test_checks_run_side_by_side() -> None:
    health = Health(SystemClock(), deadline=timedelta(milliseconds=300))
    for number in range(10):
        health.add_check(f"check {number}", hang)
    health.started()
    began = asyncio.get_running_loop().time()
    assert (await ask(health, "/readyz"))[0] == 503
    assert asyncio.get_running_loop().time() - began < 2


async def test_a_dependency_is_asked_once_a_second_at_most(clock: ManualClock) -> None:
    asked: list[int] = []

    async def count() -> CheckResult:
        asked.append(1)
        return CheckResult(ok=True)

    health = Health(clock, checks={"bus": count})
    health.started()
    await asyncio.gather(*(health.ready() for _ in range(20)))
    assert len(asked) == 1
    clock.advance(timedelta(seconds=1))
    await health.ready()
    assert len(asked) == 2


async def test_a_draining_process_is_live_but_not_ready(clock: ManualClock) -> None:
    health = Health(clock, checks={"bus": fine})
    health.started()
    health.drain()
    assert (await ask(health, "/livez"))[0] == 200
    status, body = await ask(health, "/readyz")
    assert (status, body["checks"]["draining"]["detail"]) == (503, "shutting down")


async def test_liveness_touches_no_dependency(clock: ManualClock) -> None:
    health = Health(clock, checks={"bus": crash, "database": hang})
    health.started()
    assert await ask(health, "/livez") == (200, {"status": "ok", "checks": {}})


async def test_a_tripped_watchdog_ends_liveness(clock: ManualClock) -> None:
    worker, health = Worker(), Health(clock)
    dog = worker.watchdog(clock)
    health.add_watchdog(dog)
    clock.advance(SPAN)
    dog.check()
    status, body = await ask(health, "/livez")
    assert (status, body["checks"]) == (503, {"consumer": {"ok": False, "detail": "no progress"}})


async def test_readiness_is_a_metric_too(clock: ManualClock) -> None:
    metrics = Metrics()
    health = Health(clock, checks={"bus": fine}, metrics=metrics)
    health.started()
    await ask(health, "/readyz")
    status, text = await ask(health, "/metrics", metrics)
    assert status == 200
    assert "frontdesk_process_ready_state 1.0" in text
    health.drain()
    await ask(health, "/readyz")
    assert metrics.value(Metric.PROCESS_READY) == 0


def test_a_watchdog_is_content_while_the_count_grows(clock: ManualClock) -> None:
    worker = Worker()
    dog = worker.watchdog(clock)
    for _ in range(10):
        clock.advance(SPAN * 0.9)
        worker.done += 1
        assert dog.check()
    assert worker.stalls == []


def test_a_watchdog_is_content_while_nothing_waits(clock: ManualClock) -> None:
    worker = Worker()
    worker.waiting = 0
    dog = worker.watchdog(clock)
    clock.advance(10 * SPAN)
    assert dog.check()
    worker.waiting = 5
    clock.advance(SPAN * 0.9)
    assert dog.check(), "the span begins when work arrives"


def test_without_a_lag_the_count_alone_decides(clock: ManualClock) -> None:
    worker = Worker()
    worker.waiting = 0
    dog = worker.watchdog(clock, with_lag=False)
    clock.advance(SPAN)
    assert not dog.check()


def test_a_watchdog_trips_once_and_stays_tripped(clock: ManualClock) -> None:
    worker, metrics = Worker(), Metrics()
    dog = worker.watchdog(clock, metrics)
    clock.advance(SPAN)
    assert not dog.check()
    assert not dog.check()
    worker.done += 1
    assert not dog.check()
    assert not dog.alive()
    assert worker.stalls == ["consumer"]
    assert metrics.value(Metric.PROCESS_STALLS, "consumer") == 1


async def test_a_running_watchdog_notices_within_an_eighth_beyond_its_span(clock: ManualClock) -> None:
    worker = Worker()
    task = asyncio.create_task(worker.watchdog(clock).run())
    await advance(clock, SPAN * 0.99, steps=8)
    assert worker.stalls == []
    await advance(clock, SPAN * 0.2, steps=8)
    assert worker.stalls == ["consumer"]
    task.cancel()
