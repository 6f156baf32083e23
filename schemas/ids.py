"""Identifiers: a NewType for each entity, text of the form `<prefix>_<32 hex digits of a UUIDv7>`."""

from typing import NewType

TenantId = NewType("TenantId", str)
AccountId = NewType("AccountId", str)
ContactId = NewType("ContactId", str)
ContactPointId = NewType("ContactPointId", str)
ConversationId = NewType("ConversationId", str)
MessageId = NewType("MessageId", str)
AgentId = NewType("AgentId", str)
TeamId = NewType("TeamId", str)
EventId = NewType("EventId", str)
PolicyId = NewType("PolicyId", str)
AttachmentId = NewType("AttachmentId", str)

PREFIXES: dict[str, str] = {
    "tenant": "ten",
    "account": "acc",
    "contact": "con",
    "contact_point": "cpt",
    "conversation": "cnv",
    "message": "msg",
    "agent": "agt",
    "team": "tea",
    "event": "evt",
    "policy": "pol",
    "attachment": "att",
    "api_key": "key",
    "dead_letter": "dlq",
    "decision": "dec",
    "delivery": "dlv",
    "contact_merge": "mrg",
    "consent": "cst",
    "canned_reply": "can",
    "macro": "mac",
    "saved_view": "viw",
    "webhook_endpoint": "whe",
    "webhook_delivery": "whd",
    "request": "req",
}
