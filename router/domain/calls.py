"""One call between a customer and an agent in their browsers, and what changes it; every change answers the fact to announce."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from router.domain.conversation import Conversation, Fact

Side = Literal["agent", "customer"]
Kind = Literal["audio", "video"]
Cause = Literal["hung_up", "cancelled", "declined", "missed", "busy", "lost"]
LOST_AFTER = timedelta(seconds=60)
"""A side that has not been heard of for so long is not in the call any more: browsers die without a word."""


@dataclass(slots=True)
class Call:
    """A call's row. `agent_id` is the agent in it, None while a customer's call is not answered."""

    id: str
    tenant_id: str
    conversation_id: str
    kind: Kind
    via: Literal["peer", "room"]
    state: Literal["ringing", "active", "ended"]
    started_by: Side
    agent_id: str | None
    agent_device: str | None
    agent_seen_at: datetime | None
    customer_device: str | None
    customer_seen_at: datetime | None
    started_at: datetime
    rings_until: datetime
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    cause: Cause | None = None
    in_room: list[Side] = field(default_factory=list)

    @property
    def callee(self) -> Side:
        return "customer" if self.started_by == "agent" else "agent"

    def device(self, side: Side) -> str | None:
        return self.agent_device if side == "agent" else self.customer_device

    def base(self, conversation: Conversation) -> dict[str, Any]:
        return conversation.base() | {
            "call_id": self.id,
            "kind": self.kind,
            "started_by": self.started_by,
            "call_agent_id": self.agent_id,
        }


def ring(call: Call, conversation: Conversation) -> Fact:
    return Fact("call.started", call.base(conversation) | {"rings_until": call.rings_until.isoformat()})


def answer(call: Call, conversation: Conversation, *, agent_id: str | None, device: str, now: datetime) -> Fact:
    """The side it rings at takes it on this device. The caller has checked that it still rings."""
    if call.callee == "agent":
        call.agent_id, call.agent_device = agent_id, device
    else:
        call.customer_device = device
    call.state, call.answered_at = "active", now
    call.agent_seen_at = call.customer_seen_at = now
    return Fact("call.answered", call.base(conversation))


def end(call: Call, conversation: Conversation, *, by: Side, now: datetime) -> Fact:
    """Hung up, or before an answer cancelled or declined, by the side that did it."""
    cause: Cause = "hung_up" if call.state == "active" else "cancelled" if by == call.started_by else "declined"
    return close(call, conversation, cause, by=by, now=now)


def close(call: Call, conversation: Conversation, cause: Cause, *, by: Side | None, now: datetime) -> Fact:
    call.state, call.ended_at, call.cause = "ended", now, cause
    lasted = None if call.answered_at is None else round((now - call.answered_at).total_seconds(), 3)
    told = {"cause": cause, "ended_by": by, "duration_seconds": lasted}
    return Fact("call.ended", call.base(conversation) | told)


def moved(call: Call, conversation: Conversation, side: Side, *, present: bool) -> Fact | None:
    """A side came into the room or left it; None where that was known."""
    if (side in call.in_room) == present:
        return None
    call.in_room = [*call.in_room, side] if present else [one for one in call.in_room if one != side]
    told = {"side": side, "state": "joined" if present else "left"}
    return Fact("call.participant_changed", call.base(conversation) | told)


def due(call: Call) -> datetime:
    """When it must be looked at: when it has rung long enough, later when a side may have been lost."""
    if call.state == "ringing":
        return call.rings_until
    seen = (call.agent_seen_at or call.started_at, call.customer_seen_at or call.started_at)
    return min(seen) + LOST_AFTER


def look(call: Call, conversation: Conversation, now: datetime) -> Fact | None:
    """What time has done to it, if anything: not answered in time, or one side is gone."""
    if call.state == "ended" or due(call) > now:
        return None
    return close(call, conversation, "missed" if call.state == "ringing" else "lost", by=None, now=now)
