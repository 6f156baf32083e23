"""The product's own matching as a policy of the simulated days: the same code that the dispatcher runs.

Its forecast is what an installation would know on the morning of a day: how many cases of each class and skill came in each
bin of earlier days of the kind, and how long each class took. It never sees the day it is measured on.
"""

from collections.abc import Sequence

from bench.routing_days import BIN, CLASSES, SKILLS, SLOTS, SPAN, Case, Scene, make_day
from router.domain.forecast import Expected, Forecast, Kind
from router.domain.matching import Job, Seat, match

HISTORY = 5
KINDS = tuple(Kind(c.target, c.handling, stays=c.patience > 4 * 3600) for c in CLASSES)


def learn(scene: Scene, seed: int, days: int = HISTORY) -> Forecast:
    """Counts earlier days. Two bins are averaged on each side: single bins of few cases are noise."""
    bins = int(SPAN // BIN)
    counts = {(k, s): [0] * bins for k in range(len(CLASSES)) for s in range(SKILLS)}
    for day in range(days):
        for case in make_day(scene, -1 - seed * days - day):
            counts[case.kind, case.skill][min(bins - 1, int(case.at // BIN))] += 1
    expected = []
    for (kind, skill), many in counts.items():
        near = [many[max(0, n - 2) : n + 3] for n in range(bins)]
        rates = [sum(part) / len(part) / days / BIN for part in near]
        expected.append(Expected(KINDS[kind], skill, rates))
    return Forecast(0.0, BIN, expected, [(tuple(sorted(a)), SLOTS) for a in scene.agents])


class Engine:
    """`match` with a forecast; without one it is told nothing of the day."""

    def __init__(self, scene: Scene, forecast: Forecast | None) -> None:
        self._forecast = forecast
        self._pools = [tuple(sorted(skills)) for skills in scene.agents]
        self._last = [0.0] * len(scene.agents)
        self._jobs: dict[int, Job] = {}

    def ended(self, case: Case) -> None:
        self._jobs.pop(case.number, None)

    def choose(self, now: float, waiting: Sequence[Case], free: Sequence[int]) -> list[tuple[Case, int]]:
        seats = [
            Seat(f"{n:03}", pools, left, 1 - left / SLOTS, self._last[n], SLOTS)
            for n, (pools, left) in enumerate(zip(self._pools, free, strict=True))
            if left
        ]
        if not seats:
            return []
        jobs = [self._job(case) for case in waiting]
        found = match(jobs, seats, now, self._forecast)
        by_id = {job.id: case for job, case in zip(jobs, waiting, strict=True) if job.id in found.seats}
        chosen = [(by_id[job_id], int(seat)) for job_id, seat in found.seats.items()]
        for _, agent in chosen:
            self._last[agent] = now
        return chosen

    def _job(self, case: Case) -> Job:
        job = self._jobs.get(case.number)
        if job is None:
            job = Job(f"{case.number:06}", case.skill, KINDS[case.kind], case.at, case.due)
            self._jobs[case.number] = job
        return job
