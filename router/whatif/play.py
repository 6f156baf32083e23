"""Plays a day on virtual time with the product's own `assign`: the same input gives the same outcome.

Played as they are: targets by policy and hours, needs that relax, languages, capacity in units, wrap-up, overflow of teams, and
escalations that raise the priority or give up preferred skills. Not played: offers that are declined or missed (work is given),
notices, bots and call-backs of escalations, second and later replies, and people's own assignments.
"""

import heapq
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from router.domain import sla
from router.domain.assignment import assign
from router.domain.forecast import Forecast
from router.domain.sla import Action
from router.domain.teamwork import Teamwork, with_team_skills
from router.domain.work import WHOLE, Candidate, Waiting
from router.whatif.model import Arrival, Person, Plan, Played

LOOK = timedelta(seconds=15)
"""How often work is looked at for which slots are kept free. Other work is when something of it changes with time."""
ON_TIME, LATE = 100, 30
"""How much of a queue one round looks at: less than the dispatcher, since one slot becomes free at a time."""
AFTER = timedelta(hours=12)
"""How long is played on after the last arrival, until what waits is served."""

Expect = Callable[[datetime, Sequence[Candidate]], Forecast | None]
_ARRIVES, _ENDS, _LEAVES, _COMES, _GOES, _LOOKS = range(6)


def play(
    arrivals: Sequence[Arrival], people: Sequence[Person], plan: Plan, expect: Expect | None = None
) -> list[Played]:
    """What comes of each arrival, in their order. `expect` gives the forecast at a time, for plans that keep slots free."""
    return _Play(arrivals, people, plan, expect).run()


@dataclass(slots=True)
class _Agent:
    candidate: Candidate
    online: int = 0
    used: int = 0
    last: datetime | None = None
    wraps_until: datetime | None = None

    def seen(self) -> Candidate:
        return replace(
            self.candidate,
            presence="online" if self.online else "offline",
            used=self.used,
            last_assigned_at=self.last,
            wrap_up_until=self.wraps_until,
        )


@dataclass(slots=True)
class _Case:
    number: int
    arrival: Arrival
    policy: sla.Policy
    due: datetime | None
    taken: datetime | None = None
    agent_id: str | None = None
    held: int = 0


