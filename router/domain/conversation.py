"""One conversation's state and what changes it; every change answers the facts to announce."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from router.domain import sla
from router.domain.clocks import Clock, Clocks, Timer, reply_clock, resolution_clock
from router.domain.hours import Hours


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that happened, to go on the stream: type and data (ids only)."""

    type: str
    data: dict[str, Any]


@dataclass(slots=True)
class Conversation:
    """The part of a conversation's row that rules read and change. One transaction holds it at a time."""

    id: str
    tenant_id: str
    account_id: str
    thread_key: str
    channel_class: str
    visibility: str
    status: str
    contact_id: str
    contact_address: str
    cohort: str
    team_id: str | None
    agent_id: str | None
    priority: int
    opened_at: datetime
    last_message_at: datetime
    policy_id: str | None = None
    policy_version: int | None = None
    waiting_since: datetime | None = None
    due_at: datetime | None = None
    sla_state: str = "none"
    first_reply_at: datetime | None = None
    last_customer_at: datetime | None = None
    window_expires_at: datetime | None = None
    snoozed_until: datetime | None = None
    resolved_at: datetime | None = None
    auto_replied_at: datetime | None = None
    units: int = 1
    version: int = 1
    customer_waiting_since: datetime | None = None
    """The provider's time of the oldest unanswered message: what the customer feels, beside the agent's clock."""
    held_units: int = 0
    """What its agent is charged with for it now: nothing while it is idle."""
    held_interruptible: bool = False
    clocks: Clocks | None = None
    """Pauses and the clock of the resolution; None while there is neither."""

    @property
    def case(self) -> sla.Case:
        return sla.Case(self.channel_class, self.visibility, self.cohort, self.priority)

    def base(self) -> dict[str, Any]:
        """What every fact about this conversation carries, so that a subscription can filter without a look-up."""
        return {"conversation_id": self.id, "agent_id": self.agent_id, "team_id": self.team_id}


@dataclass(frozen=True, slots=True)
class Rules:
    """What decides how a message changes a conversation: the tenant's policies, the team's hours, the channel's window."""

    policies: tuple[sla.Policy, ...] = ()
    hours: Hours | None = None
    reply_window: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """What a rule decided besides the new state: facts in order, and the timers of the reply and of the resolution (`cancel`
    and `resolve_cancel` end a running one). `escalation` is a step whose effect needs more than this conversation.
    """

    facts: tuple[Fact, ...] = ()
    timer: Timer | None = None
    cancel: bool = False
    resolve: Timer | None = None
    resolve_cancel: bool = False
    escalation: sla.Escalation | None = None


def receive(
    conversation: Conversation, *, received_at: datetime, said_at: datetime, automatic: bool, rules: Rules
) -> Change:
    """A customer's message. It wakes a sleeping case and, unless it is automatic, starts the SLA clock if none runs.

    The agent's clock starts at `received_at`; the reply window opens at `said_at`, the provider's time.
    """
    facts: list[Fact] = []
    woken = Change()
    if conversation.status == "resolved" and not automatic:
        # Whoever had it may be gone by now: a reopened case is assigned anew, and its resolution counts anew.
        conversation.agent_id = None
        conversation.clocks = None
        facts.append(Fact("conversation.reopened", conversation.base()))
    if conversation.status != "open" and not automatic:
        facts.append(_change_status(conversation, "open", reason="customer_wrote"))
        woken = _pause(conversation, "open", received_at, rules)
    conversation.last_message_at = max(conversation.last_message_at, received_at)
    if automatic:
        return Change(tuple(facts))
    conversation.last_customer_at = max(conversation.last_customer_at or said_at, said_at)
    if rules.reply_window is not None:
        conversation.window_expires_at = conversation.last_customer_at + rules.reply_window
    if conversation.waiting_since is not None:
        return replace(woken, facts=tuple(facts))
    started = _start_clock(conversation, received_at, rules)
    conversation.customer_waiting_since = min(said_at, received_at)
    return replace(started, facts=tuple(facts), resolve=started.resolve or woken.resolve)


def hear_answer(
    conversation: Conversation, *, received_at: datetime, said_at: datetime | None, reply_window: timedelta | None
) -> None:
    """A customer answered our question about a resolved case: it stays resolved, but its reply window opens anew."""
    conversation.last_message_at = max(conversation.last_message_at, received_at)
    conversation.last_customer_at = max(conversation.last_customer_at or received_at, said_at or received_at)
    if reply_window is not None:
        conversation.window_expires_at = conversation.last_customer_at + reply_window


def _start_clock(conversation: Conversation, since: datetime, rules: Rules) -> Change:
    """Starts the clock of an answer, and that of the resolution if the policy has one and none runs."""
    policy = sla.choose(rules.policies, conversation.case)
    clock = reply_clock(policy, since, first=conversation.first_reply_at is None, hours=rules.hours)
    conversation.waiting_since = since
    conversation.due_at = clock.due_at
    conversation.sla_state = "ok"
    conversation.policy_id = policy.id
    conversation.policy_version = policy.version
    conversation.auto_replied_at = None
    resolve = None
    if policy.resolution is not None and (conversation.clocks is None or conversation.clocks.resolve_since is None):
        conversation.clocks = replace(conversation.clocks or Clocks(), resolve_since=since, resolve_state="ok")
        resolve = _resolution(conversation, policy, rules, since)
    return Change(timer=next(clock.timers(), None), resolve=resolve)


