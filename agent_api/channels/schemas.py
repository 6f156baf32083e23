"""Channels and channel accounts as clients see and change them. Settings go in and never come out: they hold secrets."""

from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, StringConstraints
from pydantic.config import JsonDict

from agent_api.http.inputs import NEXT_CURSOR, VERSION, Body, Line, Shown, TeamId

AccountState = Literal["active", "paused", "quarantined"]
ChannelName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
ExternalId = Annotated[str, StringConstraints(pattern=r"^[!-~]([ -~]{0,198}[!-~])?$")]

_CHANNEL: JsonDict = {
    "name": "whatsapp",
    "title": "WhatsApp",
    "channel_class": "messaging",
    "ingress": "webhook",
    "outbound": True,
    "notice_only": False,
    "text_max": 4096,
    "text_unit": "characters",
    "media": ["image", "video", "audio", "file"],
    "media_max_bytes": 16777216,
    "buttons_max": 3,
    "list_rows_max": 10,
    "carousel_max": 0,
    "markup": "light",
    "location": True,
    "actions": ["react", "unreact", "typing", "read"],
    "templates": True,
    "reply_window_seconds": 86400,
    "after_window": "template",
    "receipts": ["sent", "delivered", "read"],
    "typing": False,
    "calls": False,
    "visibility": "private",
    "weakness": None,
}
_EXAMPLE: JsonDict = {
    "id": "acc_0190f3a87b3c7d5e8f9a0b1c2d3e4f51",
    "channel": "whatsapp",
    "name": "Shop, Germany",
    "external_id": "106540352242922",
    "team_id": None,
    "state": "active",
    "webhook_url": "https://desk.example/webhooks/whatsapp/acc_0190f3a87b3c7d5e8f9a0b1c2d3e4f51",
    "created_at": "2026-11-01T09:00:00Z",
    "updated_at": "2026-11-01T09:00:00Z",
    "version": 1,
}


class Channel(Shown):
    """What a kind of medium can carry."""

    model_config = ConfigDict(json_schema_extra={"examples": [_CHANNEL]})

    name: str = Field(description="Its name in other answers.")
    title: str = Field(description="Its name for people.")
    channel_class: str = Field(description="live, messaging, mail, voice or public.")
    ingress: str = Field(description="webhook, poll or socket.")
    outbound: bool = Field(description="Whether it can carry an answer.")
    notice_only: bool = Field(
        description="Whether customers are only told that there is an answer: what you write stays here, so call them."
    )
    text_max: int = Field(description="The longest text in one part, in `text_unit`.")
    text_unit: str = Field(description="characters, bytes, utf16 or weighted (most letters 1, all else 2).")
    media: list[str] = Field(description="Kinds of media it carries.")
    media_max_bytes: int = Field(description="The largest file.")
    buttons_max: int = Field(description="Choices in one message; 0: they are written as lines.")
    list_rows_max: int = Field(description="Lines of a list; 0: they are written out.")
    carousel_max: int = Field(description="Cards side by side; 0: they are written one after the other.")
    markup: str = Field(description="none, light or html: what becomes of light markup.")
    location: bool = Field(description="Whether it carries places; else they are written as links.")
    actions: list[str] = Field(
        description="What can be done besides sending: edit, delete, hide, unhide, react, unreact, typing, read, private_reply."
    )
    templates: bool = Field(description="Whether approved templates can be sent.")
    reply_window_seconds: float | None = Field(
        description="How long after the customer's last message; null: no limit."
    )
    after_window: str = Field(description="What may be sent after it: template, tag or nothing.")
    receipts: list[str] = Field(description="What it reports of our messages.")
    typing: bool = Field(description="Whether it tells that the customer types.")
    calls: bool = Field(description="Whether its customers can be called in their browser or app.")
    visibility: str = Field(description="private, or public where everybody can read it.")
    weakness: str | None = Field(description="What its signature does not protect.")


class ChannelList(Shown):
    """Every channel of this installation."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_CHANNEL]}]})

    items: list[Channel] = Field(description="By name.")


class ChannelAccount(Shown):
    """One number, page or mailbox of the tenant."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    id: str = Field(description="Its id.")
    channel: str = Field(description="Its channel.")
    name: str = Field(description="What colleagues call it.")
    external_id: str = Field(description="The provider's id of it.")
    team_id: str | None = Field(description="The team its conversations go to.")
    state: AccountState = Field(
        description="active; paused: takes nothing; quarantined: set aside for too many failures."
    )
    webhook_url: str = Field(
        description="Where the provider sends. Whoever knows it can send there: keep it to yourself."
    )
    created_at: datetime = Field(description="When it was added.")
    updated_at: datetime = Field(description="Its last change.")
    version: int = VERSION


class ChannelAccountPage(Shown):
    """A page of channel accounts, the oldest first."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_EXAMPLE], "next_cursor": None}]})

    items: list[ChannelAccount] = Field(description="The page.")
    next_cursor: str | None = NEXT_CURSOR


class CreateChannelAccount(Body):
    """A new channel account."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "channel": "webchat",
                    "name": "Website",
                    "external_id": "website",
                    "config": {"visitor_secrets": ["at-least-32-characters-of-randomness"]},
                }
            ]
        }
    )

    channel: ChannelName = Field(description="One of listChannels.")
    name: Line = Field(description="What colleagues call it.")
    external_id: ExternalId = Field(description="The provider's id of it.")
    config: dict[str, Any] = Field(
        description="The channel's settings with their secrets (its README names them). Stored sealed, never shown.",
        max_length=100,
        repr=False,
    )
    team_id: TeamId | None = Field(default=None, description="The team its conversations go to.")


class ChangeChannelAccount(Body):
    """What changes; what is left out stays."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"state": "paused"}]})

    name: Line | None = Field(default=None, description="What colleagues call it; null is as left out.")
    state: Literal["active", "paused"] | None = Field(default=None, description="Paused accounts take nothing.")
    team_id: TeamId | None = Field(default=None, description="The team its conversations go to; null: none.")
    config: dict[str, Any] | None = Field(
        default=None, description="All of the channel's settings anew.", max_length=100, repr=False
    )


def seconds(span: timedelta | None) -> float | None:
    return None if span is None else span.total_seconds()
