"""Actions on messages as clients ask for them."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, StringConstraints
from pydantic.config import JsonDict

from agent_api.http.inputs import Body, Prose, Shown

Emoji = Annotated[str, StringConstraints(min_length=1, max_length=32, pattern=r"^[^\x00-\x20\x7f]+$")]

_EXAMPLE: JsonDict = {
    "id": "act_0190f3a87b3c7d5e8f9a0b1c2d3e4f56",
    "action": "react",
    "state": "queued",
    "error_code": None,
    "error_detail": None,
    "created_at": "2026-11-22T10:16:00Z",
    "state_at": "2026-11-22T10:16:00Z",
}


class EditIn(Body):
    """Another text in place of ours."""

    action: Literal["edit"] = Field(description="edit")
    text: Prose = Field(description="What it says from now on.")
    format: Literal["plain", "light"] = Field(default="plain", description="As in an answer.")


class ReactIn(Body):
    """An emoji beside a message."""

    action: Literal["react"] = Field(description="react")
    emoji: Emoji = Field(description="One emoji.", examples=["👍"])


class PlainIn(Body):
    """What needs no more than its name."""

    action: Literal["delete", "hide", "unhide", "unreact"] = Field(
        description="delete: for everybody; hide and unhide: what others said in public; unreact: our emoji away."
    )


ActionIn = Annotated[EditIn | ReactIn | PlainIn, Field(discriminator="action")]


class AskAction(Body):
    """What to do to a message."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"do": {"action": "react", "emoji": "👍"}}]})

    do: ActionIn = Field(description="One action; the channel's `actions` in listChannels say which it has.")


class MessageAction(Shown):
    """An action on its way to the provider, or ended. The message changes with the provider's yes only."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    id: str = Field(description="Its id.")
    action: str = Field(description="What is done.")
    state: str = Field(description="queued, sent or failed.")
    error_code: str | None = Field(description="With `failed`: the channel's or our code.")
    error_detail: str | None = Field(description="In words.")
    created_at: datetime = Field(description="When it was asked for.")
    state_at: datetime = Field(description="Since when.")


class MessageActionList(Shown):
    """The newest first."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_EXAMPLE]}]})

    items: list[MessageAction] = Field(description="At most 50.")


class PrivateReply(Body):
    """A private answer to something that was said in public."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"text": "Please tell us your order's number.", "consent": True}]}
    )

    text: Prose = Field(description="Plain text.")
    consent: Literal[True] = Field(description="The customer agreed to be written to in private.")
