"""Messages as clients read and write them."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, StringConstraints
from pydantic.config import JsonDict

from agent_api.http.inputs import (
    NEXT_CURSOR,
    Body,
    Latitude,
    Line,
    Longitude,
    PageQuery,
    Prose,
    SeenVersion,
    Short,
    Shown,
)
from schemas import content as stored
from schemas.content import MediaKind

HttpsUrl = Annotated[
    str, StringConstraints(max_length=2000, pattern=r"^https://[A-Za-z0-9.-]{1,253}(:[0-9]{1,5})?(/[!-~]*)?$")
]
Mime = Annotated[str, StringConstraints(pattern=r"^[a-z0-9!#$&^_.+-]{1,64}/[a-z0-9!#$&^_.+-]{1,64}$")]

EXAMPLE: JsonDict = {
    "id": "msg_0190f3a87b3c7d5e8f9a0b1c2d3e4f60",
    "conversation_id": "cnv_0190f3a87b3c7d5e8f9a0b1c2d3e4f50",
    "direction": "in",
    "author": {"kind": "contact", "id": "con_0190f3a87b3c7d5e8f9a0b1c2d3e4f52"},
    "content": {"text": "Where is my parcel?", "media": []},
    "at": "2026-11-22T10:15:00Z",
    "provider_at": "2026-11-22T10:15:00Z",
    "received_at": "2026-11-22T10:15:00.120Z",
    "state": "received",
    "state_at": None,
    "error": None,
    "automatic": False,
    "possibly_sent_twice": False,
    "in_reply_to": None,
    "reactions": {},
    "edited_at": None,
    "deleted_at": None,
    "hidden_at": None,
    "language": "en",
    "suppressed": None,
    "action": "send",
}


class Author(Shown):
    """Who said it."""

    kind: Literal["contact", "agent", "bot", "system"] = Field(description="contact, agent, bot or system.")
    id: str | None = Field(description="Their id, where they have one.")


class MediaShown(Shown):
    """A picture, recording or file. Bytes are fetched with `href`; what the provider calls it is not shown."""

    kind: MediaKind = Field(description="image, video, audio, voice, file or sticker.")
    mime: str | None = Field(description="As the sender claims.")
    filename: str | None = Field(description="As the sender claims: show it as text only.")
    size: int | None = Field(description="Bytes.")
    caption: str | None = Field(description="What was written under it.")
    href: str | None = Field(description="Where its bytes are; null while they are not stored yet.")
    url: str | None = Field(description="The link an agent sent; null on what customers sent.")


class ContentShown(Shown):
    """What a message says. Everything in it was written by somebody else: show it as text."""

    text: str | None = Field(default=None, description="Plain text.")
    media: list[MediaShown] = Field(default_factory=list, description="Pictures, recordings, files.")
    location: stored.Location | None = Field(default=None, description="A place.")
    cards: list[stored.ContactCard] = Field(default_factory=list, description="Business cards.")
    buttons: list[stored.Button] = Field(default_factory=list, description="Choices that were offered.")
    choices: stored.ChoiceList | None = Field(default=None, description="A list that was offered.")
    carousel: list[stored.Card] = Field(default_factory=list, description="Things that were shown side by side.")
    text_format: Literal["plain", "light"] = Field(default="plain", description="light: `text` holds light markup.")
    choice: stored.Choice | None = Field(default=None, description="The choice that was made.")
    template: stored.Template | None = Field(default=None, description="The approved template it was sent by.")
    unsupported: str | None = Field(default=None, description="The provider's name of a kind that can't be shown yet.")


class DeliveryError(Shown):
    """Why it was not sent."""

    code: str = Field(description="The channel's or our code.")
    detail: str | None = Field(description="In words.")


class Message(Shown):
    """One thing said in a conversation, or a private note."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    id: str = Field(description="Its id.")
    conversation_id: str = Field(description="The conversation it is in.")
    direction: Literal["in", "out", "note"] = Field(description="in: from the customer; out: to them; note: private.")
    author: Author = Field(description="Who said it.")
    content: ContentShown | None = Field(description="What it says; null once deleted.")
    at: datetime = Field(description="Where it stands in the conversation: sort by it, then by id.")
    provider_at: datetime | None = Field(description="The provider's time.")
    received_at: datetime = Field(description="When it reached us.")
    state: str = Field(
        description="received, queued, sending, sent, delivered, read, failed, noted, or waiting_window: until the customer writes again."
    )
    state_at: datetime | None = Field(description="Since when.")
    error: DeliveryError | None = Field(description="With `failed`: why.")
    automatic: bool = Field(description="Written by a rule, or by the other side's.")
    possibly_sent_twice: bool = Field(description="The provider's answer was lost and it was sent again.")
    in_reply_to: str | None = Field(description="The message it quotes, by the provider's id.")
    reactions: dict[str, Any] = Field(description="Emoji by who reacted.")
    edited_at: datetime | None = Field(description="When its author changed it.")
    deleted_at: datetime | None = Field(description="When its author took it back.")
    hidden_at: datetime | None = Field(description="When it was hidden from the public.")
    language: str | None = Field(description="What it is written in, as detected; null where nobody can tell.")
    suppressed: str | None = Field(description="blocked or flood: it woke nobody.")
    action: str = Field(description="send, or private_reply: it answers a public message in private.")


