"""What `make run` holds in memory: all its processes at rest, and with 10,000 more open conversations.

Memory is PSS: a page that several processes share counts once, divided by them. PostgreSQL's buffers are shared memory and
count as far as they were touched. At rest means a while after the start, and after the last message was routed.
"""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import asyncpg
import psutil

from backbone.storage.embedded import EmbeddedPostgres
from bench.calibration import calibrate
from bench.driver import generator
from bench.support import Report, arguments, number, print_table, pss_bytes
from bench.workloads import WORKLOADS
from bench.world import CHANNEL, Tenant
from tests.support.apart import run_apart
from tests.support.load import account_of
from tests.support.ports import free_ports, is_free

AT_REST = 500.0
MORE = 100.0
CONVERSATIONS = 10_000
MB = 1024 * 1024
READY_WITHIN = 120.0


@contextmanager
def installation(folder: Path) -> Iterator[tuple[int, str]]:
    """`frontdesk up` with a data folder of its own, as `make run` starts it; its port and its database's URL."""
    port, postgres_port = _ports()
    command = [
        sys.executable, "-m", "backbone.cli", "up", "--data", str(folder), "--port", str(port), "--postgres-port", str(postgres_port),
    ]  # fmt: skip
    with (folder.parent / "up.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + READY_WITHIN
        while not (folder / "pids.json").exists():
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"it is not ready:\n{(folder.parent / 'up.log').read_text()[-3000:]}")
            time.sleep(0.1)
        yield port, EmbeddedPostgres(folder / "postgres", postgres_port).url()
    finally:
        process.terminate()
        process.wait(60)


def _ports() -> tuple[int, int]:
    """The API's, with a free one above it for the router, and PostgreSQL's."""
    while True:
        port, postgres = free_ports(2)
        if postgres != port + 1 and is_free(port + 1):
            return port, postgres


def parts(folder: Path) -> dict[str, float]:
    """MB by process."""
    pids: dict[str, int] = json.loads((folder / "pids.json").read_text())
    own = pids.pop("up")
    found = {name: pss_bytes([pid]) / MB for name, pid in pids.items()}
    return found | {"supervisor": psutil.Process(own).memory_full_info().pss / MB}


def tenant_of(demo: dict[str, Any]) -> Tenant:
    described = demo["accounts"][CHANNEL]
    account = account_of(CHANNEL, described, demo["tenant_id"])
    return Tenant(demo["tenant_id"], demo["team_id"], account, described["settings"], demo["agents"][0]["token"], ())


async def _open(url: str) -> int:
    connection = await asyncpg.connect(url)
    try:
        return int(await connection.fetchval("SELECT count(*) FROM conversations WHERE status <> 'resolved'"))
    finally:
        await connection.close()


def write(demo: dict[str, Any], port: int, count: int) -> None:
    """At least so many new customers write once."""
    workload = WORKLOADS["steady"]
    taken = 0
    with generator(workload, [tenant_of(demo)], port) as source:
        while taken < count:
            found = source.run("open", seconds=min(20.0, (count - taken) / 400 + 0.5), rate=400.0, new=1.0)
            taken += found.acked


def main() -> int:
    options = arguments(
        __doc__,
        rounds=1,
        seconds=20.0,
        conversations={"type": int, "default": CONVERSATIONS},
    )
    report = Report("memory", calibrate())
    with tempfile.TemporaryDirectory(prefix="frontdesk-bench-") as base:
        folder = Path(base) / "data"
        Path(base).chmod(0o711)
        with installation(folder) as (port, url):
            time.sleep(options.seconds)
            before = parts(folder)
            demo = json.loads((folder / "demo.json").read_text())
            open_before = run_apart(_open(url))
            write(demo, port, options.conversations)
            time.sleep(options.seconds)
            after = parts(folder)
            taken = run_apart(_open(url)) - open_before
    rows = [[name, "", number(before[name]), number(after[name])] for name in before]
    print_table(["process", "", "at rest MB", f"with {taken:,} more"], rows)
    total = sum(before.values())
    report.add("memory", "make run at rest, all processes", total, AT_REST, unit="MB")
    report.add("memory", f"{taken:,} more open conversations", sum(after.values()) - total, MORE, unit="MB")
    report.details = {"before": before, "after": after}
    return report.finish()


if __name__ == "__main__":
    sys.exit(main())
