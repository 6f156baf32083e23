"""One conversation's state and what changes it; every change answers the facts to announce."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from router.domain import sla
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
    """What a rule decided besides the new state: facts in order, and the SLA timer (`cancel` ends a running one)."""

    facts: tuple[Fact, ...] = ()
    timer: sla.Timer | None = None
    cancel: bool = False


def receive(
    conversation: Conversation, *, received_at: datetime, said_at: datetime, automatic: bool, rules: Rules
) -> Change:
    """A customer's message. It wakes a sleeping case and, unless it is automatic, starts the SLA clock if none runs.

    The agent's clock starts at `received_at`; the reply window opens at `said_at`, the provider's time.
    """
    facts: list[Fact] = []
    if conversation.status == "resolved" and not automatic:
        # Whoever had it may be gone by now: a reopened case is assigned anew.
        conversation.agent_id = None
        facts.append(Fact("conversation.reopened", conversation.base()))
    if conversation.status != "open" and not automatic:
        facts.append(_change_status(conversation, "open", reason="customer_wrote"))
    conversation.last_message_at = max(conversation.last_message_at, received_at)
    if automatic:
        return Change(tuple(facts))
    conversation.last_customer_at = max(conversation.last_customer_at or said_at, said_at)
    if rules.reply_window is not None:
        conversation.window_expires_at = conversation.last_customer_at + rules.reply_window
    if conversation.waiting_since is not None:
        return Change(tuple(facts))
    timer = _start_clock(conversation, received_at, rules)
    conversation.customer_waiting_since = min(said_at, received_at)
    return Change(tuple(facts), timer=timer)


def _start_clock(conversation: Conversation, since: datetime, rules: Rules) -> sla.Timer:
    policy = sla.choose(rules.policies, conversation.case)
    clock = sla.start(policy, since, first=conversation.first_reply_at is None, hours=rules.hours)
    conversation.waiting_since = since
    conversation.due_at = clock.due_at
    conversation.sla_state = "ok"
    conversation.policy_id = policy.id
    conversation.policy_version = policy.version
    conversation.auto_replied_at = None
    return sla.first_timer(clock)


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
    data = conversation.base() | {"was": conversation.sla_state, **waits(conversation, now)}
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
    timer: sla.Timer | None = None
    if status == "resolved":
        facts.extend(_end_wait(conversation, now))
    elif conversation.status == "resolved":
        conversation.agent_id = None
    facts.append(_change_status(conversation, status, reason="changed_by_person", by=by))
    conversation.snoozed_until = snoozed_until if status == "snoozed" else None
    conversation.resolved_at = now if status == "resolved" else None
    if status == "open" and conversation.waiting_since is None and conversation.first_reply_at is None:
        timer = _start_clock(conversation, now, rules)
    return Change(tuple(facts), timer=timer, cancel=status == "resolved")


def _change_status(conversation: Conversation, status: str, *, reason: str, by: str | None = None) -> Fact:
    before, conversation.status = conversation.status, status
    conversation.resolved_at = None
    conversation.snoozed_until = None
    return Fact(
        "conversation.status_changed", conversation.base() | {"from": before, "to": status, "reason": reason, "by": by}
    )


def fire(conversation: Conversation, step: sla.Step, number: int, policies: tuple[sla.Policy, ...]) -> Change:
    """An SLA timer fired while the case still waits; answers the facts and the next step's timer."""
    if conversation.due_at is None or conversation.waiting_since is None:
        return Change()
    policy = next((p for p in (*policies, *sla.DEFAULTS) if p.id == conversation.policy_id), None)
    policy = policy or sla.choose(policies, conversation.case)
    data = conversation.base() | {"due_at": conversation.due_at.isoformat(), "policy_id": policy.id}
    if step is sla.Step.WARNING:
        conversation.sla_state = "warned"
        facts = (Fact("sla.warning", data),)
    elif step is sla.Step.BREACH:
        conversation.sla_state = "breached"
        facts = (Fact("sla.breached", data),)
    else:
        conversation.priority += 1
        facts = (Fact("conversation.escalated", data | {"step": number, "priority": conversation.priority}),)
    return Change(facts, timer=sla.next_timer(policy, step, number, conversation.due_at))
