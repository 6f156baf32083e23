"""Counts and measures by the closed list of names in `catalogue`, each process in a registry of its own."""

from collections.abc import Callable
from typing import Protocol, cast

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from backbone.telemetry.catalogue import Kind, Metric

__all__ = ["CONTENT_TYPE_LATEST", "MAX_CHILDREN", "CounterChild", "GaugeChild", "HistogramChild", "Metric", "Metrics"]

MAX_CHILDREN = 1000
"""Label combinations kept of one metric; beyond it every label reads `overflow`, so that memory stays bounded."""

OVERFLOW = "overflow"


class CounterChild(Protocol):
    """A counter with its labels bound: 0.3 µs an increment. Keep it where it is used often."""

    def inc(self, amount: float = 1) -> None: ...


class GaugeChild(Protocol):
    def inc(self, amount: float = 1) -> None: ...

    def dec(self, amount: float = 1) -> None: ...

    def set(self, value: float) -> None: ...

    def set_function(self, f: Callable[[], float]) -> None: ...


class HistogramChild(Protocol):
    """A histogram with its labels bound: 0.7 µs an observation."""

    def observe(self, amount: float) -> None: ...


class Metrics:
    """The metrics of one process; built once in the composition root and passed on. Holds no global state.

    Two ways to count. On the message path keep a bound child: `received = metrics.counter(Metric.GATEWAY_RECEIVED,
    channel)` once, then `received.inc()`. Elsewhere `metrics.inc(Metric.GATEWAY_REJECTED, channel, code)`, which looks
    the child up in a dict first. Label values are positional, in the order of the catalogue; a wrong number of them, or
    a counter used as a gauge, raises `ValueError`.
    """

    def __init__(self, registry: CollectorRegistry | None = None, *, with_process: bool = False) -> None:
        """`with_process` adds Python's and the operating system's own metrics (memory, files, collector)."""
        # A `_created` series beside each counter would double what is scraped and tell nothing.
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self.registry = registry or CollectorRegistry(auto_describe=False)
        self._families: dict[Metric, Counter | Gauge | Histogram] = {}
        self._children: dict[tuple[str, tuple[str, ...]], object] = {}
        self._counts: dict[Metric, int] = {}
        if with_process:
            ProcessCollector(registry=self.registry)
            PlatformCollector(registry=self.registry)
            GCCollector(registry=self.registry)

    def counter(self, metric: Metric, *labels: str) -> CounterChild:
        return cast("CounterChild", self._child(metric, Kind.COUNTER, labels))

    def gauge(self, metric: Metric, *labels: str) -> GaugeChild:
        return cast("GaugeChild", self._child(metric, Kind.GAUGE, labels))

    def histogram(self, metric: Metric, *labels: str) -> HistogramChild:
        return cast("HistogramChild", self._child(metric, Kind.HISTOGRAM, labels))

    def inc(self, metric: Metric, *labels: str, by: float = 1) -> None:
        self.counter(metric, *labels).inc(by)

    def set(self, metric: Metric, value: float, *labels: str) -> None:
        self.gauge(metric, *labels).set(value)

    def observe(self, metric: Metric, value: float, *labels: str) -> None:
        """`value` is in the metric's unit: seconds, bytes or records."""
        self.histogram(metric, *labels).observe(value)

    def value(self, metric: Metric, *labels: str) -> float:
        """What a counter or gauge reads now, or how many observations a histogram has; 0 if never touched. For tests and `doctor`."""
        suffix = {Kind.COUNTER: "_total", Kind.GAUGE: "", Kind.HISTOGRAM: "_count"}[metric.kind]
        read = self.registry.get_sample_value(metric.full_name + suffix, dict(zip(metric.labels, labels, strict=True)))
        return read or 0.0

    def render(self) -> bytes:
        """The text Prometheus scrapes, to be sent as `CONTENT_TYPE_LATEST`."""
        return generate_latest(self.registry)

    def _child(self, metric: Metric, kind: Kind, labels: tuple[str, ...]) -> object:
        # Keyed by the name: hashing an Enum member runs Python code, a str keeps its hash.
        child = self._children.get((metric.full_name, labels))
        if child is None or metric.kind is not kind:
            child = self._make_child(metric, kind, labels)
        return child

    def _make_child(self, metric: Metric, kind: Kind, labels: tuple[str, ...]) -> object:
        if metric.kind is not kind:
            raise ValueError(f"{metric.full_name} is a {metric.kind}, not a {kind}")
        if len(labels) != len(metric.labels):
            raise ValueError(f"{metric.full_name} takes the labels {metric.labels}, got {len(labels)}")
        count = self._counts.get(metric, 0)
        if count >= MAX_CHILDREN and labels != (overflow := (OVERFLOW,) * len(labels)):
            # Not kept under its own labels: the look-up table must not grow either.
            return self._child(metric, kind, overflow)
        self._counts[metric] = count + 1
        family = self._families.get(metric)
        if family is None:
            family = self._families[metric] = self._make_family(metric)
        child: object = family.labels(*labels) if labels else family
        self._children[metric.full_name, labels] = child
        return child

    def _make_family(self, metric: Metric) -> Counter | Gauge | Histogram:
        name, text, labels = metric.full_name, metric.help_text, metric.labels
        if metric.kind is Kind.COUNTER:
            return Counter(name, text, labels, registry=self.registry)
        if metric.kind is Kind.GAUGE:
            return Gauge(name, text, labels, registry=self.registry)
        return Histogram(name, text, labels, registry=self.registry, buckets=metric.buckets)
