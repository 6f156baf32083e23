"""SLA policies: which one a case has, when it is due, and the steps on the way: warning, breach, escalations."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from router.domain.hours import Hours


class Step(StrEnum):
    """What a timer does when it fires; a step is followed by the next until the case is answered."""

    WARNING = "warning"
    BREACH = "breach"
    ESCALATION = "escalation"


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


@dataclass(frozen=True, slots=True)
class Policy:
    """Targets of one kind of case. `warn_share` of the target gives the warning; escalations follow the breach, each
    `escalate_every` later and at most `escalations` times, and raise the priority by one. `within_hours` counts the
    team's open time only.
    """

    id: str
    version: int
    name: str
    match: Match
    first_reply: timedelta
    next_reply: timedelta
    warn_share: float = 0.8
    escalate_every: timedelta = timedelta(minutes=5)
    escalations: int = 3
    within_hours: bool = False


@dataclass(frozen=True, slots=True)
class Clock:
    """A running SLA clock: when it warns, when it is due."""

    warns_at: datetime
    due_at: datetime


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


def start(policy: Policy, since: datetime, *, first: bool, hours: Hours | None) -> Clock:
    """The clock of a case that waits since `since`; it runs in the team's open time where the policy says so."""
    target = policy.first_reply if first else policy.next_reply
    warns = target * policy.warn_share
    if not policy.within_hours or hours is None:
        return Clock(since + warns, since + target)
    due = hours.add(since, target)
    if due is None:
        return Clock(since + warns, since + target)
    return Clock(hours.add(since, warns) or due, due)


@dataclass(frozen=True, slots=True)
class Timer:
    """A step that fires at `due_at`; `number` counts escalations."""

    step: Step
    due_at: datetime
    number: int = 0

    def encode(self) -> str:
        return f"{self.step.value}:{self.number}"


def decode_step(text: str) -> tuple[Step, int]:
    """The reverse of `Timer.encode`. Raises ValueError on anything else."""
    step, _, number = text.partition(":")
    return Step(step), int(number or 0)


def first_timer(clock: Clock) -> Timer:
    return Timer(Step.WARNING, clock.warns_at)


def next_timer(policy: Policy, fired: Step, number: int, due_at: datetime) -> Timer | None:
    """What follows a step that fired; None after the last escalation."""
    if fired is Step.WARNING:
        return Timer(Step.BREACH, due_at)
    following = 1 if fired is Step.BREACH else number + 1
    if following > policy.escalations:
        return None
    return Timer(Step.ESCALATION, due_at + policy.escalate_every * following, following)
