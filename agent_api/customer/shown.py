"""What a visitor is shown of rows and events: their own conversations, no notes, no ids of agents, only names."""

from collections.abc import Mapping
from typing import Any, Literal

from agent_api.customer.calls import call_facts
from agent_api.customer.schemas import CustomerMediaShown, CustomerMessageShown
from agent_api.live.items import Item
from schemas.content import Content
from schemas.events import EventType

_SENDERS: Mapping[str, Literal["you", "agent", "bot", "system"]] = {
    "contact": "you",
    "agent": "agent",
    "bot": "bot",
    "system": "system",
}
_MESSAGES = frozenset(
    {EventType.MESSAGE_RECEIVED, EventType.MESSAGE_SENT, EventType.MESSAGE_EDITED, EventType.MESSAGE_DELETED}
)


def customer_message(row: Any, visitor_id: str, name: str | None) -> CustomerMessageShown:
    """`name` is the agent's or bot's, where one wrote it."""
    content = Content.model_validate(row["content"]) if row["deleted_at"] is None else Content()
    ours, _, client_id = (row["provider_message_id"] or "").partition(":")
    sender = _SENDERS[row["author_kind"]]
    media = [
        CustomerMediaShown(
            kind=item.kind,
            caption=item.caption,
            filename=item.filename,
            url=item.url if row["direction"] == "out" else None,
        )
        for item in content.media
    ]
    return CustomerMessageShown(
        id=row["id"],
        client_id=client_id if sender == "you" and ours == visitor_id else None,
        sender=sender,
        name=name if sender in {"agent", "bot"} else None,
        text=content.text,
        media=media,
        buttons=list(content.buttons),
        at=row["sort_at"],
        edited_at=row["edited_at"],
        deleted=row["deleted_at"] is not None,
    )


def customer_facts(item: Item, visitor_id: str) -> tuple[str, dict[str, Any]] | None:
    """The frame's type and values for one event; None for what is not a visitor's business."""
    if item.type in _MESSAGES:
        row = item.message
        if row is None or row["direction"] == "note":
            return None
        return "message", {"message": customer_message(row, visitor_id, item.author_name)}
    if item.type == EventType.CONVERSATION_STATUS_CHANGED:
        return "status", {"status": item.data.get("to")}
    if item.type == EventType.TYPING_STARTED and item.data.get("author_kind") in {"agent", "bot"}:
        return "typing", {}
    call = call_facts(item)
    return None if call is None else ("call", call)
