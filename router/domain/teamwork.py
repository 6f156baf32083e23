"""How a team works: who is asked and for how long, where its work goes when nobody of it can, what its work weighs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from router.domain.hours import Hours
from router.domain.work import Candidate, Step, Waiting

DECLINED_FOR = timedelta(minutes=10)
"""How long after the last refusal those who refused are left out: work that everybody has declined is offered again."""


@dataclass(frozen=True, slots=True)
class Teamwork:
    """One team's ways; the defaults are those of a team that says nothing.

    With `auto_accept` work is given. Without it `offer_to` agents are asked at once, for `ring`, and who lets that pass is set
    away (`missed_away`). `idle_after` without a message a conversation frees its agent's units; None: never. `skills` are
    what every member can do. `units` are what a conversation weighs by the class of its channel, else 1.
    """

    auto_accept: bool = True
    ring: timedelta = timedelta(seconds=20)
    offer_to: int = 1
    missed_away: bool = True
    prefer_last: timedelta = timedelta(0)
    wrap_up: timedelta = timedelta(0)
    idle_after: timedelta | None = None
    skills: Mapping[str, int] = field(default_factory=dict)
    units: Mapping[str, int] = field(default_factory=dict)
    overflow: tuple[Step, ...] = ()

    def shape(self, work: Waiting, last_agent: str | None) -> Waiting:
        """The work as this team wants it served."""
        since = work.waiting_since
        waits_for = last_agent if self.prefer_last and since is not None else None
        return replace(
            work,
            ask=0 if self.auto_accept else self.offer_to,
            overflow=self.overflow,
            preferred_agent=waits_for,
            preferred_until=since + self.prefer_last if since is not None and waits_for else None,
        )


def with_team_skills(agent: Candidate, teams: Mapping[str, Teamwork]) -> Candidate:
    """The agent with what their teams' members can do; their own level counts where it is higher."""
    shared = [teams[team].skills for team in sorted(agent.teams) if team in teams and teams[team].skills]
    if not shared:
        return agent
    levels = dict(agent.skills)
    for skills in shared:
        for skill, level in skills.items():
            levels[skill] = max(level, levels.get(skill, 0))
    return replace(agent, skills=tuple(sorted(levels.items())))


def on_shift(agent: Candidate, hours: Hours | None, now: datetime) -> Candidate:
    """Who is online outside of their working hours is given nothing; what they have stays theirs."""
    if agent.presence != "online" or hours is None or hours.is_open(now):
        return agent
    return replace(agent, presence="outside_hours")


def reachable(teams: Mapping[str, Teamwork], of: Sequence[str]) -> tuple[list[str], list[str]]:
    """Teams and agents that work of these teams may ever go to, the teams themselves with them."""
    steps = [step for team in of if team in teams for step in teams[team].overflow]
    beyond = {step.team_id for step in steps if step.team_id} | set(of)
    return sorted(beyond), sorted({step.agent_id for step in steps if step.agent_id})
