"""Messages a second taken, stored and routed: gateway, router, PostgreSQL, bus and load generator on the same cores.

First as fast as answers come, in windows that end when everything is routed; then offered at a steady rate for a while,
where the lag must be gone shortly after the end. CPU a message is of each part. At the end everything stored is compared
with what was acknowledged: nothing lost, doubled or out of order. Agents' sockets are measured in `bench/end_to_end.py`.
"""

import asyncio
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import asyncpg

from bench.calibration import calibrate
from bench.driver import Generator, Outcome, customers_of
from bench.support import CpuMeter, Report, arguments, median, number, print_table, quantiles
from bench.workloads import WORKLOADS
from bench.world import World, servers, world

WORKLOAD = WORKLOADS["peak"]
GOAL = 5000.0
DRAIN_WITHIN = 300.0
LAG_WITHIN = 2.0
PARTS = ("router", "gateway")

_STATE = """
SELECT (SELECT coalesce(sum(next_offset), 0) FROM consumer_positions WHERE consumer_group = 'router')::bigint AS routed,
    EXISTS (SELECT 1 FROM events_pending) AS pending
"""
VERDICT = """
WITH ordered AS (
    SELECT conversation_id, provider_message_id AS p,
        lag(provider_message_id) OVER (PARTITION BY account_id, conversation_id ORDER BY bus_partition, bus_offset) AS before
    FROM messages WHERE direction = 'in'
)
SELECT count(*) AS stored, count(DISTINCT (conversation_id, p)) AS different, count(*) FILTER (WHERE before >= p) AS disordered,
    (SELECT count(*) FROM (SELECT tenant_id FROM events GROUP BY tenant_id HAVING max(seq) - min(seq) + 1 <> count(*)) AS g) AS gaps
FROM ordered
"""


@dataclass(frozen=True)
class Saturated:
    """One window: a second's messages from the first webhook until all were routed; CPU µs a message by part."""

    rate: float
    taken: float
    drained: float
    ack_p50: float
    ack_p99: float
    refused: int
    cpu: dict[str, float]


async def _ask(url: str, query: str) -> Any:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchrow(query)
    finally:
        await connection.close()


async def _until_routed(url: str, within: float) -> float:
    """Seconds until the router's position stands still with no event waiting for its number; its polling is cheap."""
    connection = await asyncpg.connect(url)
    started = time.monotonic()
    try:
        before, since = -1, started
        while time.monotonic() - started < within:
            row = await connection.fetchrow(_STATE)
            if row["routed"] != before or row["pending"]:
                before, since = row["routed"], time.monotonic()
            elif time.monotonic() - since > 1.0:
                return since - started
            await asyncio.sleep(0.05)
    finally:
        await connection.close()
    raise AssertionError(f"not all was routed within {within:.0f} s")


def saturate(made: World, source: Generator, meter: CpuMeter, seconds: float) -> Saturated:
    meter.lap()
    found = source.run("closed", seconds=seconds)
    drained = asyncio.run(_until_routed(made.url, DRAIN_WITHIN))
    spent = meter.lap()
    p50, p99 = quantiles(found.ack)
    return Saturated(
        found.acked / (found.seconds + drained),
        found.acked / found.seconds,
        drained,
        p50 * 1000,
        p99 * 1000,
        found.refused + found.broken,
        per_message(spent, found),
    )


def per_message(spent: Mapping[str, float], found: Outcome) -> dict[str, float]:
    return {part: seconds / max(1, found.acked) * 1e6 for part, seconds in spent.items()}


def steady(made: World, source: Generator, meter: CpuMeter, seconds: float, rate: float) -> dict[str, Any]:
    """Offers the rate for so long; answers what came of it and how long the lag lived on."""
    meter.lap()
    found = source.run("open", seconds=seconds, rate=rate)
    lag = asyncio.run(_until_routed(made.url, DRAIN_WITHIN))
    return {
        "offered": rate, "seconds": found.seconds, "taken": found.acked / found.seconds, "lag": lag,
        "refused": found.refused + found.broken, "ack": [1000 * q for q in quantiles(found.ack)],
        "late": [1000 * q for q in quantiles(found.late)], "acked": found.acked, "cpu": per_message(meter.lap(), found),
    }  # fmt: skip


