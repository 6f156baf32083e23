"""Who gets which conversation: `assign` is pure, deterministic and explains every decision.

It turns waiting conversations and agents into jobs and seats for `matching`, which holds the order and the scores, and
says in words what came of it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from router.domain.forecast import Forecast, Kind, Pool
from router.domain.matching import VERSION, Job, Matched, Seat, match

_NEVER = datetime.min.replace(tzinfo=UTC)
_FAR = datetime.max.replace(tzinfo=UTC)
_EXPLAINED = 20
_BRIEFLY = 3
"""Candidates beside the chosen one in the explanation of an assignment: that of a wait names up to 20."""
POLICY_VERSION = VERSION
PRIORITY_ADVANCE = timedelta(minutes=10)
"""How much sooner a case counts as due for each step of its priority."""
_HANDLING = {"live": 360.0, "voice": 360.0, "messaging": 480.0, "public": 300.0, "mail": 600.0}
_STAYS = frozenset({"mail"})


@dataclass(frozen=True, slots=True)
class Need:
    """A skill a conversation asks for, from `level` (1 to 5) up. A preferred one is given up `relaxes_after` the wait
    began; a required one (None) never is. Needs that relax at different times make the ordered steps.
    """

    skill: str
    level: int = 1
    relaxes_after: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """Work without an owner. `preferred_agent` is waited for until `preferred_until`, and only while they are online;
    `direct` is the only agent it may go to.
    """

    conversation_id: str
    team_id: str | None
    units: int
    priority: int
    due_at: datetime | None
    waiting_since: datetime | None
    exclude: frozenset[str] = field(default_factory=frozenset)
    channel_class: str = "messaging"
    needs: tuple[Need, ...] = ()
    language: str | None = None
    language_relaxes_after: timedelta | None = timedelta(minutes=2)
    preferred_agent: str | None = None
    preferred_until: datetime | None = None
    direct: str | None = None
    target: timedelta | None = None

    def active(self, now: datetime) -> tuple[Need, ...]:
        """The needs that still hold."""
        return tuple(n for n in self.needs if n.relaxes_after is None or not self._past(n.relaxes_after, now))

    def spoken(self, now: datetime) -> str | None:
        """The language that is still asked for."""
        after = self.language_relaxes_after
        return None if after is not None and self._past(after, now) else self.language

    def _past(self, after: timedelta, now: datetime) -> bool:
        return self.waiting_since is not None and now - self.waiting_since >= after


@dataclass(frozen=True, slots=True)
class Candidate:
    """An agent as the dispatcher sees them. `capacity` includes a supervisor's override; all in units. `skills` are levels
    from 1 to 5 by name. Until `wrap_up_until` they finish what they had.
    """

    agent_id: str
    teams: frozenset[str]
    presence: str
    capacity: int
    used: int
    last_assigned_at: datetime | None = None
    skills: tuple[tuple[str, int], ...] = ()
    languages: frozenset[str] = field(default_factory=frozenset)
    wrap_up_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """Assigned to `agent_id`, or not with the `outcome` as reason; `explanation` says why for candidates looked at."""

    conversation_id: str
    agent_id: str | None
    outcome: str
    explanation: dict[str, Any]


_Pool = tuple[str, str | None, tuple[tuple[str, int], ...], str | None]
"""Either ("team", team, needs, language) or ("agent", agent, needs, None)."""


def assign(
    waiting: Sequence[Waiting],
    agents: Sequence[Candidate],
    closed_teams: frozenset[str] = frozenset(),
    *,
    now: datetime = _NEVER,
    forecast: Forecast | None = None,
) -> list[Decision]:
    """Decides for all of `waiting`; answers one decision for each, the most urgent first.

    Never gives an agent more units than fit; the same input gives the same answer, in any order of the sequences.
    """
    online = {a.agent_id for a in agents if a.presence == "online"}
    pools = {w.conversation_id: _pool(w, online, now) for w in waiting}
    able = {pool: frozenset(a.agent_id for a in agents if _able(a, pool)) for pool in set(pools.values())}
    seats = [seat for a in sorted(agents, key=lambda a: a.agent_id) if (seat := _seat(a, able, now)) is not None]
    jobs = {w.conversation_id: _job(w, pools[w.conversation_id], now) for w in waiting}
    found = match(jobs.values(), seats, _seconds(now), forecast)
    explained = _Explainer(agents, able, found, closed_teams, now)
    ordered = sorted(
        waiting, key=lambda w: (jobs[w.conversation_id].due - jobs[w.conversation_id].sooner, w.conversation_id)
    )
    return [explained.decide(w, pools[w.conversation_id]) for w in ordered]


def _pool(work: Waiting, online: set[str], now: datetime) -> _Pool:
    if work.direct is not None:
        return ("agent", work.direct, (), None)
    needs = tuple(sorted((n.skill, n.level) for n in work.active(now)))
    waited_for = work.preferred_until is not None and now < work.preferred_until
    if work.preferred_agent in online and waited_for and work.preferred_agent not in work.exclude:
        return ("agent", work.preferred_agent, needs, None)
    return ("team", work.team_id, needs, work.spoken(now))


def pool_of(team_id: str | None, needs: Sequence[Need]) -> Pool:
    """Everybody of a team who has these skills."""
    return ("team", team_id, tuple(sorted((n.skill, n.level) for n in needs)), None)


def seat_pools(agent: Candidate, pools: Iterable[Pool]) -> list[Pool]:
    """Those of `pools` whose work this agent can take."""
    return [pool for pool in pools if _able(agent, cast("_Pool", pool))]


def kind_of(channel_class: str, target: timedelta) -> Kind:
    """A class of work by its channel's and its target; the handling is what is usual for such channels."""
    return Kind(target.total_seconds(), _HANDLING.get(channel_class, 480.0), stays=channel_class in _STAYS)


