"""G10: from the signed webhook to the frame at the agent, at 200 messages/s, on Kafka and on the embedded bus.

The real product (gateway and agent API in one process, router in another, PostgreSQL), beside a bare pipeline with the same
hops and no database, and beside a direct push. All are up at once and measured in short windows of shuffled order; what
counts is the ratio of each round, of those the median. Latency counts from the moment a message was due.
"""

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Any

from bench.calibration import calibrate
from bench.children import child
from bench.driver import Generator, Outcome, customers_of, generator
from bench.references.pipeline import IN, OUT, PARTITIONS
from bench.support import CpuMeter, Report, arguments, in_rounds, median, median_ratio, number, print_table, quantiles
from bench.workloads import WORKLOADS
from bench.world import Servers, World, make_topics, servers, world
from tests.support.apart import run_apart
from tests.support.database import drop_database
from tests.support.migrated import migrated_database
from tests.support.ports import HOST, free_ports

PRODUCT, BARE, DIRECT = "product", "bare", "direct"
WORKLOAD = WORKLOADS["steady"]
PATIENCE = 5.0


@dataclass(frozen=True)
class Window:
    """One server for a moment: milliseconds to the agent, and CPU µs a message by part."""

    p50: float
    p99: float
    ack_p50: float
    messages: int
    not_taken: int
    unseen: int
    cpu: dict[str, float]


@contextmanager
def reference(running: Servers, made: World, bus: str, *parts: str) -> Iterator[tuple[Generator, dict[str, list[int]]]]:
    """A pipeline of these parts, customers who write to it, and its processes."""
    with ExitStack() as stack:
        address = running.bootstrap
        if bus == "postgres" and parts != ("direct",):
            address = migrated_database(running.url)
            stack.callback(drop_database, address)
        port = free_ports(1)[0]
        shared = ("--bus", bus, "--address", address)
        pids = {}
        for part in parts:
            listens = port if part != "middle" else None
            process = stack.enter_context(
                child("bench.references.pipeline", part, *shared, "--port", str(port), port=listens)
            )
            pids[part] = [process.pid]
        sockets = [(f"ws://{HOST}:{port}/{tenant.account.id}", "") for tenant in made.tenants]
        quiet = replace(WORKLOAD, new=0.0, doubled=0.0)
        yield stack.enter_context(generator(quiet, made.tenants, port, sockets)), pids


def window(source: Generator, meter: CpuMeter, seconds: float, rate: float) -> Window:
    meter.lap()
    found: Outcome = source.run("open", seconds=seconds, rate=rate, patience=PATIENCE)
    spent = meter.lap()
    return Window(
        found.p50_ms,
        found.p99_ms,
        quantiles(found.ack)[0] * 1000,
        found.acked,
        found.refused + found.broken,
        found.unseen,
        {part: seconds / found.acked * 1e6 for part, seconds in spent.items()},
    )


def measure(running: Servers, bus: str, options: Any) -> dict[str, list[Window]]:
    with ExitStack() as stack:
        made = stack.enter_context(world(running, WORKLOAD, bus))
        customers = stack.enter_context(customers_of(made))
        customers.run("first", patience=30.0)
        if bus == "kafka":
            run_apart(make_topics(running.bootstrap, (IN, OUT), PARTITIONS))
        bare, bare_pids = stack.enter_context(reference(running, made, bus, "front", "middle"))
        direct, direct_pids = stack.enter_context(reference(running, made, bus, "direct"))
        meters = {
            PRODUCT: CpuMeter(lambda: made.pids() | {"generator": [customers.pid]}),
            BARE: CpuMeter(lambda: bare_pids),
            DIRECT: CpuMeter(lambda: direct_pids),
        }
        sources = {PRODUCT: customers, BARE: bare, DIRECT: direct}
        ways = {
            name: partial(window, source, meters[name], options.seconds, options.rate)
            for name, source in sources.items()
        }
        return in_rounds(ways, options.rounds)


def show(bus: str, found: dict[str, list[Window]]) -> None:
    print(f"\n{bus}: medians of {len(found[PRODUCT])} windows")
    rows = []
    for name, windows in found.items():
        cpu = {part: median(w.cpu[part] for w in windows) for part in windows[0].cpu}
        values = [median(getattr(w, what) for w in windows) for what in ("p50", "p99", "ack_p50")]
        parts = ", ".join(f"{part} {value:.0f}" for part, value in cpu.items())
        rows.append(
            [
                name,
                parts,
                *map(number, values),
                *(str(sum(getattr(w, what) for w in windows)) for what in ("not_taken", "unseen")),
            ]
        )
    print_table(["", "CPU µs a message", "p50 ms", "p99 ms", "ack p50 ms", "not taken", "unseen"], rows)


def judge(report: Report, bus: str, found: dict[str, list[Window]]) -> None:
    ours, bare, direct = found[PRODUCT], found[BARE], found[DIRECT]

    def ratio(what: str, other: list[Window]) -> float:
        return median_ratio([getattr(w, what) for w in ours], [getattr(w, what) for w in other])

    report.add("G10", f"{bus}: p50 beside the bare pipeline", ratio("p50", bare), 1.5)
    report.add("G10", f"{bus}: p99 beside the bare pipeline", ratio("p99", bare), 2.0)
    report.add("G10", f"{bus}: p50 beside direct push", ratio("p50", direct), 6.0)
    report.add("p50", f"{bus}: message to agent", median(w.p50 for w in ours), 10.0, unit="ms", absolute=True)
    report.add("p99", f"{bus}: message to agent", median(w.p99 for w in ours), 50.0, unit="ms", absolute=True)
    report.add("whole", f"{bus}: frames not seen", sum(w.unseen for w in ours), 0.0, unit="frames")
    report.details[bus] = {name: [asdict(w) for w in windows] for name, windows in found.items()}


def main() -> int:
    buses = {"nargs": "+", "default": ["kafka", "postgres"], "choices": ["kafka", "postgres"]}
    options = arguments(__doc__, bus=buses, rate={"type": float, "default": WORKLOAD.rate})
    report = Report("end_to_end", calibrate())
    with servers(kafka="kafka" in options.bus) as running:
        for bus in options.bus:
            found = measure(running, bus, options)
            show(bus, found)
            judge(report, bus, found)
    return report.finish()


if __name__ == "__main__":
    sys.exit(main())
