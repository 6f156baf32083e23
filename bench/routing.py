"""Quality and speed of routing: `make bench-routing`.

Quality: seeded days (see `routing_days`) under the product's own matching with a forecast from earlier days, beside five rules
and the fluid bound. The gap that is closed is (engine - best rule) / (bound - best rule) over the means of all days of a load.
Speed: 10,000 waiting and 1,000 agents matched in one round, and one arrival decided. The constants of the matching were
chosen on seeds above 100; what is reported comes from others. `--first` names other days.
"""

import argparse
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from bench.calibration import calibrate
from bench.routing_bound import fluid_bound
from bench.routing_days import CLASSES, SKILLS, Policy, Result, Scene, make_day, make_scene, run_day
from bench.routing_engine import KINDS, Engine, learn
from bench.routing_rules import RULES
from bench.support import Report, print_table, quantiles
from router.domain.matching import Job, Seat, match

LOADS = (0.85, 1.0, 1.15, 1.3)
WAITING, AGENTS = 10_000, 1_000


@dataclass(frozen=True, slots=True)
class Compared:
    """All days of one team and load: results by policy, and the bound's mean share (NaN where it was not asked for)."""

    results: dict[str, list[Result]]
    bound: float

    def on_time(self, name: str) -> float:
        return sum(r.on_time for r in self.results[name]) / len(self.results[name])

    def longest(self, name: str) -> float:
        """The longest wait of the lowest class on any day, in multiples of its target."""
        return max(r.longest[-1] for r in self.results[name])

    @property
    def best_rule(self) -> str:
        return max(RULES, key=self.on_time)


def policies(scene: Scene, seed: int) -> dict[str, Callable[[], Policy]]:
    made: dict[str, Callable[[], Policy]] = {name: (lambda make=make: make(scene)) for name, make in RULES.items()}  # type: ignore[misc]
    return made | {
        "engine without forecast": lambda: Engine(scene, None),
        "engine": lambda: Engine(scene, learn(scene, seed)),
    }


def compare(agents: int, load: float, seeds: range, *, bound: bool) -> Compared:
    results: dict[str, list[Result]] = {}
    bounds = []
    for seed in seeds:
        scene = make_scene(seed, agents, load)
        day = make_day(scene, seed)
        for name, make in policies(scene, seed).items():
            results.setdefault(name, []).append(run_day(scene, day, make()))
        if bound:
            bounds.append(fluid_bound(scene, day))
    return Compared(results, sum(bounds) / len(bounds) if bounds else float("nan"))


def show(agents: int, load: float, found: Compared) -> None:
    print(f"\n{agents} agents at {load:.0%}: bound {found.bound:.3f}")
    rows = []
    for name, results in found.results.items():
        shares = [sum(r.by_class[k] for r in results) / len(results) for k in range(len(CLASSES))]
        longest = f"{found.longest(name):.2f}"
        rows.append([name, "", f"{found.on_time(name):.3f}", *(f"{s:.3f}" for s in shares), longest])
    print_table(["policy", "", "on time", *(k.name for k in CLASSES), "longest mail, targets"], rows)


def judge(report: Report, agents: int, load: float, found: Compared) -> None:
    best, engine = found.on_time(found.best_rule), found.on_time("engine")
    where = f"{agents} agents, {load:.0%}"
    report.add("R1", f"{where}: engine on time", engine, unit="share")
    report.add("R1", f"{where}: best rule on time", best, unit="share")
    if load <= 1.0:
        gap = found.bound - best
        report.add("R1", f"{where}: part of the gap closed", (engine - best) / gap, 0.2, at_most=False, unit="of it")
    else:
        report.add("R1", f"{where}: over the best rule", engine - best, 0.0, at_most=False, unit="share")
    limit = 2.0 if load <= 1.0 else 4.0
    report.add("R2", f"{where}: longest mail wait", found.longest("engine"), limit, unit="targets")


def speed(report: Report, rounds: int) -> None:
    """The backlog and single arrivals, against agents of random skills with one to three units free."""
    rng = Random("speed")
    pools = [tuple(sorted(rng.sample(range(SKILLS), rng.randint(2, 5)))) for _ in range(AGENTS)]
    seats = [Seat(f"{n:04}", p, rng.randint(1, 3), 0.0, rng.random(), 3) for n, p in enumerate(pools)]
    jobs = [
        Job(f"{n:05}", rng.randrange(SKILLS), rng.choice(KINDS), -rng.random() * 600, rng.random() * 3600)
        for n in range(WAITING)
    ]
    took = []
    for _ in range(rounds):
        began = time.perf_counter()
        found = match(jobs, seats, 0.0)
        took.append((time.perf_counter() - began) * 1000)
    assert len(found.seats) == sum(seat.free for seat in seats)
    report.add("R3", "10,000 waiting x 1,000 agents, p50", quantiles(took)[0], 100.0, unit="ms", absolute=True)
    team, forecast = make_scene(1, 40, 1.0), learn(make_scene(1, 40, 1.0), 1)
    here = [Seat(f"{n:02}", tuple(sorted(p)), 1, 0.6, 0.0, 3) for n, p in enumerate(team.agents)]
    began, cpu = 0, time.process_time()
    while began < 2000:
        match([Job("one", began % SKILLS, KINDS[began % 4], 3600.0, 4000.0)], here, 3600.0, forecast)
        began += 1
    report.add("R3", "one arrival, CPU", (time.process_time() - cpu) / began * 1000, 1.0, unit="ms", absolute=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--days", type=int, default=6, help="days of each team and load")
    parser.add_argument("--first", type=int, default=1, help="seed of the first day")
    parser.add_argument("--rounds", type=int, default=15, help="rounds of the speed measurement")
    parser.add_argument("--teams", type=int, nargs="+", default=[12, 40])
    parser.add_argument("--seconds", type=float, help=argparse.SUPPRESS)
    options = parser.parse_args()
    report = Report("routing", calibrate())
    seeds = range(options.first, options.first + options.days)
    for agents in options.teams:
        for load in LOADS:
            found = compare(agents, load, seeds, bound=True)
            show(agents, load, found)
            judge(report, agents, load, found)
    speed(report, options.rounds)
    return report.finish()


if __name__ == "__main__":
    sys.exit(main())
