"""Seeded days for a routing policy, and the run of one day under one policy on virtual time.

A day is ten hours of arrivals with two peaks, after which what still waits is served. Each case is of one class (its target
and patience) and asks for one skill; agents have two to five of nine skills and three slots. All times are seconds since
the start of the day. Nothing here decides anything: that is what a `Policy` is for.
"""

import heapq
import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

HOURS = 10
SPAN = HOURS * 3600.0
SKILLS = 9
SLOTS = 3
BIN = 600.0


@dataclass(frozen=True, slots=True)
class CaseClass:
    """A kind of case: its share of arrivals, its target, the mean of its handling, the median of its patience."""

    name: str
    share: float
    target: float
    handling: float
    patience: float


CLASSES = (
    CaseClass("live chat", 0.25, 45.0, 360.0, 150.0),
    CaseClass("chat", 0.30, 600.0, 480.0, 1000.0),
    CaseClass("public", 0.15, 900.0, 300.0, 2700.0),
    CaseClass("mail", 0.30, 3600.0, 600.0, 18000.0),
)
_SPREAD = 0.6
"""Of the logarithm of handling times and patience: a few take three times the mean."""


@dataclass(slots=True)
class Case:
    """One arrival. `gives_up` is when its customer leaves; `started` stays None for one that was never answered."""

    number: int
    kind: int
    skill: int
    at: float
    due: float
    handling: float
    gives_up: float
    started: float | None = None

    @property
    def on_time(self) -> bool:
        return self.started is not None and self.started <= self.due


@dataclass(frozen=True)
class Scene:
    """What stays the same from day to day: who is there, how many come when, and for what. `load` is work over capacity."""

    agents: tuple[frozenset[int], ...]
    skill_shares: tuple[float, ...]
    load: float
    peaks: tuple[tuple[float, float, float], ...]
    """Of each peak: its hour, its width in hours, its height over the plain."""

    def intensity(self, at: float) -> float:
        """Arrivals a second, of all classes."""
        return self._scale * self._shape(at)

    def rate(self, kind: int, skill: int, at: float) -> float:
        return self.intensity(at) * CLASSES[kind].share * self.skill_shares[skill]

    def _shape(self, at: float) -> float:
        hour = at / 3600
        return 1 + sum(height * math.exp(-(((hour - mid) / width) ** 2)) for mid, width, height in self.peaks)

    @cached_property
    def _scale(self) -> float:
        steps = [self._shape(SPAN * (n + 0.5) / 600) for n in range(600)]
        work = sum(kind.share * kind.handling for kind in CLASSES)
        return self.load * len(self.agents) * SLOTS / work / (sum(steps) / len(steps))


def make_scene(seed: int, agents: int, load: float) -> Scene:
    """A team and its demand. Every skill has somebody; demand for a skill follows who has it, unevenly."""
    rng = random.Random(f"scene/{seed}/{agents}")
    people = [frozenset(rng.sample(range(SKILLS), rng.randint(2, 5))) for _ in range(agents)]
    for skill in range(SKILLS):
        if not any(skill in person for person in people):
            number = rng.randrange(agents)
            people[number] = frozenset([skill, *sorted(people[number])[1:]])
    # Each agent's time is offered to their skills alike; the demand is off by up to three tenths either way.
    offered = [sum(1 / len(p) for p in people if s in p) * rng.uniform(0.7, 1.3) for s in range(SKILLS)]
    total = sum(offered)
    peaks = (
        (rng.uniform(1.8, 3.0), rng.uniform(0.8, 1.3), rng.uniform(0.5, 0.9)),
        (rng.uniform(6.0, 7.5), rng.uniform(0.8, 1.5), rng.uniform(0.4, 0.8)),
    )
    return Scene(tuple(people), tuple(o / total for o in offered), load, peaks)


