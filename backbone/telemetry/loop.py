"""Measures how late the event loop is: the first sign of something that blocks it."""

from datetime import timedelta

from backbone.clock import Clock
from backbone.telemetry.metrics import Metric, Metrics

EVERY = timedelta(milliseconds=500)


async def watch_event_loop(metrics: Metrics, clock: Clock, *, every: timedelta = EVERY) -> None:
    """Sleeps and observes by how much it was woken too late, until cancelled: a task for the supervisor."""
    lag = metrics.histogram(Metric.PROCESS_LOOP_LAG)
    while True:
        due = clock.monotonic() + every.total_seconds()
        await clock.sleep(every)
        lag.observe(max(0.0, clock.monotonic() - due))
