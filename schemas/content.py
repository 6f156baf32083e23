"""What a message says, the same model for every channel and both directions."""

from enum import StrEnum
from typing import Literal

from pydantic import Field

from schemas.model import Record


class MediaKind(StrEnum):
    IMAGE = "image"
    VIDEO = "video"
    AUDIO = "audio"
    VOICE = "voice"
    FILE = "file"
    STICKER = "sticker"


class Media(Record):
    """One picture, recording or file.

    Inbound, `url` or `provider_ref` says where the provider holds it, until a job has stored it under `blob`.
    Outbound, `url` is a link the provider can fetch. `size` is in bytes, `sha256` is hex.
    """

    kind: MediaKind
    mime: str | None = None
    filename: str | None = None
    size: int | None = None
    sha256: str | None = None
    caption: str | None = None
    url: str | None = None
    provider_ref: str | None = None
    blob: str | None = None


class Location(Record):
    latitude: float
    longitude: float
    name: str | None = None
    address: str | None = None


class ContactCard(Record):
    """A business card somebody shared: it is content, never an identity of the sender."""

    name: str
    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()


class Button(Record):
    """A choice shown to the customer: a quick reply, or a link where `url` is set."""

    id: str
    title: str
    url: str | None = None


class Row(Record):
    """One line of a list to choose from."""

    id: str
    title: str
    description: str | None = None


class Section(Record):
    rows: tuple[Row, ...]
    title: str | None = None


class ChoiceList(Record):
    """A list the customer opens by a button and picks one row of; the pick comes back as `Choice`."""

    button: str
    sections: tuple[Section, ...]


class Card(Record):
    """A picture with a title, a text and buttons: a product, a parcel. Several stand side by side as a carousel."""

    title: str
    text: str | None = None
    image_url: str | None = None
    buttons: tuple[Button, ...] = ()


class Choice(Record):
    """The button, list row or form answer that a customer picked."""

    id: str
    title: str | None = None
    data: dict[str, object] | None = None


class Template(Record):
    """A message the provider approved beforehand; the only thing some channels allow outside the reply window.

    `parameters` fill the body in order, `header` its picture, film or file, `button_parameters` the end of each button's
    link or its payload in order.
    """

    name: str
    language: str
    parameters: tuple[str, ...] = ()
    header: Media | None = None
    button_parameters: tuple[str, ...] = ()


class Content(Record):
    """One message. Empty parts are left out; a channel degrades what it cannot show by the rules of its manifest.

    `text_format` `light` means that `text` holds the markup of `backbone.channel.markup`; `plain` is shown as it stands.
    `cards` are people's business cards; `carousel` shows things.
    """

    text: str | None = None
    text_format: Literal["plain", "light"] = "plain"
    html: str | None = None
    media: tuple[Media, ...] = ()
    location: Location | None = None
    cards: tuple[ContactCard, ...] = ()
    buttons: tuple[Button, ...] = ()
    choices: ChoiceList | None = None
    carousel: tuple[Card, ...] = ()
    choice: Choice | None = None
    template: Template | None = None
    unsupported: str | None = Field(default=None, description="The provider's name of a kind we can't show yet.")

    def preview(self, limit: int = 120) -> str:
        """One line for a list; never longer than `limit` characters."""
        if self.text:
            line = " ".join(self.text.split())
        elif self.media:
            line = f"[{self.media[0].kind.value}]"
        elif self.location:
            line = "[location]"
        elif self.choice:
            line = self.choice.title or self.choice.id
        elif self.carousel:
            line = self.carousel[0].title
        elif self.template:
            line = f"[template {self.template.name}]"
        else:
            line = f"[{self.unsupported or 'empty'}]"
        return line if len(line) <= limit else line[: limit - 1] + "…"
