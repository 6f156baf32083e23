"""Counting by the closed list of names."""

import pytest

from backbone.telemetry.metrics import MAX_CHILDREN, Metric, Metrics


def test_two_processes_in_one_interpreter_count_apart() -> None:
    one, other = Metrics(), Metrics()
    one.inc(Metric.GATEWAY_RECEIVED, "whatsapp")
    assert one.value(Metric.GATEWAY_RECEIVED, "whatsapp") == 1
    assert other.value(Metric.GATEWAY_RECEIVED, "whatsapp") == 0


def test_a_bound_child_is_made_once() -> None:
    metrics = Metrics()
    child = metrics.counter(Metric.GATEWAY_RECEIVED, "email")
    assert metrics.counter(Metric.GATEWAY_RECEIVED, "email") is child


def test_each_kind_reads_what_was_put_in() -> None:
    metrics = Metrics()
    metrics.inc(Metric.GATEWAY_REJECTED, "email", "signature_invalid", by=3)
    metrics.set(Metric.ROUTER_OUTBOX_DEPTH, 7)
    metrics.observe(Metric.ROUTER_BATCH_SECONDS, 0.2, "messages.inbound.v1")
    metrics.observe(Metric.ROUTER_BATCH_SECONDS, 0.3, "messages.inbound.v1")
    assert metrics.value(Metric.GATEWAY_REJECTED, "email", "signature_invalid") == 3
    assert metrics.value(Metric.ROUTER_OUTBOX_DEPTH) == 7
    assert metrics.value(Metric.ROUTER_BATCH_SECONDS, "messages.inbound.v1") == 2


def test_a_gauge_goes_up_and_down() -> None:
    metrics = Metrics()
    sockets = metrics.gauge(Metric.API_SOCKETS, "agent")
    sockets.inc()
    sockets.inc()
    sockets.dec()
    assert metrics.value(Metric.API_SOCKETS, "agent") == 1


def test_a_gauge_can_be_read_from_a_function_at_scrape_time() -> None:
    metrics = Metrics()
    waiting = [1, 2, 3]
    metrics.gauge(Metric.GATEWAY_SPOOL_RECORDS).set_function(lambda: len(waiting))
    waiting.pop()
    assert metrics.value(Metric.GATEWAY_SPOOL_RECORDS) == 2


def test_a_counter_used_as_a_gauge_is_refused() -> None:
    with pytest.raises(ValueError, match="is a counter, not a gauge"):
        Metrics().gauge(Metric.GATEWAY_RECEIVED, "email")


def test_a_counter_used_as_a_gauge_is_refused_after_it_was_counted_too() -> None:
    metrics = Metrics()
    metrics.inc(Metric.GATEWAY_RECEIVED, "email")
    with pytest.raises(ValueError, match="not a histogram"):
        metrics.observe(Metric.GATEWAY_RECEIVED, 1.0, "email")


@pytest.mark.parametrize("labels", [(), ("a", "b")])
def test_a_wrong_number_of_labels_is_refused(labels: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="takes the labels"):
        Metrics().inc(Metric.GATEWAY_RECEIVED, *labels)


def test_labels_without_end_are_counted_under_overflow() -> None:
    metrics = Metrics()
    for number in range(MAX_CHILDREN + 50):
        metrics.inc(Metric.GATEWAY_RECEIVED, f"made-up-{number}")
    assert metrics.value(Metric.GATEWAY_RECEIVED, "overflow") == 50
    assert metrics.value(Metric.GATEWAY_RECEIVED, "made-up-0") == 1
    assert metrics.render().count(b"frontdesk_gateway_received_requests_total{") == MAX_CHILDREN + 1


def test_the_scrape_holds_help_type_and_value_and_no_creation_times() -> None:
    metrics = Metrics()
    metrics.inc(Metric.GATEWAY_RECEIVED, "email")
    text = metrics.render().decode()
    assert "# TYPE frontdesk_gateway_received_requests_total counter" in text
    assert 'frontdesk_gateway_received_requests_total{channel="email"} 1.0' in text
    assert "_created" not in text


def test_the_process_collectors_are_there_when_asked_for() -> None:
    assert b"python_info" in Metrics(with_process=True).render()
    assert b"python_info" not in Metrics().render()


def test_every_metric_can_be_made_and_rendered() -> None:
    metrics = Metrics()
    makers = {"counter": metrics.counter, "gauge": metrics.gauge, "histogram": metrics.histogram}
    for metric in Metric:
        makers[metric.kind](metric, *("x" for _ in metric.labels))
    text = metrics.render().decode()
    assert [metric for metric in Metric if f"# HELP {metric.full_name}" not in text] == []
