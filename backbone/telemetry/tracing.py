"""Traces by OpenTelemetry, exported over OTLP/HTTP where the environment names a collector; else every call is a no-op."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Literal

from opentelemetry import trace
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from backbone.bus.port import BusRecord, Headers
from backbone.telemetry import attributes

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
    from opentelemetry.util.types import AttributeValue

SpanKind = Literal["internal", "server", "client", "producer", "consumer"]

MAX_LINKS = 128
"""The SDK's own limit: a batch larger than this links its first records only."""

_W3C = TraceContextTextMapPropagator()
_KINDS: Mapping[SpanKind, trace.SpanKind] = {
    "internal": trace.SpanKind.INTERNAL,
    "server": trace.SpanKind.SERVER,
    "client": trace.SpanKind.CLIENT,
    "producer": trace.SpanKind.PRODUCER,
    "consumer": trace.SpanKind.CONSUMER,
}


class _State:
    tracer: trace.Tracer | None = None
    provider: "TracerProvider | None" = None


class _Off(AbstractContextManager[trace.Span]):
    """Shared by all callers while tracing is off; the span it gives swallows what is set on it."""

    def __enter__(self) -> trace.Span:
        return trace.INVALID_SPAN

    def __exit__(self, *_: object) -> None:
        return None


_OFF = _Off()


def configure_tracing(
    process: str,
    environ: Mapping[str, str],
    *,
    endpoint: str = "",
    version: str = "",
    processor: "SpanProcessor | None" = None,
) -> bool:
    """Turns tracing on if `endpoint` (a collector's base URL) or the environment names a collector; tells whether it did.

    Read are OpenTelemetry's own variables: `OTEL_EXPORTER_OTLP_ENDPOINT` or `…_TRACES_ENDPOINT` (else off),
    `OTEL_SDK_DISABLED`, and, by the SDK itself, headers, time-outs, sampler, resource attributes. `processor` stands in
    for the exporter in tests. Export runs in a thread with a bounded queue: a collector that is away costs spans only.
    """
    named = environ.get("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") or environ.get("OTEL_EXPORTER_OTLP_ENDPOINT")
    disabled = environ.get("OTEL_SDK_DISABLED", "").lower() == "true"
    if disabled or not (endpoint or named or processor):
        return False
    # The SDK and the exporter are loaded only here: 45 ms of start-up that most installations never need.
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider

    if processor is None:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.trace.export import BatchSpanProcessor

        processor = BatchSpanProcessor(OTLPSpanExporter(f"{endpoint.rstrip('/')}/v1/traces" if endpoint else None))
    told: dict[str, AttributeValue] = {"service.name": f"frontdesk-{process}", "service.namespace": "frontdesk"}
    if version:
        told["service.version"] = version
    provider = TracerProvider(resource=Resource.create(told), shutdown_on_exit=False)
    provider.add_span_processor(processor)
    _State.provider, _State.tracer = provider, provider.get_tracer("frontdesk", version)
    return True


def shut_down_tracing() -> None:
    """Sends what is queued (blocking: call it in a thread) and turns tracing off."""
    provider, _State.provider, _State.tracer = _State.provider, None, None
    if provider is not None:
        provider.shutdown()


def enabled() -> bool:
    return _State.tracer is not None


def current_ids() -> tuple[str, str] | None:
    """Trace and span id of the current span, in hex, for log lines; None outside a span or while tracing is off."""
    if _State.tracer is None:
        return None
    context = trace.get_current_span().get_span_context()
    if not context.is_valid:
        return None
    return trace.format_trace_id(context.trace_id), trace.format_span_id(context.span_id)


def inject(headers: Headers = ()) -> Headers:
    """The headers with the current span's `traceparent` behind them (W3C Trace Context); unchanged while off."""
    if _State.tracer is None:
        return headers
    carrier: dict[str, str] = {}
    _W3C.inject(carrier)
    kept = tuple(pair for pair in headers if pair[0] not in carrier)
    return kept + tuple((name, value.encode("ascii")) for name, value in carrier.items())


def traceparent() -> str | None:
    """The current span's `traceparent`, to store beside what will be published later; None while tracing is off."""
    if _State.tracer is None:
        return None
    return next((value.decode("ascii") for name, value in inject() if name == "traceparent"), None)


def extract(headers: Headers) -> trace.SpanContext | None:
    """The span that the headers name; None if they name none, name it wrongly, or tracing is off. Never raises."""
    if _State.tracer is None:
        return None
    carrier = {
        name: value.decode("ascii", errors="replace")
        for name, value in headers
        if name in {"traceparent", "tracestate"}
    }
    if not carrier:
        return None
    context = trace.get_current_span(_W3C.extract(carrier)).get_span_context()
    return context if context.is_valid else None


def span(
    name: str,
    *,
    kind: SpanKind = "internal",
    parent: trace.SpanContext | None = None,
    links: Iterable[trace.SpanContext | None] = (),
    values: "Mapping[str, AttributeValue] | None" = None,
) -> AbstractContextManager[trace.Span]:
    """A span around a `with` block; `parent` (else the current span) is what caused it, `links` what it also serves.

    Of an exception only its type is kept, since its text may quote a customer. Costs 0.2 µs while tracing is off.
    """
    if _State.tracer is None:
        return _OFF
    return _span(_State.tracer, name, kind, parent, links, values)


@contextmanager
def _span(
    tracer: trace.Tracer,
    name: str,
    kind: SpanKind,
    parent: trace.SpanContext | None,
    links: Iterable[trace.SpanContext | None],
    given: "Mapping[str, AttributeValue] | None",
) -> Iterator[trace.Span]:
    context = None if parent is None else trace.set_span_in_context(trace.NonRecordingSpan(parent))
    linked = [trace.Link(one) for one in links if one is not None][:MAX_LINKS]
    with tracer.start_as_current_span(
        name, context, _KINDS[kind], given, linked, record_exception=False, set_status_on_exception=False
    ) as started:
        try:
            yield started
        except BaseException as error:
            started.set_attribute(attributes.ERROR_TYPE, type(error).__name__)
            started.set_status(trace.StatusCode.ERROR)
            raise


def batch_span(name: str, records: Iterable[BusRecord], *, group: str = "") -> AbstractContextManager[trace.Span]:
    """A consumer's span for a batch, linked to the span that published each of its records."""
    if _State.tracer is None:
        return _OFF
    held = list(records)
    links = {link.span_id: link for link in map(extract, (record.headers for record in held)) if link is not None}
    told: dict[str, AttributeValue] = {attributes.MESSAGING_BATCH: len(held), attributes.MESSAGING_OPERATION: "process"}
    if group:
        told[attributes.MESSAGING_GROUP] = group
    if held:
        told[attributes.MESSAGING_DESTINATION] = held[0].topic
    return _span(_State.tracer, name, "consumer", None, links.values(), told)