class _Play:
    def __init__(
        self, arrivals: Sequence[Arrival], people: Sequence[Person], plan: Plan, expect: Expect | None
    ) -> None:
        self._plan = plan
        self._expect = expect if plan.keep_slots_free else None
        self._cases = [_Case(number, one, *plan.terms(one)) for number, one in enumerate(arrivals)]
        self._agents = {p.candidate.agent_id: _Agent(with_team_skills(p.candidate, plan.teamwork)) for p in people}
        self._waiting: dict[str, _Case] = {}
        self._events: list[tuple[datetime, int, str, int]] = []
        for case in self._cases:
            self._push(case.arrival.at, _ARRIVES, case.arrival.id, case.number)
        for person in people:
            for start, end in person.shifts:
                self._push(start, _COMES, person.candidate.agent_id)
                self._push(end, _GOES, person.candidate.agent_id)
        self._end = max((one.at + AFTER for one in arrivals), default=None)
        self._look_at: datetime | None = None
        self._forecast: tuple[datetime, Forecast | None] | None = None

    def _push(self, at: datetime, what: int, key: str, number: int = 0) -> None:
        heapq.heappush(self._events, (at, what, key, number))

    def run(self) -> list[Played]:
        while self._events and self._end is not None:
            now = self._events[0][0]
            if now > self._end:
                break
            changed = False
            while self._events and self._events[0][0] == now:
                _, what, key, number = heapq.heappop(self._events)
                changed |= self._happen(now, what, key, number)
            if changed and self._waiting:
                self._decide(now)
        return [self._played(case) for case in self._cases]

    def _happen(self, now: datetime, what: int, key: str, number: int) -> bool:
        """Answers whether somebody might be given something now."""
        if what == _ARRIVES:
            case = self._cases[number]
            self._waiting[key] = case
            if case.arrival.patience is not None:
                self._push(now + case.arrival.patience, _LEAVES, key)
        elif what == _LEAVES:
            self._waiting.pop(key, None)
            return False
        elif what == _ENDS:
            case = self._cases[number]
            agent = self._agents[key]
            agent.used -= case.held
            wrap_up = self._work_of(case.arrival.team_id).wrap_up
            if wrap_up:
                agent.wraps_until = now + wrap_up
                self._push(now + wrap_up, _LOOKS, "")
        elif what == _LOOKS:
            self._look_at = None
        else:
            self._agents[key].online += 1 if what == _COMES else -1
        return True

    def _work_of(self, team_id: str | None) -> Teamwork:
        return self._plan.teamwork.get(team_id or "") or Teamwork()

    def _decide(self, now: datetime) -> None:
        agents = [agent.seen() for agent in self._agents.values()]
        if not any(a.presence == "online" and a.used < a.capacity for a in agents):
            # Whoever becomes free, or comes, makes the next round.
            return
        works = [self._work(case, now) for case in _front(self._waiting.values(), now)]
        for decision in assign(works, agents, now=now, forecast=self._forecast_at(now, agents)):
            if decision.agent_id is not None:
                self._give(self._waiting.pop(decision.conversation_id), decision.agent_id, now)
        self._look_again(now)

    def _look_again(self, now: datetime) -> None:
        """When something of what waits changes by itself: needs and languages relax, overflow opens, deadlines pass."""
        if self._expect is not None:
            at: datetime | None = now + LOOK if self._waiting else None
        else:
            moments = (at for case in self._waiting.values() for at in self._moments(case))
            at = min((at for at in moments if at > now), default=None)
        if at is not None and (self._look_at is None or at < self._look_at):
            self._look_at = at
            self._push(at, _LOOKS, "")

    def _moments(self, case: _Case) -> Iterator[datetime]:
        one = case.arrival
        after = [need.relaxes_after for need in one.needs if need.relaxes_after is not None]
        after += [step.after for step in self._work_of(one.team_id).overflow]
        if one.language is not None:
            after.append(timedelta(minutes=2))
        yield from (one.at + wait for wait in after)
        if case.due is not None:
            yield from (case.due + step.after for step in case.policy.steps)

    def _forecast_at(self, now: datetime, agents: Sequence[Candidate]) -> Forecast | None:
        if self._expect is None:
            return None
        if self._forecast is None or now - self._forecast[0] >= timedelta(hours=1):
            self._forecast = (now, self._expect(now, agents))
        return self._forecast[1]

    def _work(self, case: _Case, now: datetime) -> Waiting:
        one = case.arrival
        raised, widened = _escalated(case, now)
        needs = tuple(n for n in one.needs if n.relaxes_after is None) if widened else one.needs
        work = Waiting(
            one.id, one.team_id, one.units, min(10, one.case.priority + raised), case.due, one.at,
            channel_class=one.case.channel_class, needs=needs, language=one.language, target=case.policy.first_reply,
        )  # fmt: skip
        # Whether the asked would have accepted, nobody knows: work is given.
        return replace(self._work_of(one.team_id).shape(work, None), ask=0)

    def _give(self, case: _Case, agent_id: str, now: datetime) -> None:
        agent, one = self._agents[agent_id], case.arrival
        case.taken, case.agent_id = now, agent_id
        case.held = max(one.units, agent.candidate.capacity) if one.case.channel_class in WHOLE else one.units
        agent.used += case.held
        agent.last = now
        self._push(now + max(one.holds, one.writes), _ENDS, agent_id, case.number)

    def _played(self, case: _Case) -> Played:
        taken = None if case.taken is None else case.taken - case.arrival.at
        answered = None if taken is None else taken + case.arrival.writes
        return Played(case.arrival, case.due, taken, answered, case.agent_id)


def _front(waiting: Iterable[_Case], now: datetime) -> list[_Case]:
    """Late work does not stand in the way of what can still be in time: each has its own part."""
    far = datetime.max.replace(tzinfo=now.tzinfo)
    ordered = sorted(waiting, key=lambda c: (-c.arrival.case.priority, c.due or far, c.arrival.id))
    late = [c for c in ordered if c.due is not None and c.due < now]
    return [c for c in ordered if c.due is None or c.due >= now][:ON_TIME] + late[:LATE]


def _escalated(case: _Case, now: datetime) -> tuple[int, bool]:
    """By how much its priority has risen, and whether preferred skills were given up."""
    if case.due is None or now < case.due:
        return 0, False
    reached = [step for step in case.policy.steps if case.due + step.after <= now]
    raised = sum(step.by for step in reached if step.action is Action.RAISE)
    return raised, any(step.action is Action.WIDEN for step in reached)
