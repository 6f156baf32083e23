"""G11: what the router consumes from a filled topic, beside bare consumers of the same records.

The router process (everything: de-duplication, contacts, SLA, timers, events, sequencer) against a bare `getmany` loop and
a consumer that takes one record after the other, both with the same effects in the database and nothing besides. And our
batch loop with nothing behind it against a bare `getmany` loop with nothing behind it. The order is verified.
"""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

import asyncpg

from backbone.bus.kafka import KafkaBus
from backbone.bus.port import Bus, Message, TopicSpec, partition_of
from backbone.bus.postgres import PostgresBus
from backbone.clock import SystemClock
from backbone.ids import new_id
from bench.calibration import calibrate
from bench.references.consumers import PARTITIONS
from bench.support import CpuMeter, Report, arguments, in_rounds, median, median_ratio, number, print_table
from bench.throughput import VERDICT
from bench.workloads import WORKLOADS
from bench.world import CHANNEL, Servers, World, servers, world
from schemas.content import Content
from schemas.inbound import InboundRecord, MessageReceived, Sender
from schemas.topics import INBOUND

WORKLOAD = WORKLOADS["peak"]
TEXT = "x" * 300
CHUNK = 2000
WITHIN = 180.0


@dataclass(frozen=True)
class Run:
    """A way to consume: records a second, and CPU µs a record of the consumer and of PostgreSQL."""

    rate: float
    cpu: float
    database: float


@dataclass
class Filled:
    """The topic before and after a filling: the next offset of each partition."""

    count: int
    begin: dict[int, int]
    end: dict[int, int]


class Source:
    """Fills the topic with messages of the workload's customers, in order for each of them."""

    def __init__(self, made: World, running: Servers) -> None:
        self._made = made
        self._running = running
        self._number = 0
        self.ends = dict.fromkeys(range(PARTITIONS), 0)

    def fill(self, count: int) -> Filled:
        begin = dict(self.ends)
        asyncio.run(self._fill(count))
        return Filled(count, begin, dict(self.ends))

    async def _fill(self, count: int) -> None:
        bus: Bus
        if self._made.bus == "kafka":
            bus = KafkaBus(self._running.bootstrap, clock=SystemClock(), client_id="fill")
        else:
            bus = PostgresBus(self._made.url, clock=SystemClock(), member="fill")
        await bus.start()
        await bus.ensure_topics([TopicSpec(INBOUND, partitions=PARTITIONS)])
        try:
            for start in range(0, count, CHUNK):
                messages = [self._message() for _ in range(min(CHUNK, count - start))]
                await bus.publish_many(messages)
                for message in messages:
                    self.ends[partition_of(message.key, PARTITIONS)] += 1
        finally:
            await bus.stop()

    def _message(self) -> Message:
        self._number += 1
        tenants, customers = self._made.tenants, self._made.workload.customers
        tenant = tenants[self._number % len(tenants)]
        who = f"49151{self._number // len(tenants) % customers:08d}"
        now = datetime.now(UTC)
        record = InboundRecord(
            id=new_id("evt"),
            tenant_id=tenant.id,
            account_id=tenant.account.id,
            channel=CHANNEL,
            received_at=now,
            event=MessageReceived(
                thread_key=who,
                dedup_key=f"d{self._number}",
                provider_at=now,
                sender=Sender(address=who, name="Ann"),
                content=Content(text=TEXT),
                provider_message_id=f"wamid.{self._number:09d}",
            ),
        )
        return Message(INBOUND, record.key, record.model_dump_json().encode())


async def _positions(connection: Any) -> int:
    found = await connection.fetchval(
        "SELECT coalesce(sum(next_offset), 0)::bigint FROM consumer_positions WHERE consumer_group = 'router' AND topic = $1",
        INBOUND,
    )
    return int(found)


async def _watch(url: str, first: int, last: int, at_first: Callable[[], None]) -> tuple[int, float]:
    """From the first batch after `first` to the end: how many records, and how long."""
    connection = await asyncpg.connect(url)
    deadline = time.monotonic() + WITHIN
    began, counted = 0.0, 0
    try:
        while time.monotonic() < deadline:
            now = await _positions(connection)
            if not began and now > first:
                at_first()
                began, counted = time.monotonic(), now
            if now >= last:
                return last - counted, time.monotonic() - began
            await asyncio.sleep(0.01)
    finally:
        await connection.close()
    raise TimeoutError(f"the router consumed {now - first} of {last - first} records in {WITHIN:.0f} s")


def by_router(made: World, filled: Callable[[], Filled]) -> Run:
    """A fresh router process over what was filled; counts from its first batch on."""
    what = filled()
    first, last = sum(what.begin.values()), sum(what.end.values())
    made.stack.start("router", wait=False)
    made.names = ("router",)
    meter = CpuMeter(made.pids)
    try:
        try:
            count, seconds = asyncio.run(_watch(made.url, first, last, lambda: _lap(meter)))
        except TimeoutError as error:
            raise RuntimeError(f"{error}; the router says:\n{made.stack.log('router')[-3000:]}") from error
        spent = meter.lap()
    finally:
        made.stack.stop(["router"])
        made.names = ()
    return Run(count / seconds, spent["router"] / count * 1e6, spent["postgres"] / count * 1e6)


def _lap(meter: CpuMeter) -> None:
    meter.lap()