def _resolution(conversation: Conversation, policy: sla.Policy, rules: Rules, now: datetime) -> Timer | None:
    """Sets when the case is to be resolved by; answers the next timer of that clock."""
    assert conversation.clocks is not None
    clock = resolution_clock(policy, conversation.clocks, rules.hours)
    if clock is None:
        conversation.clocks = replace(conversation.clocks, resolve_by=None, resolve_state="none")
        return None
    state, timer = clock.standing(conversation.clocks.resolve_state, now)
    conversation.clocks = replace(conversation.clocks, resolve_by=clock.due_at, resolve_state=state)
    return timer


def running_reply_clock(conversation: Conversation, rules: Rules) -> Clock | None:
    """The clock of the answer that is owed, under the policy as it is now; None where none is owed."""
    if conversation.waiting_since is None:
        return None
    policy = sla.running(rules.policies, conversation.policy_id, conversation.case)
    pauses = conversation.clocks.pauses if conversation.clocks else ()
    first = conversation.first_reply_at is None
    return reply_clock(policy, conversation.waiting_since, first=first, hours=rules.hours, pauses=pauses)


def _restart(conversation: Conversation, now: datetime, rules: Rules) -> Change:
    """Both clocks as pauses, policy and hours are now: new deadlines, and the timers that follow; none while they stand still.

    A clock whose deadline stays keeps its state and its timer: `now` may be behind what has fired already, since a message
    counts from when it was received, and a step must not fire twice.
    """
    policy = sla.running(rules.policies, conversation.policy_id, conversation.case)
    timer = resolve = None
    reply_runs = resolution_runs = False
    clock = running_reply_clock(conversation, rules)
    if clock is not None and (clock.due_at is None or clock.due_at != conversation.due_at):
        conversation.sla_state, timer = clock.standing(conversation.sla_state, now)
        conversation.due_at, reply_runs = clock.due_at, True
    if _resolution_moves(conversation, policy, rules):
        resolve, resolution_runs = _resolution(conversation, policy, rules, now), True
    return Change(
        timer=timer,
        cancel=reply_runs and timer is None,
        resolve=resolve,
        resolve_cancel=resolution_runs and resolve is None,
    )


def _resolution_moves(conversation: Conversation, policy: sla.Policy, rules: Rules) -> bool:
    """Whether the case is to be resolved by another time now than was said, or its clock stands still."""
    clocks = conversation.clocks
    if clocks is None or clocks.resolve_since is None:
        return False
    clock = resolution_clock(policy, clocks, rules.hours)
    return clock is None or clock.due_at is None or clock.due_at != clocks.resolve_by


def recompute(conversation: Conversation, now: datetime, rules: Rules, cause: str) -> Change:
    """A policy, hours or holidays changed under running clocks: their deadlines move, and whoever listens is told.

    Nothing is said and no timer moves where both deadlines stay.
    """
    before = conversation.due_at, conversation.sla_state, conversation.clocks
    policy = sla.running(rules.policies, conversation.policy_id, conversation.case)
    if conversation.waiting_since is not None:
        conversation.policy_id, conversation.policy_version = policy.id, policy.version
    change = _restart(conversation, now, rules)
    if (conversation.due_at, conversation.sla_state, conversation.clocks) == before:
        return Change()
    resolve_before = before[2].resolve_by if before[2] else None
    resolve_after = conversation.clocks.resolve_by if conversation.clocks else None
    moved = {
        "due_at": _text(conversation.due_at),
        "from_due_at": _text(before[0]),
        "resolve_by": _text(resolve_after),
        "from_resolve_by": _text(resolve_before),
        "policy_id": policy.id,
        "cause": cause,
    }
    return replace(change, facts=(Fact("sla.recomputed", conversation.base() | moved),))


