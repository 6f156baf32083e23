"""What publishers and consumers tell about the bus, as metrics; the bus itself knows none of their names."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from backbone.bus.accumulator import Report
from backbone.bus.port import BusRecord, TopicPartition
from backbone.clock import Clock
from backbone.telemetry.metrics import Metric, Metrics

LAG_EVERY = timedelta(seconds=10)


def publish_report(metrics: Metrics) -> Report:
    """For a bus's `report`: topic, records, seconds and the error's code of each batch."""

    def report(topic: str, records: int, seconds: float, failed: str | None) -> None:
        if failed is not None:
            metrics.inc(Metric.BUS_PUBLISH_FAILED, topic, failed, by=records)
            return
        metrics.inc(Metric.BUS_PUBLISHED, topic, by=records)
        metrics.observe(Metric.BUS_PUBLISH, seconds, topic)

    return report


class ConsumerReport:
    """The metrics of one consumer, told by its loop.

    The age of the oldest unprocessed record is worked out when it is read, so that it grows while a batch hangs. It
    covers what was polled; what the bus still holds is the lag.
    """

    def __init__(self, metrics: Metrics, clock: Clock, group: str) -> None:
        self._metrics = metrics
        self._clock = clock
        self._group = group
        self._oldest: datetime | None = None
        self._partitions = 0
        self._next_lag = clock.monotonic() + LAG_EVERY.total_seconds()
        self._progress = metrics.counter(Metric.CONSUMER_PROGRESS, group)
        metrics.gauge(Metric.CONSUMER_UNPROCESSED_AGE, group).set_function(self.oldest_age)

    def oldest_age(self) -> float:
        """Seconds; 0 while no record is in hand."""
        return 0.0 if self._oldest is None else max(0.0, (self._clock.now() - self._oldest).total_seconds())

    def polled(self) -> None:
        self._progress.inc()

    def took(self, records: Sequence[BusRecord]) -> None:
        """These are in hand from now on."""
        self._oldest = min(record.at for record in records)

    def finished(self) -> None:
        """Nothing is in hand any more."""
        self._oldest = None

    def assigned(self, change: int) -> None:
        """Partitions gained, or lost when negative."""
        self._partitions = max(0, self._partitions + change)
        self._metrics.set(Metric.CONSUMER_PARTITIONS, self._partitions, self._group)
        if change > 0:
            self._metrics.inc(Metric.CONSUMER_REBALANCES, self._group)

    def quarantined(self, accounts: int) -> None:
        self._metrics.set(Metric.CONSUMER_QUARANTINED, accounts, self._group)

    def lag_is_due(self) -> bool:
        """Every ten seconds: the loop then asks its consumer and tells."""
        if self._clock.monotonic() < self._next_lag:
            return False
        self._next_lag = self._clock.monotonic() + LAG_EVERY.total_seconds()
        return True

    def lag(self, lag: Mapping[TopicPartition, int]) -> None:
        for topic in {partition.topic for partition in lag}:
            total = sum(records for partition, records in lag.items() if partition.topic == topic)
            self._metrics.set(Metric.CONSUMER_LAG, total, self._group, topic)
