"""What a message costs when there is ten times as much of everything, and what a hot tenant does to the others.

CPU of gateway and agent API, router, and the database's own backends, for each message at one steady rate: with ten times
the open conversations, agents, tenants, and with agents who have no room, beside the plain workload. The installations are
all up at once and measured in short windows of shuffled order. Then the hot tenant: the latency of the others' messages
while one tenant writes 20 times its share, beside the same installation at rest.
"""

import sys
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Any

from bench.calibration import calibrate
from bench.driver import Generator, customers_of
from bench.support import CpuMeter, Report, arguments, in_rounds, median, median_ratio, number, print_table, quantiles
from bench.workloads import WORKLOADS, Workload
from bench.world import Servers, servers, world

BASE = WORKLOADS["steady"]
LARGER = tuple(WORKLOADS[name] for name in ("10x conversations", "10x agents", "10x tenants", "all waiting"))
HOT = WORKLOADS["hot tenant"]
LIMIT = 1.3
HOT_LIMIT = 1.5
PATIENCE = 10.0


@dataclass(frozen=True)
class Window:
    """CPU µs a message by part; milliseconds to the agent, without the hot tenant's own messages."""

    cpu: dict[str, float]
    p50: float
    p99: float
    refused: int

    @property
    def total(self) -> float:
        return sum(self.cpu.values())


def window(source: Generator, meter: CpuMeter, seconds: float, rate: float, hot: float = 1.0) -> Window:
    meter.lap()
    # The first tenant is left out in both, so that what is compared are the same tenants.
    found = source.run("open", seconds=seconds, rate=rate, patience=PATIENCE, hot=hot)
    spent = meter.lap()
    p50, p99 = quantiles(found.arrivals(but=0))
    cpu = {part: value / found.acked * 1e6 for part, value in spent.items()}
    return Window(cpu, p50 * 1000, p99 * 1000, found.refused + found.broken)


def costs(running: Servers, bus: str, options: Any) -> dict[str, list[Window]]:
    with ExitStack() as stack:
        ways = {}
        for workload in (BASE, *LARGER):
            made = stack.enter_context(world(running, workload, bus))
            source = stack.enter_context(customers_of(made))
            source.run("first", patience=60.0)
            ways[workload.name] = partial(window, source, CpuMeter(made.pids), options.seconds, options.rate)
        return in_rounds(ways, options.rounds)


def hot_tenant(running: Servers, bus: str, options: Any) -> dict[str, list[Window]]:
    """The others' rate stays what it was; the hot tenant's comes on top."""
    calm: Workload = replace(HOT, hot=1.0)
    with world(running, calm, bus) as made, customers_of(made) as source:
        source.run("first", patience=60.0)
        meter = CpuMeter(made.pids)
        others = HOT.rate * (HOT.tenants - 1 + HOT.hot) / HOT.tenants
        ways = {
            "even": partial(window, source, meter, options.seconds, HOT.rate),
            "hot": partial(window, source, meter, options.seconds, others, HOT.hot),
        }
        return in_rounds(ways, options.rounds)


def show(bus: str, found: dict[str, list[Window]]) -> None:
    print(f"\n{bus}: medians of {options_rounds(found)} windows")
    rows = []
    for name, windows in found.items():
        parts = ", ".join(f"{part} {median(w.cpu.get(part, 0.0) for w in windows):.0f}" for part in windows[0].cpu)
        values = [median(getattr(w, what) for w in windows) for what in ("total", "p50", "p99", "refused")]
        rows.append([name, parts, *map(number, values)])
    print_table(["workload", "CPU µs a message", "all", "p50 ms", "p99 ms", "refused"], rows)


def options_rounds(found: dict[str, list[Window]]) -> int:
    return len(next(iter(found.values())))


def judge(report: Report, bus: str, cost: dict[str, list[Window]], hot: dict[str, list[Window]]) -> None:
    base = [w.total for w in cost[BASE.name]]
    for workload in LARGER:
        ratio = median_ratio([w.total for w in cost[workload.name]], base)
        report.add("1.3x", f"{bus}: CPU a message, {workload.name}", ratio, LIMIT)
    p99 = median_ratio([w.p99 for w in hot["hot"]], [w.p99 for w in hot["even"]])
    report.add("hot", f"{bus}: others' p99 beside a tenant at {HOT.hot:.0f}x", p99, HOT_LIMIT)
    report.details[bus] = {name: [asdict(w) for w in windows] for name, windows in (cost | hot).items()}


def main() -> int:
    buses = {"nargs": "+", "default": ["postgres"], "choices": ["kafka", "postgres"]}
    options = arguments(__doc__, bus=buses, rate={"type": float, "default": BASE.rate})
    report = Report("scaling", calibrate())
    with servers(kafka="kafka" in options.bus) as running:
        for bus in options.bus:
            cost, hot = costs(running, bus, options), hot_tenant(running, bus, options)
            show(bus, cost)
            show(bus, hot)
            judge(report, bus, cost, hot)
    return report.finish()


if __name__ == "__main__":
    sys.exit(main())
