"""Canned replies as clients see and change them."""

from datetime import datetime
from typing import Annotated

from pydantic import ConfigDict, Field, StringConstraints
from pydantic.config import JsonDict

from agent_api.http.inputs import VERSION, Body, Line, Shown

Shortcut = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$")]
CannedText = Annotated[str, StringConstraints(min_length=1, max_length=8000, pattern=r"^[^\x00]*$")]

_IN: JsonDict = {
    "shortcut": "on-its-way",
    "title": "The parcel is on its way",
    "body": "Dear {{contact.name}}, your order {{field.order_number}} is on its way. {{agent.name}}",
}
_EXAMPLE: JsonDict = _IN | {
    "id": "can_0190f3a87b3c7d5e8f9a0b1c2d3e4f62",
    "created_at": "2026-11-01T09:00:00Z",
    "version": 1,
}


class CannedReplyIn(Body):
    """A canned reply."""

    model_config = ConfigDict(json_schema_extra={"examples": [_IN]})

    shortcut: Shortcut = Field(description="What agents type to find it.")
    title: Line = Field(description="What it says, in a line.")
    body: CannedText = Field(
        description="Text with `{{contact.name}}`, `{{agent.name}}`, `{{conversation.id}}`, `{{conversation.subject}}`, "
        "`{{conversation.channel}}` or `{{field.NAME}}`."
    )


class CannedReply(Shown):
    """A text that is used again and again."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    id: str = Field(description="Its id.")
    shortcut: str = Field(description="What agents type to find it.")
    title: str = Field(description="What it says, in a line.")
    body: str = Field(description="Text with variables.")
    created_at: datetime = Field(description="When it was made.")
    version: int = VERSION


class CannedReplyList(Shown):
    """All of the tenant's canned replies."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_EXAMPLE]}]})

    items: list[CannedReply] = Field(description="By shortcut; at most 500.")


class RenderedReply(Shown):
    """A canned reply with the variables of one conversation put in. Nothing was sent."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"text": "Dear Ann, your order  is on its way. Kim", "missing": ["field.order_number"]}]
        }
    )

    text: str = Field(description="What would be sent; what is not known is left out.")
    missing: list[str] = Field(description="Variables that are not known here: fill them in before sending.")