def _text(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()


def reply(conversation: Conversation, *, now: datetime, automatic: bool) -> Change:
    """A message of ours. A person's or a bot's answer ends the wait; an automatic one does not."""
    conversation.last_message_at = max(conversation.last_message_at, now)
    if automatic:
        conversation.auto_replied_at = now
        return Change()
    facts = _end_wait(conversation, now)
    if conversation.first_reply_at is None:
        conversation.first_reply_at = now
    return Change(facts, cancel=True)


def waits(conversation: Conversation, now: datetime) -> dict[str, float]:
    """How long this customer has waited for an answer: by the agent's clock, and since they wrote by the provider's."""
    ours = conversation.waiting_since
    theirs = conversation.customer_waiting_since or ours
    return {
        "waited_seconds": round((now - ours).total_seconds(), 3) if ours else 0.0,
        "customer_waited_seconds": round((now - theirs).total_seconds(), 3) if theirs else 0.0,
    }


def _end_wait(conversation: Conversation, now: datetime) -> tuple[Fact, ...]:
    late = conversation.sla_state in {"warned", "breached"}
    name = "first_reply" if conversation.first_reply_at is None else "next_reply"
    data = conversation.base() | {"clock": name, "was": conversation.sla_state, **waits(conversation, now)}
    conversation.waiting_since = None
    conversation.customer_waiting_since = None
    conversation.due_at = None
    conversation.sla_state = "none"
    return (Fact("sla.recovered", data),) if late else ()


def change_status(
    conversation: Conversation,
    status: str,
    *,
    now: datetime,
    snoozed_until: datetime | None,
    rules: Rules,
    by: str | None,
) -> Change:
    """A person's choice of status. Resolving ends the wait and frees the agent; opening starts a clock if one is owed."""
    facts: list[Fact] = []
    if status == "resolved":
        facts.extend(_end_wait(conversation, now))
        facts.extend(_end_resolution(conversation, now))
    elif conversation.status == "resolved":
        conversation.agent_id = None
        conversation.clocks = None
    facts.append(_change_status(conversation, status, reason="changed_by_person", by=by))
    conversation.snoozed_until = snoozed_until if status == "snoozed" else None
    conversation.resolved_at = now if status == "resolved" else None
    if status == "resolved":
        return Change(tuple(facts), cancel=True, resolve_cancel=True)
    change = _pause(conversation, status, now, rules)
    if status == "open" and conversation.waiting_since is None and conversation.first_reply_at is None:
        started = _start_clock(conversation, now, rules)
        change = replace(started, resolve=started.resolve or change.resolve)
        facts[-1].data.update(began(conversation))
    return replace(change, facts=tuple(facts))


def wake(conversation: Conversation, now: datetime, rules: Rules, reason: str) -> Change:
    """A sleep ended by itself: the case is open again and its clocks go on."""
    fact = _change_status(conversation, "open", reason=reason)
    return replace(_pause(conversation, "open", now, rules), facts=(fact,))


def promise(conversation: Conversation, at: datetime, now: datetime, rules: Rules, by: str | None) -> Change:
    """The customer will be contacted at `at` and waits no longer: the case sleeps until then."""
    facts = list(_end_wait(conversation, now))
    facts.append(_change_status(conversation, "snoozed", reason="call_back_booked", by=by))
    conversation.snoozed_until = at
    return replace(_pause(conversation, "snoozed", now, rules), facts=tuple(facts), cancel=True)


def keep_promise(conversation: Conversation, now: datetime, rules: Rules) -> Change:
    """The time of a promise has come: the case waits from now on, one step more urgent than it was."""
    woken = wake(conversation, now, rules, "call_back_due")
    conversation.priority += 1
    started = _start_clock(conversation, now, rules)
    conversation.customer_waiting_since = now
    woken.facts[-1].data.update(began(conversation))
    return replace(started, facts=woken.facts, resolve=started.resolve or woken.resolve)


def began(conversation: Conversation) -> dict[str, Any]:
    """What an event says that begins a wait: the intervals of clocks are folded from it."""
    since = conversation.waiting_since
    assert since is not None
    return {
        "waiting_since": since.isoformat(),
        "said_at": (conversation.customer_waiting_since or since).isoformat(),
        "due_at": _text(conversation.due_at),
        "policy_id": conversation.policy_id,
        "policy_version": conversation.policy_version,
    }


def _pause(conversation: Conversation, status: str, now: datetime, rules: Rules) -> Change:
    """Notes in which status the case stands from `now` on, and starts or stops its clocks accordingly."""
    clocks = conversation.clocks or Clocks()
    clocks = clocks.resumed(now) if status == "open" else clocks.paused(status, now)
    conversation.clocks = None if clocks == Clocks() else clocks
    return _restart(conversation, now, rules)


def _end_resolution(conversation: Conversation, now: datetime) -> tuple[Fact, ...]:
    clocks = conversation.clocks
    if clocks is None:
        return ()
    conversation.clocks = replace(clocks.resumed(now), resolve_state="none")
    if clocks.resolve_state not in {"warned", "breached"} or clocks.resolve_since is None:
        return ()
    data = conversation.base() | {
        "clock": "resolution",
        "was": clocks.resolve_state,
        "waited_seconds": round((now - clocks.resolve_since).total_seconds(), 3),
        "customer_waited_seconds": round((now - conversation.opened_at).total_seconds(), 3),
    }
    return (Fact("sla.recovered", data),)


def _change_status(conversation: Conversation, status: str, *, reason: str, by: str | None = None) -> Fact:
    before, conversation.status = conversation.status, status
    conversation.resolved_at = None
    conversation.snoozed_until = None
    return Fact(
        "conversation.status_changed", conversation.base() | {"from": before, "to": status, "reason": reason, "by": by}
    )
