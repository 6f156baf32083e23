"""What publishers and consumers tell."""

from datetime import timedelta

from backbone.bus.port import BusRecord, TopicPartition
from backbone.telemetry.bus import ConsumerReport, publish_report
from backbone.telemetry.metrics import Metric, Metrics
from tests.support.time import START, manual_clock


def record(offset: int, age: int) -> BusRecord:
    return BusRecord("t", 0, offset, b"k", b"v", (), START - timedelta(seconds=age))


def test_a_published_batch_counts_its_records_and_its_longest_wait() -> None:
    metrics = Metrics()
    publish_report(metrics)("t", 7, 0.02, None)
    assert metrics.value(Metric.BUS_PUBLISHED, "t") == 7
    assert metrics.value(Metric.BUS_PUBLISH, "t") == 1
    assert metrics.registry.get_sample_value("frontdesk_bus_publish_seconds_sum", {"topic": "t"}) == 0.02


def test_a_failed_batch_counts_under_its_reason_and_not_as_published() -> None:
    metrics = Metrics()
    publish_report(metrics)("t", 7, 10.0, "unavailable")
    assert metrics.value(Metric.BUS_PUBLISH_FAILED, "t", "unavailable") == 7
    assert metrics.value(Metric.BUS_PUBLISHED, "t") == 0


def test_the_oldest_record_in_hand_ages_while_its_batch_hangs() -> None:
    metrics, clock = Metrics(), manual_clock()
    report = ConsumerReport(metrics, clock, "router")
    assert metrics.value(Metric.CONSUMER_UNPROCESSED_AGE, "router") == 0
    report.took([record(1, 5), record(2, 30), record(3, 1)])
    assert metrics.value(Metric.CONSUMER_UNPROCESSED_AGE, "router") == 30
    clock.advance(timedelta(minutes=2))
    assert metrics.value(Metric.CONSUMER_UNPROCESSED_AGE, "router") == 150
    report.finished()
    assert metrics.value(Metric.CONSUMER_UNPROCESSED_AGE, "router") == 0


def test_partitions_are_counted_over_rebalances() -> None:
    metrics = Metrics()
    report = ConsumerReport(metrics, manual_clock(), "router")
    report.assigned(6)
    report.assigned(-4)
    report.assigned(1)
    assert metrics.value(Metric.CONSUMER_PARTITIONS, "router") == 3
    assert metrics.value(Metric.CONSUMER_REBALANCES, "router") == 2


def test_lag_is_asked_for_every_ten_seconds_and_summed_by_topic() -> None:
    metrics, clock = Metrics(), manual_clock()
    report = ConsumerReport(metrics, clock, "router")
    assert not report.lag_is_due()
    clock.advance(timedelta(seconds=10))
    assert report.lag_is_due()
    assert not report.lag_is_due()
    report.lag({TopicPartition("t", 0): 3, TopicPartition("t", 1): 4, TopicPartition("u", 0): 1})
    assert metrics.value(Metric.CONSUMER_LAG, "router", "t") == 7
    assert metrics.value(Metric.CONSUMER_LAG, "router", "u") == 1
