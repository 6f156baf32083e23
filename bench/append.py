"""G5: appending to Kafka by the bus against the client library's `send_and_wait`, for the same contract (acks of all, idempotent).

Both run in one process on one broker, in short windows of shuffled order; what counts is the ratio of each round, and of
those the median. CPU is this process's, for each record. The goals are for one partition, where a queue forms. With many
partitions and few callers a batch holds few records either way, and both wait for the one request that a broker has in
flight: those figures are printed without a goal. Run it by `python -m bench.append`.
"""

import argparse
import asyncio
import random
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiokafka import AIOKafkaProducer

from backbone.bus.accumulator import Limits
from backbone.bus.kafka import KafkaBus
from backbone.bus.port import Message, TopicSpec, partition_of
from backbone.clock import SystemClock
from bench.calibration import calibrate
from bench.support import Report, median, median_ratio, number, print_table
from tests.support.kafka import FULL_JVM, KafkaCluster

VALUE_BYTES = 600
KEYS = 256
GOAL_PARTITIONS = 1
Send = Callable[[int], Awaitable[object]]


@dataclass(frozen=True)
class Goal:
    """At so many callers the bus is so many times as fast, and costs no more than so much CPU a record."""

    callers: int
    ratio: float
    cpu: float | None


GOALS = (Goal(64, 1.8, None), Goal(512, 6.0, 8.0))


@dataclass(frozen=True)
class Window:
    rate: float
    cpu: float


async def measure(send: Send, callers: int, seconds: float) -> Window:
    """Records acknowledged a second with so many callers, each waiting for its own, and CPU µs a record."""
    sent = 0
    end = time.perf_counter() + seconds

    async def caller(n: int) -> None:
        nonlocal sent
        while time.perf_counter() < end:
            await send(n)
            sent += 1

    started, cpu = time.perf_counter(), time.process_time()
    await asyncio.gather(*(caller(n) for n in range(callers)))
    took = time.perf_counter() - started
    return Window(sent / took, (time.process_time() - cpu) / sent * 1e6)


async def rounds(ways: dict[str, Send], callers: int, count: int, seconds: float) -> dict[str, list[Window]]:
    found: dict[str, list[Window]] = {name: [] for name in ways}
    for send in ways.values():
        await measure(send, callers, seconds / 2)
    for _ in range(count):
        for name in random.sample(list(ways), len(ways)):
            found[name].append(await measure(ways[name], callers, seconds))
    return found


def show(goal: Goal, found: dict[str, list[Window]]) -> None:
    rows = [
        [
            f"{goal.callers} callers",
            name,
            *(number(median(getattr(w, what) for w in windows)) for what in ("rate", "cpu")),
        ]
        for name, windows in found.items()
    ]
    print_table(["", "way", "records/s", "CPU µs"], rows)


def judge(report: Report, goal: Goal, found: dict[str, list[Window]], partitions: int) -> None:
    """With many partitions the figures are for reading."""
    bus, plain = found["bus"], found["send_and_wait"]
    counts = partitions == GOAL_PARTITIONS
    what = f"{goal.callers} callers, {partitions} partitions"
    ratio = median_ratio([w.rate for w in bus], [w.rate for w in plain])
    report.add("G5", f"{what}: rate beside send_and_wait", ratio, goal.ratio if counts else None, at_most=False)
    cpu = median(w.cpu for w in bus)
    report.add("G5", f"{what}: CPU a record", cpu, goal.cpu if counts else None, unit="µs", absolute=True)


async def run(report: Report, bootstrap: str, partitions: int, count: int, seconds: float) -> None:
    bus = KafkaBus(bootstrap, clock=SystemClock(), client_id="bench", limits=Limits())
    await bus.start()
    topic = f"bench.append.{partitions}"
    await bus.ensure_topics([TopicSpec(topic, partitions=partitions)])
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, enable_idempotence=True, acks="all", linger_ms=0)
    await producer.start()
    value = random.randbytes(VALUE_BYTES)
    messages = [Message(topic, b"account-%d/thread-%d" % (n % 7, n), value) for n in range(KEYS)]

    async def by_bus(n: int) -> None:
        await bus.publish(messages[n % KEYS])

    async def by_library(n: int) -> None:
        message = messages[n % KEYS]
        partition = partition_of(message.key, partitions)
        await producer.send_and_wait(topic, message.value, key=message.key, partition=partition)

    print(f"{VALUE_BYTES} B, {partitions} partitions, {count} rounds of {seconds} s, medians")
    try:
        ways: dict[str, Send] = {"bus": by_bus, "send_and_wait": by_library}
        for goal in GOALS:
            found = await rounds(ways, goal.callers, count, seconds)
            show(goal, found)
            judge(report, goal, found, partitions)
    finally:
        await producer.stop()
        await bus.stop()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--seconds", type=float, default=1.0)
    parser.add_argument("--partitions", type=int, nargs="+", default=[GOAL_PARTITIONS, 12])
    arguments = parser.parse_args()
    report = Report("append", calibrate())
    cluster = KafkaCluster(jvm=FULL_JVM)
    try:
        cluster.start()
        for partitions in arguments.partitions:
            asyncio.run(run(report, cluster.bootstrap, partitions, arguments.rounds, arguments.seconds))
    finally:
        cluster.stop()
    return report.finish()


if __name__ == "__main__":
    sys.exit(main())