def by_reference(
    made: World, running: Servers, filled: Callable[[], Filled], mode: str, *, store: bool, count: int | None = None
) -> Run:
    """A bare consumer in a process of its own over what was filled, or over the first `count` of it."""
    what = filled()
    command = [
        sys.executable, "-m", "bench.references.consumers", mode, "--bus", made.bus, "--url", made.url,
        "--offsets", json.dumps(what.begin), "--count", str(count or what.count),
    ]  # fmt: skip
    if made.bus == "kafka":
        command += ["--address", running.bootstrap]
    meter = CpuMeter(made.pids)
    process = subprocess.Popen(
        [*command, "--store"] if store else command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with watched(process):
        assert process.stdout is not None
        line = process.stdout.readline()
        spent = meter.lap()
    if not line:
        raise RuntimeError(f"the reference {mode} ended with {process.returncode}")
    told = json.loads(line)
    return Run(
        told["count"] / told["seconds"], told["cpu"] / told["count"] * 1e6, spent["postgres"] / told["count"] * 1e6
    )


@contextmanager
def watched(process: "subprocess.Popen[str]") -> Iterator[None]:
    try:
        yield
    finally:
        process.communicate(timeout=20)


def measure(running: Servers, bus: str, options: Any) -> tuple[dict[str, list[Run]], dict[str, Any]]:
    with world(running, WORKLOAD, bus, (), KAFKA_PREFIX="") as made:
        source = Source(made, running)
        current = [source.fill(max(options.records, 2 * len(made.tenants) * WORKLOAD.customers))]
        by_router(made, lambda: current[0])  # opens the conversations
        singles = max(200, options.records // 10)
        ways: dict[str, Callable[[], Run]] = {
            "router": partial(by_router, made, lambda: current[0]),
            "getmany, stored": partial(by_reference, made, running, lambda: current[0], "getmany", store=True),
            "one by one, stored": partial(
                by_reference, made, running, lambda: current[0], "one", store=True, count=singles
            ),
            "batch loop": partial(by_reference, made, running, _all(source), "batches", store=False),
            "getmany": partial(by_reference, made, running, _all(source), "getmany", store=False),
            "one by one": partial(by_reference, made, running, _all(source), "one", store=False),
        }
        found: dict[str, list[Run]] = {name: [] for name in ways}
        for turn in range(options.rounds):
            current[0] = source.fill(options.records)
            for name, runs in in_rounds(ways, 1, warm_up=0).items():
                found[name] += runs
            print(f"{bus}: round {turn + 1} of {options.rounds}", file=sys.stderr)
        made.names = ()
        return found, dict(asyncio.run(_verdict(made)))


def _all(source: Source) -> Callable[[], Filled]:
    """Everything that is in the topic: what is quick needs many records."""
    return lambda: Filled(sum(source.ends.values()), dict.fromkeys(range(PARTITIONS), 0), dict(source.ends))


async def _verdict(made: World) -> Any:
    """The router's messages only: references know no contact."""
    connection = await asyncpg.connect(made.url)
    try:
        await connection.execute("DELETE FROM messages WHERE author_id IS NULL")
        return await connection.fetchrow(VERDICT)
    finally:
        await connection.close()


def show(bus: str, found: Mapping[str, Sequence[Run]]) -> None:
    print(f"\n{bus}: medians of {len(found['router'])} runs")
    rows = [
        [name, "", *(number(median(getattr(run, what) for run in runs)) for what in ("rate", "cpu", "database"))]
        for name, runs in found.items()
    ]
    print_table(["", "", "records/s", "CPU µs", "PostgreSQL µs"], rows)


def judge(report: Report, bus: str, found: Mapping[str, Sequence[Run]], verdict: dict[str, Any]) -> None:
    def ratio(one: str, other: str) -> float:
        return median_ratio([run.rate for run in found[one]], [run.rate for run in found[other]])

    more: dict[str, Any] = {"at_most": False}
    report.add(
        "G11",
        f"{bus}: router beside a getmany loop that stores the same",
        ratio("router", "getmany, stored"),
        0.8,
        **more,
    )
    report.add(
        "G11",
        f"{bus}: router beside one by one that stores the same",
        ratio("router", "one by one, stored"),
        4.0,
        **more,
    )
    report.add(
        "G11",
        f"{bus}: batch loop beside a getmany loop, nothing behind them",
        ratio("batch loop", "getmany"),
        0.8,
        **more,
    )
    report.add("G11", f"{bus}: batch loop beside one by one, decoded", ratio("batch loop", "one by one"), 4.0, **more)
    wrong = verdict["stored"] - verdict["different"] + verdict["disordered"]
    report.add("G11", f"{bus}: of {verdict['stored']:,} doubled or out of order", wrong, 0.0, unit="")
    report.details[bus] = {name: [asdict(run) for run in runs] for name, runs in found.items()} | {"verdict": verdict}


def main() -> int:
    options = arguments(
        __doc__,
        rounds=7,
        bus={"nargs": "+", "default": ["kafka", "postgres"], "choices": ["kafka", "postgres"]},
        records={"type": int, "default": 20_000, "help": "Filled in for each round."},
    )
    report = Report("consumption", calibrate())
    with servers(kafka="kafka" in options.bus) as running:
        for bus in options.bus:
            found, verdict = measure(running, bus, options)
            show(bus, found)
            judge(report, bus, found, verdict)
    return report.finish()


if __name__ == "__main__":
    sys.exit(main())
