"""One message's trace goes from its webhook through the bus record and the router to what the stream tells."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from backbone.telemetry import tracing
from tests.support.desk import Feed, make_desk, rows
from tests.support.router import PARTITION, make_workers

pytestmark = pytest.mark.database


@pytest.fixture
def spans() -> Iterator[InMemorySpanExporter]:
    exporter = InMemorySpanExporter()
    tracing.configure_tracing("test", {}, processor=SimpleSpanProcessor(exporter))
    yield exporter
    tracing.shut_down_tracing()


async def test_a_message_keeps_its_trace_from_the_webhook_to_the_stream(
    spans: InMemorySpanExporter, database_url: str, tmp_path: Path
) -> None:
    desk = await make_desk(database_url)
    workers = await make_workers(database_url, tmp_path)
    await workers.handler.claim(PARTITION)
    with tracing.span("webhook", kind="server") as webhook:
        record = replace(Feed(desk).message("hello"), headers=tracing.inject())
    await workers.take(record)
    await workers.database.stop()
    trace_id = f"{webhook.get_span_context().trace_id:032x}"
    told = await rows(database_url, "SELECT type, traceparent FROM events_pending ORDER BY position")
    assert [row["type"] for row in told] == ["conversation.opened", "message.received"]
    assert all(row["traceparent"].split("-")[1] == trace_id for row in told)
    routed = next(span for span in spans.get_finished_spans() if span.name == "route")
    assert routed.parent is not None
    assert routed.parent.span_id == webhook.get_span_context().span_id
