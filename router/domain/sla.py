"""SLA policies: which one a case has, its targets, when it warns, and the steps after a breach."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum


class Step(StrEnum):
    """What a timer does when it fires; a step is followed by the next until the case is answered."""

    WARNING = "warning"
    BREACH = "breach"
    ESCALATION = "escalation"


class Action(StrEnum):
    """What an escalation does."""

    RAISE = "raise"
    """The priority rises."""
    WIDEN = "widen"
    """Skills that are only preferred are given up."""
    OVERFLOW = "overflow"
    """Another team gets it, if nobody has it."""
    NOTIFY = "notify"
    """Somebody is told."""
    BOT = "bot"
    """A bot gets it, if nobody has it."""
    CALL_BACK = "call_back"
    """The customer is told that it takes long and that they will be contacted."""


@dataclass(frozen=True, slots=True)
class Escalation:
    """One step, `after` so much more counted time than the target. `team_id` is for overflow, `agent_id` for a bot and
    `notify` for whom to tell: ids of agents.
    """

    after: timedelta
    action: Action = Action.RAISE
    by: int = 1
    team_id: str | None = None
    agent_id: str | None = None
    notify: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Case:
    """What a policy may look at. Capabilities only: never a channel's name."""

    channel_class: str
    visibility: str
    cohort: str
    priority: int


@dataclass(frozen=True, slots=True)
class Match:
    """Empty sets match everything."""

    channel_classes: frozenset[str] = field(default_factory=frozenset)
    visibilities: frozenset[str] = field(default_factory=frozenset)
    cohorts: frozenset[str] = field(default_factory=frozenset)
    priority_at_least: int = 0

    def covers(self, case: Case) -> bool:
        return (
            (not self.channel_classes or case.channel_class in self.channel_classes)
            and (not self.visibilities or case.visibility in self.visibilities)
            and (not self.cohorts or case.cohort in self.cohorts)
            and case.priority >= self.priority_at_least
        )


_ASLEEP = frozenset({"pending", "snoozed"})


def raises(every: timedelta, times: int) -> tuple[Escalation, ...]:
    """The plain ladder: the priority rises by one, so often."""
    return tuple(Escalation(every * (n + 1)) for n in range(times))


@dataclass(frozen=True, slots=True)
class Policy:
    """Targets of one kind of case. It warns at each of `warn_shares` of a target; `steps` follow the breach of a reply.

    `within_hours` counts the team's open time only. `reply_pauses` and `pauses` are the statuses in which the clocks of replies
    and of the resolution stand still.
    """

    id: str
    version: int
    name: str
    match: Match
    first_reply: timedelta
    next_reply: timedelta
    warn_shares: tuple[float, ...] = (0.8,)
    steps: tuple[Escalation, ...] = raises(timedelta(minutes=5), 3)
    within_hours: bool = False
    resolution: timedelta | None = None
    reply_pauses: frozenset[str] = frozenset()
    pauses: frozenset[str] = _ASLEEP


def _policy(
    name: str, target: timedelta, *, classes: Sequence[str] = (), cohorts: Sequence[str] = (), visibility: str = ""
) -> Policy:
    match = Match(frozenset(classes), frozenset([visibility] if visibility else []), frozenset(cohorts))
    return Policy(f"default:{name}", 1, name, match, first_reply=target, next_reply=target)


_SPOKEN = ("live", "messaging", "voice")
DEFAULTS: tuple[Policy, ...] = (
    _policy("public", timedelta(minutes=15), visibility="public"),
    _policy("mail", timedelta(hours=1), classes=("mail",)),
    _policy("generation Z", timedelta(seconds=45), classes=_SPOKEN, cohorts=("gen_z",)),
    _policy("generation Y", timedelta(minutes=10), classes=_SPOKEN, cohorts=("gen_y",)),
    # Whoever we don't know on a live channel may be the one who can wait least.
    _policy("live, cohort unknown", timedelta(seconds=45), classes=("live", "voice"), cohorts=("unknown",)),
    _policy("everything else", timedelta(minutes=10)),
)


def choose(policies: Sequence[Policy], case: Case) -> Policy:
    """The first policy that covers the case; the defaults stand behind the tenant's own, so there always is one."""
    for policy in (*policies, *DEFAULTS):
        if policy.match.covers(case):
            return policy
    raise AssertionError("the last default covers everything")


def running(policies: Sequence[Policy], policy_id: str | None, case: Case) -> Policy:
    """The policy a clock was started under as it is now; the one that covers the case if that is gone."""
    for policy in (*policies, *DEFAULTS):
        if policy.id == policy_id:
            return policy
    return choose(policies, case)
