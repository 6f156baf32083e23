"""Traces over the bus, and nothing at all while off."""

import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from timeit import timeit

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from backbone.bus.port import BusRecord, Headers
from backbone.telemetry import attributes, tracing
from backbone.telemetry.logs import configure_logging, get_logger, reset_logging


@pytest.fixture
def spans() -> Iterator[InMemorySpanExporter]:
    """Tracing on, with spans kept in memory."""
    exporter = InMemorySpanExporter()
    assert tracing.configure_tracing("router", {}, version="1.0", processor=SimpleSpanProcessor(exporter))
    yield exporter
    tracing.shut_down_tracing()


def record(headers: Headers, offset: int = 0) -> BusRecord:
    return BusRecord("messages.inbound.v1", 0, offset, b"key", b"value", headers, datetime(2026, 1, 1, tzinfo=UTC))


def test_without_a_collector_in_the_environment_tracing_is_off() -> None:
    assert not tracing.configure_tracing("router", {})
    assert not tracing.enabled()


def test_the_sdk_can_be_disabled_by_its_own_variable() -> None:
    environ = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318", "OTEL_SDK_DISABLED": "true"}
    assert not tracing.configure_tracing("router", environ)


def test_a_named_collector_turns_it_on_without_being_called() -> None:
    assert tracing.configure_tracing("router", {}, endpoint="http://127.0.0.1:9")
    on = tracing.enabled()
    tracing.shut_down_tracing()
    assert on
    assert not tracing.enabled()


def test_while_off_headers_pass_untouched_and_spans_swallow_what_is_set() -> None:
    headers: Headers = (("ce_id", b"evt_1"),)
    with tracing.span("work", kind="consumer") as span:
        span.set_attribute(attributes.CHANNEL, "email")
        assert tracing.inject(headers) is headers
    assert tracing.extract((("traceparent", b"00-" + b"1" * 32 + b"-" + b"2" * 16 + b"-01"),)) is None
    assert tracing.current_ids() is None
    assert not span.is_recording()


def test_while_off_a_span_costs_microseconds() -> None:
    def work() -> None:
        with tracing.span("work"):
            pass

    assert min(timeit(work, number=1000) for _ in range(5)) / 1000 < 10e-6


def test_a_consumers_span_hangs_on_the_producers_over_the_bus(spans: InMemorySpanExporter) -> None:
    with tracing.span("publish", kind="producer"):
        headers = tracing.inject((("ce_id", b"evt_1"),))
    with tracing.span("process", kind="consumer", parent=tracing.extract(headers)):
        pass
    publish, process = spans.get_finished_spans()
    assert headers[0] == ("ce_id", b"evt_1")
    assert process.parent is not None
    assert publish.context is not None
    assert (process.parent.trace_id, process.parent.span_id) == (publish.context.trace_id, publish.context.span_id)


def test_an_old_traceparent_is_replaced_not_doubled(spans: InMemorySpanExporter) -> None:
    with tracing.span("first"):
        old = tracing.inject()
    with tracing.span("second"):
        new = tracing.inject(old)
    assert [name for name, _ in new] == ["traceparent"]
    assert new != old
    assert len(spans.get_finished_spans()) == 2


def test_a_batch_links_each_publisher_once_and_survives_bad_headers(spans: InMemorySpanExporter) -> None:
    with tracing.span("one"):
        one = tracing.inject()
    with tracing.span("two"):
        two = tracing.inject()
    broken: Headers = (("traceparent", b"\xff\x00nonsense"),)
    with tracing.batch_span("batch", [record(one), record(two, 1), record(one, 2), record(broken, 3), record((), 4)]):
        pass
    batch = spans.get_finished_spans()[-1]
    assert len(batch.links) == 2
    assert batch.attributes is not None
    assert batch.attributes[attributes.MESSAGING_BATCH] == 5


def test_a_batch_has_no_more_links_than_the_sdk_keeps(spans: InMemorySpanExporter) -> None:
    headers: list[Headers] = [
        (("traceparent", f"00-{number:032x}-{number:016x}-01".encode()),) for number in range(1, 301)
    ]
    with tracing.batch_span("batch", [record(each, number) for number, each in enumerate(headers)]):
        pass
    assert len(spans.get_finished_spans()[-1].links) == tracing.MAX_LINKS


def test_an_error_leaves_its_type_and_not_its_text(spans: InMemorySpanExporter) -> None:
    with pytest.raises(ValueError, match="stolen"), tracing.span("work"):
        raise ValueError("my card is stolen")
    (failed,) = spans.get_finished_spans()
    assert failed.status.status_code is trace.StatusCode.ERROR
    assert failed.attributes is not None
    assert failed.attributes[attributes.ERROR_TYPE] == "ValueError"
    assert "stolen" not in failed.to_json()


def test_log_lines_inside_a_span_carry_its_ids(spans: InMemorySpanExporter) -> None:
    out = io.StringIO()
    configure_logging("INFO", json=True, stream=out)
    with tracing.span("work"):
        get_logger("x").info("worked")
    reset_logging()
    (done,) = spans.get_finished_spans()
    assert done.context is not None
    assert json.loads(out.getvalue())["trace_id"] == trace.format_trace_id(done.context.trace_id)
