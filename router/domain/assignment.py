"""Who gets which conversation: `assign` is pure, deterministic and explains every decision."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

_NEVER = datetime.min.replace(tzinfo=UTC)
_FAR = datetime.max.replace(tzinfo=UTC)
_EXPLAINED = 20
POLICY_VERSION = "least-loaded-1"


@dataclass(frozen=True, slots=True)
class Waiting:
    """Work without an owner."""

    conversation_id: str
    team_id: str | None
    units: int
    priority: int
    due_at: datetime | None
    waiting_since: datetime | None
    exclude: frozenset[str] = field(default_factory=frozenset)

    @property
    def order(self) -> tuple[int, datetime, datetime, str]:
        """Highest priority first, then the nearest deadline, then the longest wait; ids make it total."""
        return (-self.priority, self.due_at or _FAR, self.waiting_since or _FAR, self.conversation_id)


@dataclass(frozen=True, slots=True)
class Candidate:
    """An agent as the dispatcher sees them. `capacity` includes a supervisor's override; all in units."""

    agent_id: str
    teams: frozenset[str]
    presence: str
    capacity: int
    used: int
    last_assigned_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """Assigned to `agent_id`, or not with the `outcome` as reason; `explanation` says why for every candidate looked at."""

    conversation_id: str
    agent_id: str | None
    outcome: str
    explanation: dict[str, Any]


def assign(
    waiting: Sequence[Waiting], agents: Sequence[Candidate], closed_teams: frozenset[str] = frozenset()
) -> list[Decision]:
    """Decides for all of `waiting` in deadline order, each for the least loaded online agent of its team with room.

    Never gives an agent more units than fit; the same input gives the same answer, in any order of the sequences.
    """
    used = {agent.agent_id: agent.used for agent in agents}
    recent = {agent.agent_id: agent.last_assigned_at or _NEVER for agent in agents}
    by_team: dict[str, list[Candidate]] = {}
    for agent in sorted(agents, key=lambda a: a.agent_id):
        for team in agent.teams:
            by_team.setdefault(team, []).append(agent)
    decisions = []
    turn = 0
    for work in sorted(waiting, key=lambda w: w.order):
        members = by_team.get(work.team_id or "", [])
        best = min((a for a in members if _fits(a, work, used)), key=lambda a: _score(a, used, recent), default=None)
        decisions.append(_decide(work, members, best, used, closed_teams))
        if best is not None:
            used[best.agent_id] += work.units
            # Within one run nobody's clock moves: the turn keeps "longest idle" fair.
            turn += 1
            recent[best.agent_id] = _FAR.replace(microsecond=min(turn, 999_999))
    return decisions


def _fits(agent: Candidate, work: Waiting, used: dict[str, int]) -> bool:
    return (
        agent.presence == "online"
        and agent.agent_id not in work.exclude
        and used[agent.agent_id] + work.units <= agent.capacity
    )


def _score(agent: Candidate, used: dict[str, int], recent: dict[str, datetime]) -> tuple[float, datetime, str]:
    """Lower is better: share of capacity in use, then longest idle, then id."""
    return (used[agent.agent_id] / agent.capacity if agent.capacity else 1.0, recent[agent.agent_id], agent.agent_id)


def _decide(
    work: Waiting, members: Sequence[Candidate], best: Candidate | None, used: dict[str, int], closed: frozenset[str]
) -> Decision:
    explanation = {
        "policy": POLICY_VERSION,
        "priority": work.priority,
        "due_at": work.due_at.isoformat() if work.due_at else None,
        "candidates": [_explain(agent, work, used) for agent in members[:_EXPLAINED]],
        "candidates_total": len(members),
    }
    if best is not None:
        return Decision(work.conversation_id, best.agent_id, "assigned", explanation)
    return Decision(work.conversation_id, None, _why_not(work, members, closed), explanation)


def _why_not(work: Waiting, members: Sequence[Candidate], closed: frozenset[str]) -> str:
    if work.team_id is None or not members:
        return "no_team_members"
    if work.team_id in closed and not any(agent.presence == "online" for agent in members):
        return "team_closed"
    if not any(agent.presence == "online" for agent in members):
        return "nobody_online"
    return "all_busy"


def _explain(agent: Candidate, work: Waiting, used: dict[str, int]) -> dict[str, Any]:
    entry: dict[str, Any] = {"agent_id": agent.agent_id, "used": used[agent.agent_id], "capacity": agent.capacity}
    if agent.presence != "online":
        entry["excluded"] = agent.presence
    elif agent.agent_id in work.exclude:
        entry["excluded"] = "declined_before"
    elif used[agent.agent_id] + work.units > agent.capacity:
        entry["excluded"] = "at_capacity"
    return entry
