"""What the timers of a conversation's clocks do when they fire: warn, breach, escalate."""

from dataclasses import replace
from typing import Any

from router.domain import sla
from router.domain.clocks import resolution_clock
from router.domain.conversation import Change, Conversation, Fact, Rules, running_reply_clock


def fire(conversation: Conversation, step: sla.Step, number: int, rules: Rules) -> Change:
    """A timer of the reply clock fired while the case still waits; answers the facts and the next step's timer."""
    clock = running_reply_clock(conversation, rules)
    if conversation.due_at is None or clock is None:
        return Change()
    policy = sla.running(rules.policies, conversation.policy_id, conversation.case)
    name = "first_reply" if conversation.first_reply_at is None else "next_reply"
    data = conversation.base() | {
        "due_at": conversation.due_at.isoformat(),
        "policy_id": policy.id,
        "policy_version": policy.version,
        "clock": name,
    }
    following = clock.following(step, number)
    if step is sla.Step.WARNING:
        conversation.sla_state = "warned"
        return Change((Fact("sla.warning", data | {"share": _share(policy, number)}),), timer=following)
    if step is sla.Step.BREACH:
        conversation.sla_state = "breached"
        return Change((Fact("sla.breached", data),), timer=following)
    if number > len(policy.steps):
        return Change()
    escalation = policy.steps[number - 1]
    if escalation.action is sla.Action.RAISE:
        conversation.priority += escalation.by
    told: dict[str, Any] = {"step": number, "action": escalation.action.value, "priority": conversation.priority}
    if escalation.notify:
        told["notify"] = list(escalation.notify)
    fact = Fact("conversation.escalated", data | told)
    return Change((fact,), timer=following, escalation=escalation)


def fire_resolution(conversation: Conversation, step: sla.Step, number: int, rules: Rules) -> Change:
    """As `fire`, of the clock of the resolution, which warns and is breached and has no further steps."""
    policy = sla.running(rules.policies, conversation.policy_id, conversation.case)
    clocks = conversation.clocks
    clock = resolution_clock(policy, clocks, rules.hours) if clocks else None
    if clocks is None or clock is None or clocks.resolve_by is None or conversation.status == "resolved":
        return Change()
    data = conversation.base() | {
        "due_at": clocks.resolve_by.isoformat(),
        "policy_id": policy.id,
        "policy_version": policy.version,
        "clock": "resolution",
    }
    following = clock.following(step, number)
    if step is sla.Step.WARNING:
        conversation.clocks = replace(clocks, resolve_state="warned")
        return Change((Fact("sla.warning", data | {"share": _share(policy, number)}),), resolve=following)
    conversation.clocks = replace(clocks, resolve_state="breached")
    return Change((Fact("sla.breached", data),), resolve=following)


def _share(policy: sla.Policy, number: int) -> float | None:
    return policy.warn_shares[number] if number < len(policy.warn_shares) else None
