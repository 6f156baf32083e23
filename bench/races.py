"""Part of `make chaos`: many races for conversations between router, asked agents, supervisors and rules; prints who won what.

One router's dispatcher and ten people at once over a PostgreSQL with fsync. Exits with 1 on any race without exactly one winner, with
an owner that goes to and fro, a person's choice that does not stay, or an agent over capacity.
"""

import argparse
import asyncio
import sys
from pathlib import Path

from backbone.storage.database import Database
from backbone.storage.migrate import migrate
from bench.calibration import calibrate
from bench.support import Report
from bench.world import servers
from tests.support.races import Came, race
from tests.support.router import PARTITION, make_workers


async def measure(url: str, folder: Path, races: int, seed: int) -> Came:
    await migrate(url)
    api = Database(url, role="frontdesk_api", name="races", most=10)
    await api.start()
    workers = await make_workers(url, folder)
    try:
        await workers.handler.claim(PARTITION)
        return await race(workers, api, url, races, seed)
    finally:
        await workers.database.stop()
        await api.stop()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--races", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    report = Report("races", calibrate())
    with servers() as running:
        came = asyncio.run(measure(running.url, running.folder, options.races, options.seed))
    for what, many in sorted(came.told.items()):
        print(f"{many:>8} {what}")
    for line in came.wrong[:20]:
        print(line)
    report.add("L2", f"{came.races} races without one winner, or over capacity", len(came.wrong), 0, unit="races")
    return report.finish()


if __name__ == "__main__":
    sys.exit(main())
