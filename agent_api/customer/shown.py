"""What a visitor is shown of rows and events: their own conversations, no notes, no ids of agents, only names."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from agent_api.attachments.links import make_link, renew_link
from agent_api.customer.calls import call_facts
from agent_api.http.inputs import Shown
from agent_api.live.items import Item
from agent_api.parts import Parts
from schemas.content import Button, Card, Choice, ChoiceList, Content, Location, Media, MediaKind
from schemas.events import EventType

_SENDERS: Mapping[str, Literal["you", "agent", "bot", "system"]] = {
    "contact": "you",
    "agent": "agent",
    "bot": "bot",
    "system": "system",
}
_MESSAGES = frozenset(
    {
        EventType.MESSAGE_RECEIVED,
        EventType.MESSAGE_SENT,
        EventType.MESSAGE_EDITED,
        EventType.MESSAGE_DELETED,
    }
)
UPLOAD = "upload:"
EXAMPLE: JsonDict = {
    "id": "msg_0190f3a87b3c7d5e8f9a0b1c2d3e4f52",
    "conversation_id": "cnv_0190f3a87b3c7d5e8f9a0b1c2d3e4f50",
    "client_id": None,
    "sender": "agent",
    "name": "Noor",
    "text": "It arrives tomorrow.",
    "text_format": "plain",
    "media": [],
    "buttons": [],
    "choices": None,
    "carousel": [],
    "location": None,
    "choice": None,
    "read": False,
    "at": "2026-11-22T10:17:00Z",
    "edited_at": None,
    "deleted": False,
}


class CustomerMediaShown(Shown):
    """A picture, recording or file."""

    kind: MediaKind = Field(description="As what it is shown.")
    mime: str | None = Field(description="What it is said to be.")
    caption: str | None = Field(description="The words with it.")
    filename: str | None = Field(description="Its name.")
    size: int | None = Field(description="Bytes.")
    url: str | None = Field(
        description="Where it can be fetched; a link of ours ends after 24 h: read the message again."
    )


class CustomerMessageShown(Shown):
    """One message of the visitor's own conversation."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    id: str = Field(description="Its id.")
    conversation_id: str = Field(description="Its conversation.")
    client_id: str | None = Field(description="On the visitor's own: the id their client gave it.")
    sender: Literal["you", "agent", "bot", "system"] = Field(description="Who wrote it.")
    name: str | None = Field(description="The agent's or bot's.")
    text: str | None = Field(description="The words.")
    text_format: Literal["plain", "light"] = Field(description="light: `*bold*`, `_italic_`, `~struck~` and `code`.")
    media: list[CustomerMediaShown] = Field(description="Its files.")
    buttons: list[Button] = Field(description="What to tap: a link where it has a URL, else a `choice` to send back.")
    choices: ChoiceList | None = Field(description="A list to pick one row of; the row is the `choice` to send back.")
    carousel: list[Card] = Field(description="Things side by side.")
    location: Location | None = Field(description="A place.")
    choice: Choice | None = Field(description="On the visitor's own: what they tapped.")
    read: bool = Field(description="On those of others: whether the visitor's client said that it was read.")
    at: datetime = Field(description="When.")
    edited_at: datetime | None = Field(description="When its words were changed.")
    deleted: bool = Field(description="Whether it was taken back; nothing of it is told then.")


@dataclass(frozen=True, slots=True)
class Links:
    """Makes links to files for whoever may read the message that holds them."""

    parts: Parts
    tenant_id: str

    def of(self, media: Media, direction: str) -> str | None:
        """None for what is not stored yet, and for a provider's own links."""
        master, public_url, now = self.parts.master, self.parts.config.public_url, self.parts.clock.now()
        if direction == "out":
            return None if media.url is None else renew_link(master, public_url, media.url, now)
        if media.blob is None or not (media.provider_ref or "").startswith(UPLOAD):
            return None
        attachment_id = (media.provider_ref or "").removeprefix(UPLOAD)
        return make_link(master, public_url, self.tenant_id, attachment_id, now)


def customer_message(row: Any, name: str | None, links: Links) -> CustomerMessageShown:
    """`name` is the agent's or bot's, where one wrote it."""
    content = Content.model_validate(row["content"]) if row["deleted_at"] is None else Content()
    sender = _SENDERS[row["author_kind"]]
    client_id = (row["provider_message_id"] or "").partition(":")[2]
    return CustomerMessageShown(
        id=row["id"],
        conversation_id=row["conversation_id"],
        client_id=client_id or None if sender == "you" else None,
        sender=sender,
        name=name if sender in {"agent", "bot"} else None,
        text=content.text,
        text_format=content.text_format,
        media=[_media(item, row["direction"], links) for item in content.media],
        buttons=list(content.buttons),
        choices=content.choices,
        carousel=list(content.carousel),
        location=content.location,
        choice=content.choice,
        read=sender != "you" and row["state"] == "read",
        at=row["sort_at"],
        edited_at=row["edited_at"],
        deleted=row["deleted_at"] is not None,
    )


def _media(item: Media, direction: str, links: Links) -> CustomerMediaShown:
    values = {name: getattr(item, name) for name in ("kind", "mime", "caption", "filename", "size")}
    return CustomerMediaShown(url=links.of(item, direction), **values)


def customer_facts(item: Item, links: Links) -> tuple[str, dict[str, Any]] | None:
    """The frame's type and values for one event; None for what is not a visitor's business."""
    if item.type in _MESSAGES:
        row = item.message
        if row is None or row["direction"] == "note":
            return None
        return "message", {"message": customer_message(row, item.author_name, links)}
    base = {"conversation_id": item.conversation_id}
    by_agent = item.data.get("author_kind") in {"agent", "bot"}
    match item.type:
        case EventType.CONVERSATION_STATUS_CHANGED:
            return "status", base | {"status": "resolved" if item.data.get("to") == "resolved" else "open"}
        case EventType.CONVERSATION_OPENED | EventType.CONVERSATION_REOPENED:
            return "status", base | {"status": "open"}
        case EventType.TYPING_STARTED if by_agent:
            return "typing", base
        case EventType.VIEWING_STARTED if by_agent:
            return "seen", base
        case _:
            call = call_facts(item)
            return None if call is None else ("call", base | call)
