"""What a customer's own client sends (the widget, an app, the web chat's HTTP hook), and the event each frame becomes."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter, model_validator

from schemas.content import Choice, ContactCard, Content, Location, Media, MediaKind
from schemas.inbound import AnyInboundEvent, MessageReceived, ReceiptReceived, ReceiptStatus, Sender, TypingStarted

TEXT_MAX = 10_000
MEDIA_MAX = 10


def _storable(value: str) -> str:
    """NUL can't be stored by PostgreSQL; lone surrogates pydantic refuses by itself."""
    return value.replace("\0", "\ufffd")


Storable = AfterValidator(_storable)

ClientId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.:-]{1,128}$")]
"""An id the client makes, unique for its visitor; the same frame sent again carries the same."""

Label = Annotated[
    str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True, pattern=r"^[^\x00-\x1f]*$")
]
"""One line to show: a name, a title."""


class CustomerFrame(BaseModel):
    """What all frames share: unknown fields are refused, since a misspelt one would lose what the customer said."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class CustomerMedia(CustomerFrame):
    """A file the customer uploaded before. `upload` is the id that the upload gave; `size` is in bytes and only a claim."""

    upload: ClientId
    kind: MediaKind
    mime: Annotated[str, StringConstraints(pattern=r"^[a-z0-9!#$&^_.+-]{1,64}/[a-z0-9!#$&^_.+-]{1,64}$")] | None = None
    filename: Label | None = None
    size: int | None = Field(default=None, ge=0, le=2**40)
    caption: Annotated[str, StringConstraints(max_length=1_000), Storable] | None = None


class CustomerChoice(CustomerFrame):
    """The button the customer pressed, by the id that our message gave it."""

    id: Annotated[str, StringConstraints(min_length=1, max_length=256), Storable]
    title: Label | None = None


class CustomerLocation(CustomerFrame):
    latitude: float = Field(ge=-90, le=90, allow_inf_nan=False)
    longitude: float = Field(ge=-180, le=180, allow_inf_nan=False)
    name: Label | None = None


class CustomerMessage(CustomerFrame):
    """The customer said something: at least one of text, media, choice and location.

    `name` and `language` (BCP 47) are what the customer says of themself, and prove nothing; nor does `email`, where they
    want the answer if they are gone by then: it is kept as a card of the message, never as an address of theirs.
    """

    type: Literal["message"]
    id: ClientId
    text: Annotated[str, StringConstraints(min_length=1, max_length=TEXT_MAX), Storable] | None = None
    media: Annotated[tuple[CustomerMedia, ...], Field(max_length=MEDIA_MAX)] = ()
    choice: CustomerChoice | None = None
    location: CustomerLocation | None = None
    in_reply_to: ClientId | None = None
    name: Label | None = None
    language: Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$")] | None = None
    email: (
        Annotated[str, StringConstraints(pattern=r"^[^\s@\x00-\x1f<>,;\"]{1,64}@[^\s@\x00-\x1f<>,;\"]{1,189}$")] | None
    ) = None

    @model_validator(mode="after")
    def _says_something(self) -> "CustomerMessage":
        if not (self.text and self.text.strip()) and not self.media and not self.choice and not self.location:
            raise ValueError("a message needs a text, media, a choice or a location")
        return self


class CustomerTyping(CustomerFrame):
    """The customer began to type. `id` is new for each, so that one sent twice counts once."""

    type: Literal["typing"]
    id: ClientId


class CustomerRead(CustomerFrame):
    """A message of ours reached the customer's screen (`delivered`) or eyes (`read`). `message_id` is ours."""

    type: Literal["read"]
    message_id: ClientId
    status: Literal["delivered", "read"] = "read"


AnyCustomerFrame = Annotated[CustomerMessage | CustomerTyping | CustomerRead, Field(discriminator="type")]
FRAME: TypeAdapter[CustomerMessage | CustomerTyping | CustomerRead] = TypeAdapter(AnyCustomerFrame)
FRAME_TYPES = frozenset({"message", "typing", "read"})


def to_event(
    frame: CustomerMessage | CustomerTyping | CustomerRead,
    visitor_id: str,
    received_at: datetime,
    media: tuple[Media, ...] | None = None,
) -> AnyInboundEvent:
    """The normalised event of one frame. The thread is the visitor, who is proven by the caller, never by the frame.

    `media` are the uploads that the frame names, where the caller has found them to be this visitor's.

    Ids of a client are unique for its visitor only, so they are kept behind the visitor's id: nobody can use up the id
    of another's message.
    """
    if isinstance(frame, CustomerRead):
        return ReceiptReceived(
            thread_key=visitor_id,
            dedup_key=f"{visitor_id}:{frame.message_id}:{frame.status}",
            provider_at=received_at,
            status=ReceiptStatus(frame.status),
            provider_message_id=frame.message_id,
        )
    dedup_key = f"{visitor_id}:{frame.id}"
    if isinstance(frame, CustomerTyping):
        sender = Sender(address=visitor_id)
        return TypingStarted(thread_key=visitor_id, dedup_key=dedup_key, provider_at=received_at, sender=sender)
    return MessageReceived(
        thread_key=visitor_id,
        dedup_key=dedup_key,
        provider_at=received_at,
        provider_message_id=dedup_key,
        sender=Sender(address=visitor_id, name=frame.name, language=frame.language),
        content=_content(frame, media),
        in_reply_to=frame.in_reply_to,
    )


def _content(frame: CustomerMessage, media: tuple[Media, ...] | None) -> Content:
    choice, location = frame.choice, frame.location
    return Content(
        text=frame.text if frame.text and frame.text.strip() else None,
        media=tuple(_media(item) for item in frame.media) if media is None else media,
        choice=Choice(id=choice.id, title=choice.title) if choice else None,
        location=Location(latitude=location.latitude, longitude=location.longitude, name=location.name)
        if location
        else None,
        cards=(ContactCard(name=frame.name or frame.email, emails=(frame.email,)),) if frame.email else (),
    )


def _media(item: CustomerMedia) -> Media:
    """`provider_ref` names the upload, not a blob: whose upload it is must be checked before it is shown."""
    return Media(
        kind=item.kind,
        mime=item.mime,
        filename=item.filename,
        size=item.size,
        caption=item.caption,
        provider_ref=f"upload:{item.upload}",
    )
