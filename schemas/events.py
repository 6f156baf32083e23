"""Facts of the tenant's stream: past tense, with ids; text is joined on read with the reader's permission."""

from enum import StrEnum
from typing import Any, Literal

from schemas.model import Instant, Record


class EventType(StrEnum):
    """Every type on the stream; a reader ignores types it doesn't know."""

    CONVERSATION_OPENED = "conversation.opened"
    CONVERSATION_REOPENED = "conversation.reopened"
    CONVERSATION_STATUS_CHANGED = "conversation.status_changed"
    CONVERSATION_ASSIGNED = "conversation.assigned"
    CONVERSATION_UNASSIGNED = "conversation.unassigned"
    CONVERSATION_TRANSFERRED = "conversation.transferred"
    CONVERSATION_ESCALATED = "conversation.escalated"
    CONVERSATION_UPDATED = "conversation.updated"
    CONVERSATION_LINKED = "conversation.linked"
    CONVERSATION_RATED = "conversation.rated"
    INCIDENT_OPENED = "incident.opened"
    INCIDENT_ANSWERED = "incident.answered"
    INCIDENT_CLOSED = "incident.closed"
    GOODWILL_ASKED = "goodwill.asked"
    GOODWILL_GRANTED = "goodwill.granted"
    GOODWILL_DECLINED = "goodwill.declined"
    MESSAGE_RECEIVED = "message.received"
    MESSAGE_SENT = "message.sent"
    MESSAGE_STATE_CHANGED = "message.state_changed"
    MESSAGE_EDITED = "message.edited"
    MESSAGE_DELETED = "message.deleted"
    MESSAGE_HELD = "message.held"
    MESSAGE_ACTION_CHANGED = "message.action_changed"
    NOTE_ADDED = "note.added"
    REACTION_CHANGED = "reaction.changed"
    MEDIA_STORED = "media.stored"
    MEDIA_FAILED = "media.failed"
    CALL_UPDATED = "call.updated"
    CALL_STARTED = "call.started"
    CALL_ANSWERED = "call.answered"
    CALL_ENDED = "call.ended"
    CALL_PARTICIPANT_CHANGED = "call.participant_changed"
    TYPING_STARTED = "typing.started"
    VIEWING_STARTED = "viewing.started"
    REPLY_LEASE_TAKEN = "reply_lease.taken"
    REPLY_LEASE_RELEASED = "reply_lease.released"
    BOT_MISSED = "bot.missed"
    BOT_HANDED_OVER = "bot.handed_over"
    RESERVATION_OFFERED = "reservation.offered"
    RESERVATION_ACCEPTED = "reservation.accepted"
    RESERVATION_DECLINED = "reservation.declined"
    RESERVATION_TIMED_OUT = "reservation.timed_out"
    RESERVATION_WITHDRAWN = "reservation.withdrawn"
    SLA_WARNING = "sla.warning"
    SLA_BREACHED = "sla.breached"
    SLA_RECOVERED = "sla.recovered"
    SLA_RECOMPUTED = "sla.recomputed"
    AGENT_PRESENCE_CHANGED = "agent.presence_changed"
    AGENT_UPDATED = "agent.updated"
    CONTACT_UPDATED = "contact.updated"
    CONTACT_CONSENT_CHANGED = "contact.consent_changed"
    CHANNEL_ACCOUNT_NOTICED = "channel_account.noticed"
    WEBHOOK_ENDPOINT_DISABLED = "webhook_endpoint.disabled"


class StreamFrame(Record):
    """One event as a client sees it. `prev` is the last number this subscription covered before this frame."""

    v: Literal[1] = 1
    id: str
    type: str
    at: Instant
    seq: int
    prev: int
    data: dict[str, Any]


class WakeUp(Record):
    """A record of `conversations.events.v1`: the tenant's stream reaches up to `seq` now."""

    v: Literal[1] = 1
    tenant_id: str
    seq: int
