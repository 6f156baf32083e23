"""What the rules of assignment look at and answer: waiting work, those who may take it, and decisions."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from router.domain.urgency import Pressure

WHOLE = frozenset({"voice"})
"""Channel classes whose work takes everything an agent has: nothing runs beside it."""
INTERRUPTIBLE = frozenset({"mail"})
"""Channel classes whose work may lie while something else is done: it takes units of its own where an agent has such."""


@dataclass(frozen=True, slots=True)
class Need:
    """A skill a conversation asks for, from `level` (1 to 5) up. A preferred one is given up `relaxes_after` the wait
    began; a required one (None) never is. Needs that relax at different times make the ordered steps.
    """

    skill: str
    level: int = 1
    relaxes_after: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """Where work may go too, `after` the wait began: to a team or to one agent or bot, whatever its skills.

    With `unstaffed` it may at once, where nobody of its own team is online.
    """

    after: timedelta
    team_id: str | None = None
    agent_id: str | None = None
    unstaffed: bool = False


@dataclass(frozen=True, slots=True)
class Waiting:
    """Work without an owner. `preferred_agent` is waited for until `preferred_until`, and only while they are online;
    `direct` is the only agent it may go to; with `human` no bot may have it. `ask` is how many agents are asked at once; 0 asks nobody: it is given.
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
    human: bool = False
    target: timedelta | None = None
    overflow: tuple[Step, ...] = ()
    ask: int = 0
    pressure: Pressure = field(default_factory=Pressure)

    def active(self, now: datetime) -> tuple[Need, ...]:
        """The needs that still hold."""
        return tuple(n for n in self.needs if n.relaxes_after is None or not self._past(n.relaxes_after, now))

    def spoken(self, now: datetime) -> str | None:
        """The language that is still asked for."""
        after = self.language_relaxes_after
        return None if after is not None and self._past(after, now) else self.language

    def reached(self, now: datetime, staffed: AbstractSet[str]) -> tuple[str, ...]:
        """The teams and agents beyond its own team that it may go to by now; `staffed` teams have somebody online."""
        alone = self.team_id is None or self.team_id not in staffed
        return tuple(
            step.team_id or step.agent_id or ""
            for step in self.overflow
            if self._past(step.after, now) or (step.unstaffed and alone)
        )

    def _past(self, after: timedelta, now: datetime) -> bool:
        return self.waiting_since is not None and now - self.waiting_since >= after


@dataclass(frozen=True, slots=True)
class Candidate:
    """An agent as the dispatcher sees them. `capacity` includes a supervisor's override; all in units. `skills` are levels
    from 1 to 5 by name. Until `wrap_up_until` they finish what they had. A bot is never asked: it is given.
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
    interruptible: int = 0
    interruptible_used: int = 0
    bot: bool = False

    def wraps_up(self, now: datetime) -> bool:
        return self.wrap_up_until is not None and now < self.wrap_up_until


@dataclass(frozen=True, slots=True)
class Decision:
    """Assigned to `agent_id`, offered to them and to those `also` asked, or neither with the `outcome` as reason;
    `explanation` says why for candidates looked at.
    """

    conversation_id: str
    agent_id: str | None
    outcome: str
    explanation: dict[str, Any]
    also: tuple[str, ...] = ()


class Pool(NamedTuple):
    """Everybody who can take a certain kind of work. `kind` says what `names` are: one `team`, one `agent`, or a `wide`
    choice of several of both. `aside`: the work takes interruptible units where an agent has such.
    """

    kind: str
    names: tuple[str | None, ...]
    needs: tuple[tuple[str, int], ...] = ()
    language: str | None = None
    aside: bool = False

    def takes(self, agent: Candidate) -> bool:
        """Whether this agent could have the work, were they free."""
        if self.kind == "agent" or (self.kind == "wide" and agent.agent_id in self.names):
            return agent.agent_id in self.names
        # Asked of every agent for every kind of work, so without a generator for each.
        for name in self.names:
            if name in agent.teams:
                break
        else:
            return False
        if self.language is not None and agent.languages and self.language not in agent.languages:
            return False
        if self.needs:
            levels = dict(agent.skills)
            for skill, level in self.needs:
                if levels.get(skill, 0) < level:
                    return False
        return True
