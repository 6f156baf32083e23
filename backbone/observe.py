"""What every process tells about itself besides its work: its version, its event loop, and a port of its own to be scraped."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from importlib.metadata import PackageNotFoundError, version

from starlette.applications import Starlette

from backbone.clock import Clock
from backbone.supervise import Supervisor
from backbone.telemetry.logs import RateLimit
from backbone.telemetry.loop import watch_event_loop
from backbone.telemetry.metrics import Metric, Metrics
from backbone.web.health import Health, health_routes, metrics_route
from backbone.web.serve import http_server


def release() -> str:
    """The version of the installed distribution; `unknown` where it runs without being installed."""
    try:
        return version("frontdesk")
    except PackageNotFoundError:
        return "unknown"


def log_limit(metrics: Metrics) -> RateLimit:
    """The limit for `configure_logging`, which counts what it holds back."""
    return RateLimit(on_suppressed=metrics.counter(Metric.PROCESS_LOGS_SUPPRESSED).inc)


def observe(name: str, *, metrics: Metrics, supervisor: Supervisor, clock: Clock) -> None:
    """Adds the tasks that measure the process itself. Call it before the tasks that serve, so that it stops after them."""
    metrics.set(Metric.PROCESS_BUILD, 1, name, release())
    supervisor.add("event loop lag", lambda: watch_event_loop(metrics, clock))


def serve_operations(health: Health, metrics: Metrics, supervisor: Supervisor, *, host: str, port: int) -> None:
    """Probes and `/metrics` on a port of their own, which no balancer needs to know. Port 0: not served apart."""
    if not port:
        return
    app = Starlette(routes=[*health_routes(health), metrics_route(metrics)])
    server = http_server(app, host=host, port=port, drain=timedelta(seconds=1), lifespan="off", access_log=False)
    supervisor.add("metrics", server.run_until_stopped, on_stop=server.stop, stop_within=timedelta(seconds=2))


def draining(health: Health, stop: Callable[[], Awaitable[None]]) -> Callable[[], Awaitable[None]]:
    """A stop hook that tells the probes first."""

    async def drain_and_stop() -> None:
        health.drain()
        await stop()

    return drain_and_stop
