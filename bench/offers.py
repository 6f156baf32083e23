"""Whether channel offers learn: `make bench-offers`.

Seeded visitors of a site with five channels. How likely one is helped on a channel depends on the page, the device and the
cohort, each with an effect on the log-odds and some of their combinations with one of their own; half-way the channels swap
their records, as when a team changes. Every visitor takes what is shown first, and the outcome is told. Regret is what the best
channel of each visit would have helped more, summed: of the product's own rules, beside even order and beside greed (the channel
with the best record for this visit first, never tried otherwise). Seeds are those asked for.
"""

import argparse
import math
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from random import Random

from bench.calibration import calibrate
from bench.support import Report, print_table
from router.domain.offers import GOOD, Channel, Rules, Seen, Visit, belief, order

CHANNELS = tuple(Channel(f"acc_{n}", f"channel {n}", "live", 3, bot=False, wait=0.0) for n in range(5))
PAGES, DEVICES, COHORTS = ("/", "/phones", "/returns", "/plans", "/help"), ("phone", "desktop"), ("gen_z", "gen_y")
RULES = Rules()
START = datetime(2026, 1, 5, tzinfo=UTC)
EVERY = timedelta(minutes=3)
Known = Mapping[tuple[str, str], Seen]
Choose = Callable[[Visit, Known, Random, datetime], Channel]


def thompson(visit: Visit, known: Known, dice: Random, now: datetime) -> Channel:
    return order(CHANNELS, visit, known, RULES, dice, now)[0].channel


def greedy(visit: Visit, known: Known, _dice: Random, now: datetime) -> Channel:
    def mean(channel: Channel) -> float:
        alpha, beta = belief(channel.account_id, visit, known, now)
        return alpha / (alpha + beta)

    return max(CHANNELS, key=mean)


def evenly(_visit: Visit, _known: Known, dice: Random, _now: datetime) -> Channel:
    return dice.choice(CHANNELS)


WAYS: dict[str, Choose] = {"ours": thompson, "greedy": greedy, "even order": evenly}


class World:
    """The chance of every visit on every channel; `swapped` is the second half."""

    def __init__(self, seed: int) -> None:
        dice = Random(f"offers/{seed}")
        self._effects = {
            (channel.account_id, name): dice.gauss(0, 0.7)
            for channel in CHANNELS
            for name in ("", *PAGES, *DEVICES, *COHORTS, *(p + d for p in PAGES for d in DEVICES))
        }

    def chance(self, visit: Visit, channel: Channel, *, swapped: bool) -> float:
        number = CHANNELS.index(channel)
        as_if = CHANNELS[(number + 2) % len(CHANNELS)] if swapped else channel
        names = ("", visit.page, visit.device, visit.cohort, f"{visit.page}{visit.device}")
        odds = -0.8 + sum(self._effects[as_if.account_id, name or ""] for name in names)
        return 1 / (1 + math.exp(-odds))


def regrets(seed: int, visits: int, choose: Choose) -> list[float]:
    """The regret of each visit."""
    world, dice, fate = World(seed), Random(f"choice/{seed}"), Random(f"fate/{seed}")
    known: dict[tuple[str, str], Seen] = {}
    found = []
    for number in range(visits):
        now, swapped = START + EVERY * number, number >= visits // 2
        visit = Visit(fate.choice(PAGES), None, fate.choice(COHORTS), fate.choice(DEVICES))
        channel = choose(visit, known, dice, now)
        chances = {c.account_id: world.chance(visit, c, swapped=swapped) for c in CHANNELS}
        found.append(max(chances.values()) - chances[channel.account_id])
        result = "helped" if fate.random() < chances[channel.account_id] else "not_helped"
        for key in visit.keys:
            before = known.get((channel.account_id, key), Seen(0, 0, now))
            known[channel.account_id, key] = before.learn(result in GOOD, now)
    return found


def parts_of(found: Sequence[float]) -> list[float]:
    """The mean regret of each quarter."""
    quarter = len(found) // 4
    return [sum(found[n * quarter : (n + 1) * quarter]) / quarter for n in range(4)]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--visits", type=int, default=20_000, help="visits of each world")
    parser.add_argument("--worlds", type=int, default=5, help="how many worlds")
    parser.add_argument("--first", type=int, default=1, help="seed of the first world")
    parser.add_argument("--rounds", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--seconds", type=float, help=argparse.SUPPRESS)
    options = parser.parse_args()
    report, seeds, total, rows = (
        Report("offers", calibrate()),
        range(options.first, options.first + options.worlds),
        {},
        [],
    )
    for name, choose in WAYS.items():
        runs = [regrets(seed, options.visits, choose) for seed in seeds]
        total[name] = sum(map(sum, runs)) / len(runs) / options.visits * 1000
        quarters = [sum(part) / len(runs) for part in zip(*map(parts_of, runs), strict=True)]
        rows.append([name, "", f"{total[name]:.1f}", *(f"{q * 1000:.1f}" for q in quarters)])
    print(
        f"regret: visitors of a thousand whom the best channel would have helped more; seeds {seeds.start} to {seeds.stop - 1}"
    )
    print_table(["way", "", "all", "1st quarter", "2nd", "swapped: 3rd", "4th"], rows)
    report.add("O1", "regret beside even order", total["ours"] / total["even order"], 0.4)
    report.add("O1", "regret beside greed", total["ours"] / total["greedy"], 1.0)
    return report.finish()


if __name__ == "__main__":
    sys.exit(main())
