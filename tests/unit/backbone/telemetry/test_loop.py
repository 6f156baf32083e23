"""How late the event loop is."""

import asyncio
from datetime import timedelta

from backbone.telemetry.loop import watch_event_loop
from backbone.telemetry.metrics import Metric, Metrics
from tests.support.time import advance, manual_clock


async def test_lateness_is_observed_not_the_sleep_itself() -> None:
    clock, metrics = manual_clock(), Metrics()
    task = asyncio.create_task(watch_event_loop(metrics, clock, every=timedelta(seconds=1)))
    await advance(clock, timedelta(seconds=1))
    await advance(clock, timedelta(seconds=3))
    task.cancel()
    assert metrics.value(Metric.PROCESS_LOOP_LAG) == 2
    name = "frontdesk_process_event_loop_lag_seconds_sum"
    assert metrics.registry.get_sample_value(name) == 2.0
