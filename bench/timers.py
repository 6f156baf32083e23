"""Part of `make chaos`: many timers while the routers that fire them are killed in turn; prints what was lost, doubled, early, and how late.

Two routers over a PostgreSQL with fsync, all real. Exits with 1 on any timer that fired never, twice or early, and where the p99 of
lateness is beyond a second on a calibrated machine.
"""

import argparse
import asyncio
import shutil
import sys
import tempfile
from datetime import timedelta
from pathlib import Path

from backbone.storage.embedded import EmbeddedPostgres
from backbone.storage.migrate import migrate
from bench.calibration import calibrate
from bench.support import Report
from tests.support.ports import free_ports
from tests.support.servers import POSTGRES_SETTINGS, end_processes_in
from tests.support.stack import Stack
from tests.support.timers import ROUTERS, Outcome, kill_when_left, outcome, set_timers

_READY = timedelta(seconds=30)


async def run(stack: Stack, timers: int, kills: int, rate: float) -> Outcome:
    """Timers due at `rate` a second; the kills are spread over them, one router after the other."""
    due = await set_timers(stack, timers, timedelta(seconds=1 / rate), _READY)
    within = _READY.total_seconds() + timers / rate + 300
    for number in range(kills):
        name = ROUTERS[number % len(ROUTERS)]
        most = int(timers * (1 - (number + 0.5) / kills))
        remaining = await kill_when_left(stack, name, most, within)
        print(f"{number + 1:>4}/{kills} {name} killed with {remaining} timers left", flush=True)
    return await outcome(stack, due, within)


def measure(folder: Path, timers: int, kills: int, rate: float) -> Outcome:
    postgres = EmbeddedPostgres(folder / "postgres", free_ports(1)[0], settings=POSTGRES_SETTINGS)
    postgres.start()
    try:
        asyncio.run(migrate(postgres.url()))
        stack = Stack(folder, postgres.url())
        stack.seed()
        for name in ROUTERS:
            stack.start(name)
        try:
            return asyncio.run(run(stack, timers, kills, rate))
        finally:
            stack.stop()
    finally:
        postgres.stop()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--timers", type=int, default=100_000)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--rate", type=float, default=500.0, help="timers that become due a second")
    options = parser.parse_args()
    report = Report("timers", calibrate())
    folder = Path(tempfile.mkdtemp(prefix="frontdesk-timers-"))
    try:
        found = measure(folder, options.timers, options.kills, options.rate)
    finally:
        end_processes_in(folder)
        shutil.rmtree(folder, ignore_errors=True)
    report.add("L1", f"{options.timers} timers, {options.kills} kills: never fired", found.missing, 0, unit="timers")
    report.add("L1", "fired more than once", found.doubled, 0, unit="timers")
    report.add("L1", "fired early", found.early, 0, unit="timers")
    report.add("L1", "late, p99", found.p99, 1.0, unit="s", absolute=True)
    return report.finish()


if __name__ == "__main__":
    sys.exit(main())
