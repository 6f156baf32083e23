"""The rules that a routing policy is measured beside: each orders who waits and gives the free slots in that order."""

from collections.abc import Callable, Sequence
from typing import Any

from bench.routing_days import SKILLS, Case, Scene

Order = Callable[[Case, float], Any]
"""Lower goes first."""


class Rule:
    """Work-conserving: a free slot never stays empty while somebody waits whom it can serve.

    Of the agents that can take a case, the one with most free slots does, then who was idle longest; `turns` takes them
    in turn instead.
    """

    def __init__(self, scene: Scene, order: Order, *, turns: bool = False) -> None:
        self._order = order
        self._turns = turns
        self._turn = 0
        self._last = [0] * len(scene.agents)
        self._able = [[n for n, skills in enumerate(scene.agents) if s in skills] for s in range(SKILLS)]

    def ended(self, case: Case) -> None:
        """A rule learns nothing."""

    def choose(self, now: float, waiting: Sequence[Case], free: Sequence[int]) -> list[tuple[Case, int]]:
        left = list(free)
        open_ = {s for s in range(SKILLS) if any(left[a] for a in self._able[s])}
        chosen = []
        for case in sorted((c for c in waiting if c.skill in open_), key=lambda c: (self._order(c, now), c.number)):
            if not open_:
                break
            able = [a for a in self._able[case.skill] if left[a]]
            if not able:
                open_.discard(case.skill)
                continue
            agent = min(able, key=lambda a: self._rank(a, left))
            left[agent] -= 1
            self._turn += 1
            self._last[agent] = self._turn
            chosen.append((case, agent))
        return chosen

    def _rank(self, agent: int, left: Sequence[int]) -> tuple[int, int]:
        return (self._last[agent], agent) if self._turns else (-left[agent], self._last[agent])


def first_in(case: Case, _now: float) -> float:
    return case.at


def strict(case: Case, _now: float) -> tuple[int, float]:
    return case.kind, case.at


def earliest(case: Case, _now: float) -> float:
    return case.due


def missed_last(case: Case, now: float) -> tuple[bool, float]:
    return case.due < now, case.due


RULES: dict[str, Callable[[Scene], Rule]] = {
    "first in, first out": lambda scene: Rule(scene, first_in),
    "round robin": lambda scene: Rule(scene, first_in, turns=True),
    "strict priority": lambda scene: Rule(scene, strict),
    "earliest deadline": lambda scene: Rule(scene, earliest),
    "earliest deadline, missed last": lambda scene: Rule(scene, missed_last),
}
