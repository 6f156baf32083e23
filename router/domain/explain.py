"""Says why, in the terms of the one who asks: which agents could have had it, and what kept each from it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from router.domain.matching import VERSION
from router.domain.urgency import advance
from router.domain.work import WHOLE, Candidate, Decision, Pool, Waiting

POLICY_VERSION = VERSION
_EXPLAINED = 20
_BRIEFLY = 3
"""Candidates beside the chosen one in the explanation of an assignment: that of a wait names up to 20."""


@dataclass(frozen=True, slots=True)
class Round:
    """What a round has found: who is able by pool, who got what at which price, for what a slot is kept, who else is asked."""

    able: Mapping[Pool, frozenset[str]]
    seats: Mapping[str, str]
    prices: Mapping[str, float]
    kept: frozenset[str]
    also: Mapping[str, tuple[str, ...]]


class Explainer:
    """Makes the decisions of one round; asked in the order of urgency, since each shows the load after those before."""

    def __init__(self, agents: Sequence[Candidate], found: Round, closed: frozenset[str], now: datetime) -> None:
        self._agents = {a.agent_id: a for a in sorted(agents, key=lambda a: a.agent_id)}
        self._members: dict[str | None, list[Candidate]] = {}
        self._found = found
        self._used = {a.agent_id: a.used for a in agents}
        self._aside = {a.agent_id: a.interruptible_used for a in agents}
        self._closed = closed
        self._now = now

    def decide(self, work: Waiting, pool: Pool) -> Decision:
        """The decision on one case with its explanation."""
        members = self._members_of(pool)
        agent_id = self._found.seats.get(work.conversation_id)
        shown = members[:_EXPLAINED] if agent_id is None else self._beside(members, agent_id)
        explanation: dict[str, Any] = {
            "policy": POLICY_VERSION,
            "priority": work.priority,
            "due_at": work.due_at.isoformat() if work.due_at else None,
            "candidates": [self._explain(agent, work, pool) for agent in shown],
            "candidates_total": len(members),
        }
        self._tell_what_gave_way(explanation, work, pool)
        if agent_id is None:
            outcome = self._why_not(work, pool, members)
            explanation["plain"] = plain(outcome, len(members))
            return Decision(work.conversation_id, None, outcome, explanation)
        explanation["price"] = round(self._found.prices.get(work.conversation_id, 0.0), 4)
        also = self._found.also.get(work.conversation_id, ())
        for taken in (agent_id, *also):
            self._charge(self._agents[taken], work, pool)
        if not work.ask or self._agents[agent_id].bot:
            return Decision(work.conversation_id, agent_id, "assigned", explanation)
        explanation["offered_to"] = [agent_id, *also]
        explanation["plain"] = plain("offered", 1 + len(also))
        return Decision(work.conversation_id, agent_id, "offered", explanation, also)

    def _tell_what_gave_way(self, explanation: dict[str, Any], work: Waiting, pool: Pool) -> None:
        relaxed = sorted({n.skill for n in work.needs} - {n.skill for n in work.active(self._now)})
        if relaxed:
            explanation["relaxed"] = relaxed
        pressed = advance(work.pressure, self._now)
        if pressed:
            explanation["sooner_seconds"] = round(pressed.total_seconds())
        if pool.kind == "wide":
            explanation["overflow"] = [name for name in pool.names if name != work.team_id]
        if work.exclude:
            explanation["declined_by"] = sorted(work.exclude)

    def _charge(self, agent: Candidate, work: Waiting, pool: Pool) -> None:
        if pool.aside and agent.interruptible:
            self._aside[agent.agent_id] += work.units
        else:
            self._used[agent.agent_id] += max(work.units, agent.capacity) if _whole(work) else work.units

    def _team(self, team_id: str | None) -> list[Candidate]:
        """Looked for when it is asked of: one arrival is about one team of many."""
        if team_id not in self._members:
            self._members[team_id] = [a for a in self._agents.values() if team_id in a.teams]
        return self._members[team_id]

    def _members_of(self, pool: Pool) -> list[Candidate]:
        if pool.kind == "team":
            return self._team(pool.names[0])
        found = {}
        for name in pool.names:
            named = self._agents.get(name or "")
            for agent in self._team(name) if named is None else [named]:
                found[agent.agent_id] = agent
        return list(found.values())

    def _beside(self, members: Sequence[Candidate], agent_id: str) -> list[Candidate]:
        others = [a for a in members if a.agent_id != agent_id]
        return [self._agents[agent_id], *others[:_BRIEFLY]]

    def _why_not(self, work: Waiting, pool: Pool, members: Sequence[Candidate]) -> str:
        if pool.kind == "agent":
            here = any(a.presence == "online" for a in members)
            return "waits_for_agent" if here else "agent_not_online"
        if not members:
            return "no_team_members"
        online = [a for a in members if a.presence == "online"]
        if not online:
            return "team_closed" if work.team_id in self._closed else "nobody_online"
        if work.conversation_id in self._found.kept:
            return "kept_for_urgent"
        skilled = [a for a in online if a.agent_id in self._found.able[pool]]
        if not skilled:
            return "nobody_with_skills"
        return "all_declined" if all(a.agent_id in work.exclude for a in skilled) else "all_busy"

    def _explain(self, agent: Candidate, work: Waiting, pool: Pool) -> dict[str, Any]:
        aside = pool.aside and agent.interruptible > 0
        used = self._aside[agent.agent_id] if aside else self._used[agent.agent_id]
        capacity = agent.interruptible if aside else agent.capacity
        entry: dict[str, Any] = {"agent_id": agent.agent_id, "used": used, "capacity": capacity}
        if agent.presence != "online":
            entry["excluded"] = agent.presence
        elif agent.agent_id in work.exclude:
            entry["excluded"] = "declined_before"
        elif agent.agent_id not in self._found.able[pool]:
            entry["excluded"] = "skills_missing"
        elif agent.wraps_up(self._now):
            entry["excluded"] = "wrapping_up"
        elif used + (max(work.units, capacity) if _whole(work) else work.units) > capacity:
            entry["excluded"] = "at_capacity"
        return entry


def _whole(work: Waiting) -> bool:
    return work.channel_class in WHOLE


_PLAIN = {
    "no_team_members": "The team has no members.",
    "team_closed": "The team is closed now and nobody of it is online.",
    "nobody_online": "None of the {many} in the team is online.",
    "kept_for_urgent": "Somebody is free, but kept so for customers who can wait less than this one.",
    "waits_for_agent": "It waits for the agent it was meant for, who has no room now.",
    "agent_not_online": "It waits for the one agent it was given to by name, who is not online.",
    "nobody_with_skills": "Nobody online in the team has the skills or the language it asks for.",
    "all_declined": "Everybody online who could take it has declined it or let the offer pass.",
    "all_busy": "Everybody online who could take it is at capacity.",
    "offered": "It is offered to {many}: none has accepted it yet.",
}


def plain(outcome: str, many: int) -> str:
    """One line of plain language for a reason; `many` are the team's members, or those asked."""
    return _PLAIN.get(outcome, "It was assigned.").format(many=many)
