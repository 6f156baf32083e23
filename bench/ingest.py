"""G2 and G3: webhooks per second through our door, against the same contract written idiomatically, and without a bus.

All servers are up at once; each round visits them in shuffled order for a short window, and what counts is the ratio of
each round, of those the median. CPU is the server process's, for each request. Run it by `python -m bench.ingest`.
"""

import argparse
import asyncio
import json
import os
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil
import uvloop
from aiokafka import AIOKafkaConsumer, TopicPartition

from backbone.channel.port import Account, SimulatedMessage
from backbone.channel.registry import channel
from bench.calibration import calibrate
from bench.load import Result, drive, wire
from bench.support import Report, number, print_table
from schemas.topics import INBOUND
from tests.support.kafka import FULL_JVM, KafkaCluster
from tests.support.ports import HOST, free_ports

CHANNEL = "whatsapp"
BODY_BYTES = 1024
DISTINCT = 5000
CONNECTIONS = 64
OURS, PLAIN, BARE = "ours", "FastAPI + aiokafka", "ours without a bus"


@dataclass(frozen=True)
class Server:
    name: str
    port: int
    process: "subprocess.Popen[bytes]"

    def cpu(self) -> float:
        """Seconds of CPU used so far."""
        times = psutil.Process(self.process.pid).cpu_times()
        return float(times.user + times.system)


@dataclass(frozen=True)
class Window:
    rate: float
    p50: float
    p99: float
    cpu: float


def requests_for(described: dict[str, Any]) -> list[bytes]:
    """Signed webhooks of about 1 KB, from many customers."""
    found = channel(CHANNEL)
    settings = found.codec.settings_type.model_validate(described["settings"])
    account = Account(
        described["id"], described["tenant_id"], CHANNEL, described["external_id"], settings, described["url"]
    )
    now = datetime.now(UTC)
    empty = len(found.simulator.inbound(SimulatedMessage("4915100000000", "", "wamid.00000", "Ann"), account, now).body)
    text = "x" * (BODY_BYTES - empty)
    return [
        wire(
            found.simulator.inbound(
                SimulatedMessage(f"49151{n % 1000:08d}", text, f"wamid.{n:05d}", "Ann"), account, now
            )
        )
        for n in range(DISTINCT)
    ]


def describe_account() -> dict[str, Any]:
    simulator = channel(CHANNEL).simulator
    return {
        "id": "acc_bench",
        "tenant_id": "ten_bench",
        "channel": CHANNEL,
        "external_id": simulator.demo_external_id,
        "settings": simulator.demo_settings("http://provider.example", "bench"),
        "url": f"http://{HOST}/webhooks/{CHANNEL}/acc_bench",
    }


def start(name: str, module: str, *arguments: str) -> Server:
    port = free_ports(1)[0]
    process = subprocess.Popen([sys.executable, "-m", module, "--port", str(port), *arguments])
    deadline = time.monotonic() + 30
    while True:
        with socket.socket() as probe:
            if probe.connect_ex((HOST, port)) == 0:
                return Server(name, port, process)
        if process.poll() is not None or time.monotonic() > deadline:
            raise SystemExit(f"{name} did not start")
        time.sleep(0.05)


async def window(server: Server, requests: Sequence[bytes], seconds: float) -> tuple[Window, Result]:
    before = server.cpu()
    result = await drive(server.port, requests, CONNECTIONS, seconds)
    if set(result.statuses) - {200}:
        raise SystemExit(f"{server.name} answered {result.statuses}")
    cpu = (server.cpu() - before) / result.accepted * 1e6
    return Window(result.rate, result.quantile(0.5) * 1000, result.quantile(0.99) * 1000, cpu), result