def make_day(scene: Scene, seed: int) -> list[Case]:
    """The arrivals of one day in order: a Poisson process, lognormal handling and patience."""
    rng = random.Random(f"day/{seed}")
    top = max(scene.intensity(SPAN * n / 600) for n in range(601)) * 1.05
    cases: list[Case] = []
    at = 0.0
    while (at := at + rng.expovariate(top)) < SPAN:
        if rng.random() * top > scene.intensity(at):
            continue
        kind = rng.choices(range(len(CLASSES)), [k.share for k in CLASSES])[0]
        skill = rng.choices(range(SKILLS), scene.skill_shares)[0]
        of = CLASSES[kind]
        handling = of.handling * math.exp(rng.gauss(-(_SPREAD**2) / 2, _SPREAD))
        patience = of.patience * math.exp(rng.gauss(0, _SPREAD))
        cases.append(Case(len(cases), kind, skill, at, at + of.target, handling, at + patience))
    return cases


class Policy(Protocol):
    """Decides who starts what now. It sees who waits and which slots are free, never handling times or patience."""

    def choose(self, now: float, waiting: Sequence[Case], free: Sequence[int]) -> list[tuple[Case, int]]:
        """Pairs of a case and an agent with a free slot and the skill; what is not among them waits on."""
        ...

    def ended(self, case: Case) -> None:
        """A case was handled to its end."""
        ...


_ARRIVES, _ENDS, _LEAVES, _LOOK = range(4)
LOOK = 15.0


@dataclass(slots=True)
class Result:
    """What a policy made of a day: the share on time, by class, and the longest waits. Waits are in multiples of the target."""

    on_time: float
    by_class: tuple[float, ...]
    longest: tuple[float, ...]
    answered: float
    decisions: int = 0
    waits: list[float] = field(default_factory=list)


def run_day(scene: Scene, cases: Sequence[Case], policy: Policy) -> Result:
    """Plays the day: the policy is asked after each arrival and each end, and every 15 s while anybody waits."""
    day = _Day(scene, cases, policy)
    day.play()
    return day.result()


class _Day:
    def __init__(self, scene: Scene, cases: Sequence[Case], policy: Policy) -> None:
        self._scene = scene
        self._cases = [Case(c.number, c.kind, c.skill, c.at, c.due, c.handling, c.gives_up) for c in cases]
        self._policy = policy
        self._free = [SLOTS] * len(scene.agents)
        self._waiting: dict[int, Case] = {}
        self._agent_of: dict[int, int] = {}
        self._events: list[tuple[float, int, int]] = [(c.at, _ARRIVES, c.number) for c in self._cases]
        heapq.heapify(self._events)
        self._looking = False
        self._decisions = 0

    def play(self) -> None:
        events = self._events
        while events:
            now, what, number = heapq.heappop(events)
            if what == _LOOK:
                self._looking = False
            elif what == _ARRIVES:
                self._waiting[number] = self._cases[number]
                heapq.heappush(events, (self._cases[number].gives_up, _LEAVES, number))
            elif what == _ENDS:
                self._free[self._agent_of[number]] += 1
                self._policy.ended(self._cases[number])
            else:
                self._waiting.pop(number, None)
                continue
            self._decide(now)

    def _decide(self, now: float) -> None:
        if not self._waiting:
            return
        self._decisions += 1
        for case, agent in self._policy.choose(now, list(self._waiting.values()), self._free):
            if self._free[agent] < 1 or case.skill not in self._scene.agents[agent]:
                raise AssertionError("the policy gave work to somebody who can't take it")
            del self._waiting[case.number]
            case.started = now
            self._free[agent] -= 1
            self._agent_of[case.number] = agent
            heapq.heappush(self._events, (now + case.handling, _ENDS, case.number))
        if self._waiting and not self._looking:
            self._looking = True
            heapq.heappush(self._events, (now + LOOK, _LOOK, 0))

    def result(self) -> Result:
        shares, longest = [], []
        for kind, of in enumerate(CLASSES):
            mine = [c for c in self._cases if c.kind == kind]
            shares.append(sum(c.on_time for c in mine) / max(1, len(mine)))
            longest.append(max((((c.started or c.gives_up) - c.at) / of.target for c in mine), default=0.0))
        total = len(self._cases)
        return Result(
            sum(c.on_time for c in self._cases) / total,
            tuple(shares),
            tuple(longest),
            sum(c.started is not None for c in self._cases) / total,
            self._decisions,
        )