def _able(agent: Candidate, pool: _Pool) -> bool:
    kind, name, needs, language = pool
    if name not in agent.teams if kind == "team" else name != agent.agent_id:
        return False
    levels = dict(agent.skills)
    return all(levels.get(skill, 0) >= level for skill, level in needs) and (
        language is None or not agent.languages or language in agent.languages
    )


def _seat(agent: Candidate, able: dict[_Pool, frozenset[str]], now: datetime) -> Seat | None:
    free = agent.capacity - agent.used
    if agent.presence != "online" or free <= 0 or _wraps_up(agent, now):
        return None
    mine = tuple(sorted((p for p, ids in able.items() if agent.agent_id in ids), key=repr))
    last = _seconds(agent.last_assigned_at or _NEVER)
    return Seat(agent.agent_id, mine, free, agent.used / max(1, agent.capacity), last, agent.capacity)


def _wraps_up(agent: Candidate, now: datetime) -> bool:
    return agent.wrap_up_until is not None and now < agent.wrap_up_until


def _job(work: Waiting, pool: _Pool, now: datetime) -> Job:
    since = _seconds(work.waiting_since or now)
    due = _seconds(work.due_at or _FAR)
    target = work.target.total_seconds() if work.target else max(1.0, min(due - since, 86_400.0))
    kind = kind_of(work.channel_class, timedelta(seconds=target))
    sooner = work.priority * PRIORITY_ADVANCE.total_seconds()
    return Job(work.conversation_id, pool, kind, since, due, work.units, sooner, work.exclude)


