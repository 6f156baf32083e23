"""SLA clocks: time counted from a start, without pauses, in the open hours where the policy says so; and what fires when."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from router.domain.hours import Hours
from router.domain.sla import Escalation, Policy, Step

PAUSES_MOST = 200
"""Pauses kept of one case: of more the two oldest are taken as one, with the time between them, in the customer's disfavour."""


@dataclass(frozen=True, slots=True)
class Pause:
    """The case stood in `status` from `start` to `end`; None while it still does."""

    start: datetime
    end: datetime | None
    status: str


@dataclass(frozen=True, slots=True)
class Timer:
    """A step that fires at `due_at`; `number` counts warnings from 0 and escalations from 1."""

    step: Step
    due_at: datetime
    number: int = 0

    def encode(self) -> str:
        return f"{self.step.value}:{self.number}"


def decode_step(text: str) -> tuple[Step, int]:
    """The reverse of `Timer.encode`. Raises ValueError on anything else."""
    step, _, number = text.partition(":")
    return Step(step), int(number or 0)


@dataclass(frozen=True, slots=True)
class Clock:
    """One target that runs since `since`. `hours` None counts all time; `pauses` are in order and don't overlap."""

    target: timedelta
    since: datetime
    hours: Hours | None = None
    pauses: tuple[Pause, ...] = ()
    warn_shares: tuple[float, ...] = (0.8,)
    steps: tuple[Escalation, ...] = ()

    def reach(self, span: timedelta) -> datetime | None:
        """The instant when `span` of counted time has passed; None while the clock stands still before that.

        Hours that never come (closed for more than a year) count as if there were none: a deadline there must be.
        """
        at, left = self.since, span
        for pause in self.pauses:
            if pause.end is not None and pause.end <= at:
                continue
            counted = self._counted(at, pause.start)
            if counted >= left:
                return self._after(at, left)
            left -= counted
            if pause.end is None:
                return None
            at = max(at, pause.end)
        return self._after(at, left)

    @property
    def due_at(self) -> datetime | None:
        return self.reach(self.target)

    def _counted(self, start: datetime, end: datetime) -> timedelta:
        if end <= start:
            return timedelta(0)
        return end - start if self.hours is None else self.hours.between(start, end)

    def _after(self, at: datetime, span: timedelta) -> datetime:
        return (self.hours.add(at, span) if self.hours else None) or at + span

    def timers(self) -> Iterator[Timer]:
        """Every step in order, up to where the clock stands still."""
        for step, number, span in self._spans():
            due = self.reach(span)
            if due is None:
                return
            yield Timer(step, due, number)

    def _spans(self) -> Iterator[tuple[Step, int, timedelta]]:
        for number, share in enumerate(self.warn_shares):
            yield Step.WARNING, number, self.target * share
        yield Step.BREACH, 0, self.target
        for number, escalation in enumerate(self.steps, 1):
            yield Step.ESCALATION, number, self.target + escalation.after

    def following(self, step: Step, number: int) -> Timer | None:
        """What comes after a step that fired; None after the last one, and while the clock stands still."""
        spans = list(self._spans())
        place = next((n for n, one in enumerate(spans) if one[:2] == (step, number)), None)
        # A step that the policy no longer has was before all that it still has of later kinds.
        after = spans[place + 1 :] if place is not None else [s for s in spans if _ORDER[s[0]] > _ORDER[step]]
        for kind, count, span in after:
            due = self.reach(span)
            return None if due is None else Timer(kind, due, count)
        return None

    def standing(self, state: str, now: datetime) -> tuple[str, Timer | None]:
        """The state (`ok`, `warned`, `breached`) and next timer of a clock whose terms may have changed under it.

        What should have fired by now and has not does so at once, a breach before all; what a moved deadline takes back is taken back.
        """
        due = self.due_at
        if due is None:
            return state, None
        if state != "breached" and due <= now:
            return state, Timer(Step.BREACH, due)
        if state == "breached" and due > now:
            state = "ok"
        upcoming = next((timer for timer in self.timers() if timer.due_at > now), None)
        warned = any(timer.step is Step.WARNING and timer.due_at <= now for timer in self.timers())
        if state == "warned" and not warned:
            state = "ok"
        if state == "ok" and warned:
            last = [timer for timer in self.timers() if timer.step is Step.WARNING and timer.due_at <= now][-1]
            return state, last
        return state, upcoming


_ORDER = {Step.WARNING: 0, Step.BREACH: 1, Step.ESCALATION: 2}


@dataclass(frozen=True, slots=True)
class Clocks:
    """What a case keeps besides its reply clock: the pauses of its statuses, and the clock of its resolution."""

    pauses: tuple[Pause, ...] = ()
    resolve_since: datetime | None = None
    resolve_by: datetime | None = None
    resolve_state: str = "none"

    def paused(self, status: str, at: datetime) -> "Clocks":
        """The case stands in `status` from `at` on."""
        pauses = (*self.resumed(at).pauses, Pause(at, None, status))
        if len(pauses) > PAUSES_MOST:
            first, second = pauses[:2]
            pauses = (Pause(first.start, second.end, second.status), *pauses[2:])
        return replace(self, pauses=pauses)

    def resumed(self, at: datetime) -> "Clocks":
        """The pause that runs, if any, ends."""
        if not self.pauses or self.pauses[-1].end is not None:
            return self
        last = self.pauses[-1]
        return replace(self, pauses=(*self.pauses[:-1], replace(last, end=max(at, last.start))))

    def in_statuses(self, statuses: frozenset[str]) -> tuple[Pause, ...]:
        return tuple(pause for pause in self.pauses if pause.status in statuses)


def reply_clock(
    policy: Policy, since: datetime, *, first: bool, hours: Hours | None, pauses: Sequence[Pause] = ()
) -> Clock:
    """The clock of an answer that is owed since `since`."""
    return Clock(
        policy.first_reply if first else policy.next_reply,
        since,
        hours if policy.within_hours else None,
        tuple(pause for pause in pauses if pause.status in policy.reply_pauses),
        policy.warn_shares,
        policy.steps,
    )


def resolution_clock(policy: Policy, clocks: Clocks, hours: Hours | None) -> Clock | None:
    """The clock of the whole case; None where the policy has no target for it, or none was started. It has no steps."""
    if policy.resolution is None or clocks.resolve_since is None:
        return None
    return Clock(
        policy.resolution,
        clocks.resolve_since,
        hours if policy.within_hours else None,
        clocks.in_statuses(policy.pauses),
        policy.warn_shares,
    )


def to_json(clocks: Clocks | None) -> dict[str, Any] | None:
    """As stored; None for nothing."""
    if clocks is None or clocks == Clocks():
        return None
    return {
        "pauses": [[p.start.isoformat(), p.end.isoformat() if p.end else None, p.status] for p in clocks.pauses],
        "resolve_since": clocks.resolve_since.isoformat() if clocks.resolve_since else None,
        "resolve_by": clocks.resolve_by.isoformat() if clocks.resolve_by else None,
        "resolve_state": clocks.resolve_state,
    }


def from_json(document: Mapping[str, Any] | None) -> Clocks | None:
    """The reverse of `to_json`."""
    if document is None:
        return None
    return Clocks(
        tuple(
            Pause(datetime.fromisoformat(start), datetime.fromisoformat(end) if end else None, status)
            for start, end, status in document["pauses"]
        ),
        _instant(document["resolve_since"]),
        _instant(document["resolve_by"]),
        document["resolve_state"],
    )


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
