"""Feeds broken bodies to every channel's codec, measures each, and keeps what was hard: `make fuzz N=50000`."""

import argparse
import sys
from time import perf_counter

from tests.support import channels, corpus, fuzz

COUNT = 50_000


def main() -> int:
    """Exit code 0 where every codec answered with events or `PayloadInvalid` within its bounds, else 1.

    An input that broke a codec, or cost more than 50 ms of processor time or 20 MB of memory, is kept in `tests/corpus/`,
    where the contract suite replays it. `--hardest` keeps the slowest and the largest of each codec's small inputs too.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("count", type=int, nargs="?", default=COUNT, help="inputs for each channel")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--channels", nargs="+", metavar="NAME", help="only these")
    parser.add_argument("--hardest", action="store_true")
    options = parser.parse_args()
    heads = ("inputs", "parsed", "refused", "events", "slowest ms", "largest KB", "inputs/s")
    print(f"{'channel':<26}" + "".join(f"{head:>12}" for head in heads))
    broken = 0
    for name in options.channels or channels.names():
        broken += one_channel(name, options.count, options.seed, hardest=options.hardest)
    return 1 if broken else 0


def one_channel(name: str, count: int, seed: int, *, hardest: bool) -> int:
    """How many inputs broke the codec or its bounds."""
    started, report, broken = perf_counter(), fuzz.Report(name), 0
    slowest: tuple[float, fuzz.Case] | None = None
    largest: tuple[int, fuzz.Case] | None = None
    for case in fuzz.cases(name, count, seed):
        outcome = fuzz.attempt(name, case, memory=True)
        if not outcome.broken and outcome.seconds > fuzz.SECONDS_MOST:
            # Other processes and the collector count too: what is slow is slow again.
            again = [fuzz.attempt(name, case).seconds for _ in range(3)]
            outcome = fuzz.Outcome(min(again), outcome.peak, outcome.events)
        if why := reason(outcome):
            broken += 1
            path = corpus.keep(name, case, why)
            print(f"{name:<26}BROKEN: {why}: {path or 'too large to keep'}")
            continue
        report.add(outcome)
        if len(case.request.body) > corpus.SMALL_BYTES:
            continue
        if slowest is None or outcome.seconds > slowest[0]:
            slowest = (outcome.seconds, case)
        if largest is None or outcome.peak > largest[0]:
            largest = (outcome.peak, case)
    if hardest and slowest and largest:
        corpus.keep(name, slowest[1], f"the slowest of {count}")
        corpus.keep(name, largest[1], f"the largest of {count}")
    rate = count / max(perf_counter() - started, 1e-9)
    row = (count, report.parsed, report.refused, report.events)
    cells = (*map(str, row), f"{report.slowest * 1000:.1f}", f"{report.largest / 1024:.0f}", f"{rate:.0f}")
    print(f"{name:<26}" + "".join(f"{cell:>12}" for cell in cells), flush=True)
    return broken


def reason(outcome: fuzz.Outcome) -> str:
    """Why an input is hard; empty where it is not."""
    if outcome.broken:
        return outcome.broken
    if outcome.seconds > fuzz.SECONDS_MOST:
        return f"took {outcome.seconds * 1000:.0f} ms"
    if outcome.peak > fuzz.BYTES_MOST:
        return f"took {outcome.peak / 1024 / 1024:.0f} MB"
    return ""


if __name__ == "__main__":
    sys.exit(main())
