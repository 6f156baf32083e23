"""A desk whose agents, customers and supervisors do anything in any order: what holds after each step, whatever they did."""

import random
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, multiple, rule

from router.domain.assignment import Candidate, Need, Waiting, assign
from router.domain.work import Decision

START = datetime(2026, 11, 20, 8, tzinfo=UTC)
AGENTS = ("a", "b", "c", "d")
TEAMS = ("north", "south")
SKILLS = ("polish", "returns")


@dataclass(frozen=True)
class Step:
    """What happened: enough to come to the same state again."""

    what: str
    who: str
    value: Any = None


class World:
    """The state that the steps make. It knows nothing of how decisions are made."""

    def __init__(self) -> None:
        self.agents = {
            name: Candidate(
                name,
                frozenset(TEAMS[: 1 + number % 2]),
                "online",
                1 + number,
                0,
                START,
                (("polish", 2),) if number else (),
            )
            for number, name in enumerate(AGENTS)
        }
        self.waiting: dict[str, Waiting] = {}
        self.owner: dict[str, str] = {}
        self.units: dict[str, int] = {}

    def take(self, step: Step) -> None:
        match step.what:
            case "arrived":
                self.waiting[step.who] = step.value
            case "given":
                work = self.waiting.pop(step.who)
                self.owner[step.who], self.units[step.who] = step.value, work.units
                self._charge(step.value, work.units)
            case "resolved":
                self._charge(self.owner.pop(step.who), -self.units.pop(step.who))
            case "declined":
                work = self.waiting[step.who]
                self.waiting[step.who] = replace(work, exclude=work.exclude | {step.value})
            case "presence":
                self.agents[step.who] = replace(self.agents[step.who], presence=step.value)
            case "capacity":
                self.agents[step.who] = replace(self.agents[step.who], capacity=step.value)

    def _charge(self, agent: str, units: int) -> None:
        self.agents[agent] = replace(self.agents[agent], used=self.agents[agent].used + units)


class Desk(RuleBasedStateMachine):
    cases = Bundle("cases")

    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        self.steps: list[Step] = []
        self.now = START
        self.count = 0
        self.over_before: dict[str, int] = {}

    def _do(self, step: Step) -> None:
        self.world.take(step)
        self.steps.append(step)

    @rule(
        target=cases,
        team=st.sampled_from(TEAMS),
        units=st.integers(1, 2),
        priority=st.integers(0, 3),
        target_seconds=st.sampled_from([45, 600, 3600]),
        needs=st.lists(st.tuples(st.sampled_from(SKILLS), st.sampled_from([None, 60])), max_size=2, unique_by=lambda n: n[0]),
    )  # fmt: skip
    def arrives(
        self, team: str, units: int, priority: int, target_seconds: int, needs: list[tuple[str, int | None]]
    ) -> str:
        self.count += 1
        case, wait = f"case-{self.count:03}", timedelta(seconds=target_seconds)
        wanted = tuple(Need(skill, 1, None if after is None else timedelta(seconds=after)) for skill, after in needs)
        self._do(
            Step("arrived", case, Waiting(case, team, units, priority, self.now + wait, self.now, needs=wanted, target=wait))
        )  # fmt: skip
        return case

    @rule(seconds=st.integers(1, 4000))
    def time_passes(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    @rule(agent=st.sampled_from(AGENTS), presence=st.sampled_from(["online", "away", "offline", "draining"]))
    def comes_or_goes(self, agent: str, presence: str) -> None:
        self._do(Step("presence", agent, presence))

    @rule(agent=st.sampled_from(AGENTS), capacity=st.integers(0, 6))
    def capacity_changes(self, agent: str, capacity: int) -> None:
        self._do(Step("capacity", agent, capacity))

    @rule(case=cases, agent=st.sampled_from(AGENTS))
    def declines(self, case: str, agent: str) -> None:
        if case in self.world.waiting:
            self._do(Step("declined", case, agent))

    @rule(target=cases, case=consumes(cases))
    def is_resolved(self, case: str) -> Any:
        if case in self.world.owner:
            self._do(Step("resolved", case))
            return multiple()
        return case

    @rule(case=cases, agent=st.sampled_from(AGENTS))
    def a_supervisor_gives_it(self, case: str, agent: str) -> None:
        work, one = self.world.waiting.get(case), self.world.agents[agent]
        if work is not None and one.used + work.units <= one.capacity:
            self._do(Step("given", case, agent))

    def _decisions(self, shuffled: random.Random | None = None) -> list[Decision]:
        waiting, agents = list(self.world.waiting.values()), list(self.world.agents.values())
        if shuffled is not None:
            shuffled.shuffle(waiting)
            shuffled.shuffle(agents)
        return assign(waiting, agents, now=self.now)

    @rule(seed=st.integers(0, 2**16))
    def the_router_dispatches(self, seed: int) -> None:
        found = self._decisions()
        again = self._decisions(random.Random(seed))
        assert found == again, "the same work and people in another order give another answer"
        assert sorted(d.conversation_id for d in found) == sorted(self.world.waiting)
        for decision in found:
            if decision.agent_id is not None:
                self._admit(decision)
        # What was just decided stands: nothing more can be given without anything having happened.
        assert all(d.agent_id is None for d in self._decisions())

    def _admit(self, decision: Decision) -> None:
        work, agent = self.world.waiting[decision.conversation_id], self.world.agents[str(decision.agent_id)]
        assert agent.presence == "online"
        assert work.team_id in agent.teams
        assert agent.agent_id not in work.exclude
        assert agent.used + work.units <= agent.capacity, "over capacity"
        held = dict(agent.skills)
        assert all(held.get(need.skill, 0) >= need.level for need in work.active(self.now))
        self._do(Step("given", decision.conversation_id, decision.agent_id))

    @invariant()
    def nobody_is_over_capacity_but_by_losing_it(self) -> None:
        for name, agent in self.world.agents.items():
            owned = sum(self.world.units[case] for case, owner in self.world.owner.items() if owner == name)
            assert agent.used == owned
            over = max(0, agent.used - agent.capacity)
            lowered = self.steps and self.steps[-1] == Step("capacity", name, agent.capacity)
            assert over <= self.over_before.get(name, 0) or lowered, "admitted beyond capacity"
            self.over_before[name] = over

    @invariant()
    def a_case_waits_or_has_one_owner(self) -> None:
        assert not self.world.waiting.keys() & self.world.owner.keys()

    def teardown(self) -> None:
        again = World()
        for step in self.steps:
            again.take(step)
        assert vars(again) == vars(self.world), "the steps played again come to another state"


Desk.TestCase.settings = settings(
    max_examples=60, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
)
TestDesk = Desk.TestCase
