"""What is played: cases as they came, people as they were there, and the policy and staffing under which they are tried."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from router.domain.clocks import reply_clock
from router.domain.hours import Hours
from router.domain.sla import Case, Policy, choose
from router.domain.teamwork import Teamwork
from router.domain.work import Candidate, Need


@dataclass(frozen=True, slots=True)
class Past:
    """What came of a case: when an agent had it and when it was answered, after its arrival; None: never."""

    taken: timedelta | None
    answered: timedelta | None
    agent_id: str | None = None


@dataclass(frozen=True, slots=True)
class Arrival:
    """One case. Whoever takes it writes the first answer after `writes` and holds it for `holds` in all. The customer leaves
    after `patience` without anybody; None: never. `past` is None where the case is made up.
    """

    id: str
    at: datetime
    case: Case
    team_id: str | None
    units: int
    writes: timedelta
    holds: timedelta
    patience: timedelta | None = None
    needs: tuple[Need, ...] = ()
    language: str | None = None
    past: Past | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """An agent with nothing to do, and the times they are online."""

    candidate: Candidate
    shifts: tuple[tuple[datetime, datetime], ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """The policy that is tried: SLA policies in their order, the hours of teams, and how each works."""

    policies: tuple[Policy, ...]
    hours: Mapping[str, Hours | None] = field(default_factory=dict)
    teamwork: Mapping[str, Teamwork] = field(default_factory=dict)
    keep_slots_free: bool = False

    def terms(self, arrival: Arrival) -> tuple[Policy, datetime | None]:
        """The SLA policy of a case, and when its first answer is due; None: it is owed none."""
        policy = choose(self.policies, arrival.case)
        clock = reply_clock(policy, arrival.at, first=True, hours=self.hours.get(arrival.team_id or ""))
        return policy, clock.due_at


@dataclass(frozen=True, slots=True)
class Played:
    """What came of a case in a play, or in the past: waits after its arrival, and whether the first answer came in time."""

    arrival: Arrival
    due: datetime | None
    taken: timedelta | None
    answered: timedelta | None
    agent_id: str | None

    @property
    def late(self) -> bool:
        """Answered after its deadline, or never though it has one."""
        if self.due is None:
            return False
        return self.answered is None or self.arrival.at + self.answered > self.due

    @property
    def blamed(self) -> str:
        """The leg that had most of a late answer's time: `queue` or `agent`."""
        if self.taken is None or self.answered is None:
            return "queue"
        return "queue" if self.taken >= self.answered - self.taken else "agent"