async def rounds(
    servers: Sequence[Server], requests: Sequence[bytes], count: int, seconds: float
) -> tuple[dict[str, list[Window]], int]:
    """Windows by server, and how many requests were acknowledged by those that publish."""
    found: dict[str, list[Window]] = {server.name: [] for server in servers}
    acknowledged = 0
    for turn in range(count + 1):
        for server in random.sample(list(servers), len(servers)):
            measured, result = await window(server, requests, seconds)
            acknowledged += result.accepted if server.name != BARE else 0
            if turn > 0:  # the first round warms up
                found[server.name].append(measured)
    return found, acknowledged


async def stored(bootstrap: str) -> int:
    """Records of the inbound topic, by its end offsets."""
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap)
    await consumer.start()
    try:
        places = [TopicPartition(INBOUND, number) for number in range(12)]
        return sum((await consumer.end_offsets(places)).values())
    finally:
        await consumer.stop()


def median(found: Sequence[Window], what: str) -> float:
    return float(statistics.median(getattr(one, what) for one in found))


def ratio(one: Sequence[Window], other: Sequence[Window], what: str) -> float:
    return float(statistics.median(getattr(a, what) / getattr(b, what) for a, b in zip(one, other, strict=True)))


def report(found: dict[str, list[Window]], acknowledged: int, kept: int) -> int:
    """Prints and writes what was found; answers the exit code."""
    rows = [
        [name, "", *(number(median(windows, what)) for what in ("rate", "cpu", "p50", "p99"))]
        for name, windows in found.items()
    ]
    print_table(["server", "", "requests/s", "CPU µs", "p50 ms", "p99 ms"], rows)
    written = Report("ingest", calibrate())
    written.add("G2", "rate beside FastAPI + aiokafka", ratio(found[OURS], found[PLAIN], "rate"), 4.0, at_most=False)
    written.add("G2", "p99 beside FastAPI + aiokafka", ratio(found[OURS], found[PLAIN], "p99"), 0.25)
    written.add("G2", "CPU beside FastAPI + aiokafka", ratio(found[OURS], found[PLAIN], "cpu"))
    written.add(
        "G3", "rate beside the same server without a bus", ratio(found[OURS], found[BARE], "rate"), 0.6, at_most=False
    )
    written.add("whole", f"of {acknowledged:,} acknowledged, not on the bus", max(0, acknowledged - kept), 0.0, unit="")
    written.details = {name: [asdict(one) for one in many] for name, many in found.items()}
    return written.finish()


def run(bootstrap: str, count: int, seconds: float) -> int:
    described = describe_account()
    requests = requests_for(described)
    with tempfile.TemporaryDirectory() as folder:
        accounts = Path(folder) / "accounts.json"
        accounts.write_text(json.dumps([described]))
        shared = ("--accounts", str(accounts))
        servers = [
            start(OURS, "bench.ingest_server", "--bus", "kafka", "--address", bootstrap, *shared),
            start(BARE, "bench.ingest_server", "--bus", "none", *shared),
            start(PLAIN, "bench.references.fastapi_aiokafka", "--address", bootstrap, *shared),
        ]
        try:
            body = len(requests[0].partition(b"\r\n\r\n")[2])
            print(f"{body} B signed webhooks, {CONNECTIONS} connections, {count} rounds of {seconds} s, medians")
            found, acknowledged = uvloop.run(rounds(servers, requests, count, seconds))
            kept = asyncio.run(stored(bootstrap))
        finally:
            for server in servers:
                server.process.terminate()
            for server in servers:
                server.process.wait(30)
    return report(found, acknowledged, kept)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--seconds", type=float, default=1.5)
    arguments = parser.parse_args()
    if bootstrap := os.environ.get("KAFKA_BOOTSTRAP"):
        return run(bootstrap, arguments.rounds, arguments.seconds)
    cluster = KafkaCluster(jvm=FULL_JVM)
    try:
        cluster.start()
        return run(cluster.bootstrap, arguments.rounds, arguments.seconds)
    finally:
        cluster.stop()


if __name__ == "__main__":
    sys.exit(main())