class MessagePage(Shown):
    """A page of messages."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [EXAMPLE], "next_cursor": None}]})

    items: list[Message] = Field(description="The page.")
    next_cursor: str | None = NEXT_CURSOR


class MessageQuery(PageQuery):
    """Which page, from which end."""

    order: Literal["newest_first", "oldest_first"] = Field(default="newest_first", description="Which end comes first.")


class ButtonIn(Body):
    """A choice to offer."""

    id: Short = Field(description="What comes back when it is chosen.")
    title: Line = Field(description="What it says.")
    url: HttpsUrl | None = Field(default=None, description="Opens this instead of answering.")


class TextIn(Body):
    """Words, with choices where the channel has them."""

    type: Literal["text"] = Field(description="text")
    text: Prose = Field(description="Plain text; too long for the channel: it goes in parts.")
    format: Literal["plain", "light"] = Field(
        default="plain",
        description="light: **bold**, _italic_, `code`, [links](https://…), as far as the channel shows them.",
    )
    buttons: Annotated[tuple[ButtonIn, ...], Field(max_length=13)] = Field(
        default=(), description="Choices; a channel without buttons writes them as lines."
    )


class RowIn(Body):
    """One line of a list."""

    id: Short = Field(description="What comes back when it is chosen.")
    title: Line = Field(description="What it says.")
    description: Line | None = Field(default=None, description="A second line.")


class SectionIn(Body):
    """Lines under one heading."""

    title: Line | None = Field(default=None, description="The heading.")
    rows: Annotated[tuple[RowIn, ...], Field(min_length=1, max_length=20)] = Field(description="Its lines.")


class ListIn(Body):
    """A list to pick one line of; a channel without lists writes them out."""

    type: Literal["list"] = Field(description="list")
    text: Prose = Field(description="What stands above it.")
    button: Line = Field(description="What opens it.")
    sections: Annotated[tuple[SectionIn, ...], Field(min_length=1, max_length=10)] = Field(description="In order.")


class CardIn(Body):
    """A thing: a picture, a title, a text, choices."""

    title: Line = Field(description="Its name.")
    text: Short | None = Field(default=None, description="About it.")
    image_url: HttpsUrl | None = Field(default=None, description="An https link that needs no login.")
    buttons: Annotated[tuple[ButtonIn, ...], Field(max_length=3)] = Field(default=(), description="Choices.")


class CarouselIn(Body):
    """Things side by side; a channel without cards writes them one after the other."""

    type: Literal["carousel"] = Field(description="carousel")
    text: Prose | None = Field(default=None, description="What stands above them.")
    cards: Annotated[tuple[CardIn, ...], Field(min_length=1, max_length=10)] = Field(description="In order.")


class LocationIn(Body):
    """A place."""

    type: Literal["location"] = Field(description="location")
    latitude: Latitude = Field(description="Degrees north.")
    longitude: Longitude = Field(description="Degrees east.")
    name: Line | None = Field(default=None, description="What it is called.")
    address: Short | None = Field(default=None, description="In words.")


class MediaIn(Body):
    """A link to a file that the provider fetches."""

    type: Literal["media"] = Field(description="media")
    kind: MediaKind = Field(description="image, video, audio, voice, file or sticker.")
    url: HttpsUrl = Field(description="An https link that needs no login.")
    mime: Mime | None = Field(default=None, description="Its media type.")
    filename: Line | None = Field(default=None, description="Its name.")
    caption: Short | None = Field(default=None, description="What stands under it.")


class TemplateIn(Body):
    """A template the provider has approved: the only thing some channels take once the reply window is closed."""

    type: Literal["template"] = Field(description="template")
    name: Short = Field(description="Its name at the provider.")
    language: Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{2,3}([_-][A-Za-z0-9]{2,8})?$")] = Field(
        description="The provider's language code."
    )
    parameters: Annotated[tuple[Short, ...], Field(max_length=20)] = Field(default=(), description="In order.")
    button_parameters: Annotated[tuple[Short, ...], Field(max_length=10)] = Field(
        default=(), description="The end of each button's link, or what it answers, in order."
    )


ContentIn = Annotated[TextIn | MediaIn | TemplateIn | ListIn | CarouselIn | LocationIn, Field(discriminator="type")]


class Reply(Body):
    """An answer to the customer."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"content": {"type": "text", "text": "It is on its way."}}]}
    )

    content: ContentIn = Field(description="What it says.")
    expected_version: SeenVersion | None = Field(
        default=None,
        description="The conversation's version you read: 412 if it has moved on, so that two people don't answer at once.",
    )
    lease: SeenVersion | None = Field(
        default=None,
        description="The number of your reply lease: 409 `reply_lease_stale` with what came since you took it.",
    )


class Note(Body):
    """A private note: colleagues see it, the customer never does."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"text": "Promised a call back on Monday."}]})

    text: Prose = Field(description="Plain text.")