def _seconds(at: datetime) -> float:
    return (at - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds()


class _Explainer:
    """Says why, in the terms of the one who asks: which agents could have had it, and what kept each from it."""

    def __init__(
        self,
        agents: Sequence[Candidate],
        able: dict[_Pool, frozenset[str]],
        found: Matched,
        closed: frozenset[str],
        now: datetime,
    ) -> None:
        self._agents = {a.agent_id: a for a in sorted(agents, key=lambda a: a.agent_id)}
        self._members: dict[str, list[Candidate]] = {}
        for agent in self._agents.values():
            for team in agent.teams:
                self._members.setdefault(team, []).append(agent)
        self._able = able
        self._found = found
        self._used = {a.agent_id: a.used for a in agents}
        self._closed = closed
        self._now = now

    def decide(self, work: Waiting, pool: _Pool) -> Decision:
        members = self._members.get(work.team_id or "", []) if pool[0] == "team" else self._named(pool[1])
        agent_id = self._found.seats.get(work.conversation_id)
        shown = members[:_EXPLAINED] if agent_id is None else self._beside(members, agent_id)
        explanation: dict[str, Any] = {
            "policy": POLICY_VERSION,
            "priority": work.priority,
            "due_at": work.due_at.isoformat() if work.due_at else None,
            "candidates": [self._explain(agent, work, pool) for agent in shown],
            "candidates_total": len(members),
        }
        relaxed = sorted({n.skill for n in work.needs} - {n.skill for n in work.active(self._now)})
        if relaxed:
            explanation["relaxed"] = relaxed
        if agent_id is not None:
            explanation["price"] = round(self._found.prices.get(work.conversation_id, 0.0), 4)
            self._used[agent_id] += work.units
            return Decision(work.conversation_id, agent_id, "assigned", explanation)
        outcome = self._why_not(work, pool, members)
        explanation["plain"] = plain(outcome, len(members))
        return Decision(work.conversation_id, None, outcome, explanation)

    def _named(self, agent_id: str | None) -> list[Candidate]:
        agent = self._agents.get(agent_id or "")
        return [] if agent is None else [agent]

    def _beside(self, members: Sequence[Candidate], agent_id: str) -> list[Candidate]:
        others = [a for a in members if a.agent_id != agent_id]
        return [self._agents[agent_id], *others[:_BRIEFLY]]

    def _why_not(self, work: Waiting, pool: _Pool, members: Sequence[Candidate]) -> str:
        if not members:
            return "no_team_members"
        online = [a for a in members if a.presence == "online"]
        if not online:
            return "team_closed" if work.team_id in self._closed else "nobody_online"
        if work.conversation_id in self._found.held:
            return "kept_for_urgent"
        if pool[0] == "agent":
            return "waits_for_agent"
        skilled = [a for a in online if a.agent_id in self._able[pool]]
        if not skilled:
            return "nobody_with_skills"
        return "all_declined" if all(a.agent_id in work.exclude for a in skilled) else "all_busy"

    def _explain(self, agent: Candidate, work: Waiting, pool: _Pool) -> dict[str, Any]:
        used = self._used[agent.agent_id]
        entry: dict[str, Any] = {"agent_id": agent.agent_id, "used": used, "capacity": agent.capacity}
        if agent.presence != "online":
            entry["excluded"] = agent.presence
        elif agent.agent_id in work.exclude:
            entry["excluded"] = "declined_before"
        elif agent.agent_id not in self._able[pool]:
            entry["excluded"] = "skills_missing"
        elif _wraps_up(agent, self._now):
            entry["excluded"] = "wrapping_up"
        elif used + work.units > agent.capacity:
            entry["excluded"] = "at_capacity"
        return entry


_PLAIN = {
    "no_team_members": "The team has no members.",
    "team_closed": "The team is closed now and nobody of it is online.",
    "nobody_online": "None of the {many} in the team is online.",
    "kept_for_urgent": "Somebody is free, but kept so for customers who can wait less than this one.",
    "waits_for_agent": "It waits for the agent it was meant for, who has no room now.",
    "nobody_with_skills": "Nobody online in the team has the skills or the language it asks for.",
    "all_declined": "Everybody online who could take it has declined it or let the offer pass.",
    "all_busy": "Everybody online who could take it is at capacity.",
}


def plain(outcome: str, many: int) -> str:
    """One line of plain language for a reason; `many` are the team's members."""
    return _PLAIN.get(outcome, "It was assigned.").format(many=many)