def measure(report: Report, running: Any, bus: str, options: Any) -> None:
    with world(running, WORKLOAD, bus, PARTS) as made, customers_of(made, sockets=False) as source:
        acked = source.run("first").acked
        asyncio.run(_until_routed(made.url, DRAIN_WITHIN))
        shared = running.pids()
        meter = CpuMeter(lambda: made.pids() | shared | {"generator": [source.pid]})
        windows = [saturate(made, source, meter, options.seconds) for _ in range(options.rounds)]
        acked += sum(round(w.taken * options.seconds) for w in windows)
        show(bus, windows)
        held = steady(made, source, meter, options.steady_seconds, options.rate)
        verdict = dict(asyncio.run(_ask(made.url, VERDICT)))
    show_steady(bus, held)
    judge(report, bus, windows, held, verdict)


def judge(report: Report, bus: str, windows: list[Saturated], held: dict[str, Any], verdict: dict[str, int]) -> None:
    rate = median(w.rate for w in windows)
    report.add("5,000/s", f"{bus}: taken, stored and routed", rate, GOAL, at_most=False, unit="/s", absolute=True)
    offered = held["offered"]
    report.add(
        "steady",
        f"{bus}: of {offered:.0f}/s offered, taken",
        held["taken"] / offered,
        0.99,
        at_most=False,
        absolute=True,
    )
    report.add("steady", f"{bus}: lag gone after the end", held["lag"], LAG_WITHIN, unit="s", absolute=True)
    for part, spent in windows[0].cpu.items():
        report.add("CPU", f"{bus}: {part} a message", median(w.cpu.get(part, spent) for w in windows), unit="µs")
    report.add("CPU", f"{bus}: all parts a message", median(sum(w.cpu.values()) for w in windows), unit="µs")
    wrong = verdict["stored"] - verdict["different"] + verdict["disordered"] + verdict["gaps"]
    report.add("whole", f"{bus}: {verdict['stored']:,} stored; doubled, out of order, gaps", wrong, 0.0, unit="")
    report.details[bus] = {"windows": [asdict(w) for w in windows], "steady": held, "verdict": verdict}


def show(bus: str, windows: list[Saturated]) -> None:
    print(f"\n{bus}: as fast as answers come")
    rows = [
        [f"window {n}", ", ".join(f"{part} {value:.0f}" for part, value in w.cpu.items())]
        + [number(v) for v in (w.rate, w.taken, w.drained, w.ack_p50, w.ack_p99, w.refused)]
        for n, w in enumerate(windows, 1)
    ]
    print_table(["", "CPU µs a message", "routed/s", "taken/s", "drained s", "ack p50 ms", "p99", "refused"], rows)


def show_steady(bus: str, held: dict[str, Any]) -> None:
    print(
        f"{bus}: {held['offered']:.0f}/s offered for {held['seconds']:.0f} s: {held['taken']:.0f}/s taken, "
        f"{held['refused']} refused, ack p50 {held['ack'][0]:.1f} ms, p99 {held['ack'][1]:.1f} ms, lag gone after {held['lag']:.2f} s"
    )


def main() -> int:
    options = arguments(
        __doc__,
        rounds=5,
        seconds=10.0,
        bus={"nargs": "+", "default": ["kafka", "postgres"], "choices": ["kafka", "postgres"]},
        rate={"type": float, "default": WORKLOAD.rate, "help": "Messages a second offered in the steady part."},
        steady_seconds={"type": float, "default": 60.0},
    )
    report = Report("throughput", calibrate())
    with servers(kafka="kafka" in options.bus) as running:
        for bus in options.bus:
            measure(report, running, bus, options)
    return report.finish()


if __name__ == "__main__":
    sys.exit(main())
