"""Part of `make chaos`: many timers while the routers that fire them are killed in turn; prints what was lost, doubled, early, and how late.

Two routers over a PostgreSQL with fsync, all real. Exits with 1 on any timer that fired never, twice or early, and where the p99 of
lateness is beyond a second on a calibrated machine.
"""

import argparse
import asyncio
import sys
from datetime import timedelta

from backbone.storage.migrate import migrate
from bench.calibration import calibrate
from bench.support import Report
from bench.world import servers
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


def measure(timers: int, kills: int, rate: float) -> Outcome:
    with servers() as running:
        asyncio.run(migrate(running.url))
        stack = Stack(running.folder, running.url)
        stack.seed()
        try:
            for name in ROUTERS:
                stack.start(name)
            return asyncio.run(run(stack, timers, kills, rate))
        finally:
            stack.stop()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--timers", type=int, default=100_000)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--rate", type=float, default=500.0, help="timers that become due a second")
    options = parser.parse_args()
    report = Report("timers", calibrate())
    found = measure(options.timers, options.kills, options.rate)
    report.add("L1", f"{options.timers} timers, {options.kills} kills: never fired", found.missing, 0, unit="timers")
    report.add("L1", "fired more than once", found.doubled, 0, unit="timers")
    report.add("L1", "fired early", found.early, 0, unit="timers")
    report.add("L1", "late, p99", found.p99, 1.0, unit="s", absolute=True)
    return report.finish()


if __name__ == "__main__":
    sys.exit(main())
