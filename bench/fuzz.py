"""Feeds broken bodies to every channel's codec and prints what came of them: `make fuzz N=10000`."""

import argparse
import sys
from time import perf_counter

from backbone.errors import FrontdeskError
from tests.support import channels, fuzz


def main() -> int:
    """Exit code 0 where every codec answered with events or `PayloadInvalid`, else 1 with the input that broke it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("count", type=int, nargs="?", default=10_000, help="inputs for each channel")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    print(f"{'channel':<20}{'inputs':>10}{'parsed':>10}{'refused':>10}{'events':>10}{'slowest ms':>12}{'inputs/s':>10}")
    broken = 0
    for name in channels.names():
        started = perf_counter()
        try:
            report = fuzz.run(name, options.count, options.seed)
        except (AssertionError, FrontdeskError, ImportError) as error:
            broken += 1
            print(f"{name:<20}BROKEN: {error}")
            continue
        rate = options.count / max(perf_counter() - started, 1e-9)
        row = (options.count, report.parsed, report.refused, report.events)
        print(f"{name:<20}" + "".join(f"{cell:>10}" for cell in row) + f"{report.slowest * 1000:>12.1f}{rate:>10.0f}")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
