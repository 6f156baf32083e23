"""The data of messages as partners' systems write and read them: one shape, whatever envelope it travels in. Pure."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from backbone.channel import fallback, json
from backbone.channel.actions import check_action
from backbone.channel.text import split
from backbone.errors import InputInvalid, PayloadInvalid
from schemas.content import Choice, Content, Location, Media, MediaKind
from schemas.inbound import MessageReceived, Sender
from schemas.outbound import OutboundMessage

ID_MAX = 256
TEXT_MAX = 10_000
MEDIA_MAX = 20
BUTTONS_MAX = 10
_URL_MAX = 2000


def received(data: dict[str, Any], *, name: str, dedup_key: str, provider_at: datetime | None) -> MessageReceived:
    """A customer's message. `name` stands for its id where the data has none. Raises `PayloadInvalid`."""
    sender = _sender(json.obj(data.get("sender"), "data.sender"))
    message_id = data.get("id")
    return MessageReceived(
        thread_key=sender.address if data.get("thread") is None else bounded(data["thread"], "data.thread"),
        dedup_key=dedup_key,
        provider_at=provider_at,
        provider_message_id=name if message_id is None else bounded(message_id, "data.id"),
        sender=sender,
        content=_content(data),
        in_reply_to=optional(data.get("in_reply_to"), "data.in_reply_to"),
        subject=optional(data.get("subject"), "data.subject"),
    )


def bounded(value: Any, where: str, most: int = ID_MAX) -> str:
    """A text of at most `most` characters. Raises `PayloadInvalid`."""
    found = json.text(value, where)
    if len(found) > most:
        raise PayloadInvalid(f"{where} is longer than {most} characters")
    return found


def optional(value: Any, where: str, most: int = ID_MAX) -> str | None:
    """As `bounded`; None for null and the empty text."""
    return None if value is None or value == "" else bounded(value, where, most)


def _sender(data: dict[str, Any]) -> Sender:
    return Sender(
        address=bounded(data.get("id"), "data.sender.id"),
        name=optional(data.get("name"), "data.sender.name"),
        language=optional(data.get("language"), "data.sender.language", 35),
    )


def _content(data: dict[str, Any]) -> Content:
    text = optional(data.get("text"), "data.text", TEXT_MAX)
    media = [_media(json.obj(item, "data.media")) for item in json.array(data.get("media") or [], "data.media")]
    location, choice = data.get("location"), data.get("choice")
    if len(media) > MEDIA_MAX:
        raise PayloadInvalid(f"data.media has more than {MEDIA_MAX} elements")
    if not text and not media and location is None and choice is None:
        raise PayloadInvalid("data has no text, media, location or choice")
    return Content(
        text=text,
        media=tuple(media),
        location=None if location is None else _location(json.obj(location, "data.location")),
        choice=None if choice is None else _choice(json.obj(choice, "data.choice")),
    )


def _media(item: dict[str, Any]) -> Media:
    url = bounded(item.get("url"), "data.media.url", _URL_MAX)
    if not url.startswith(("https://", "http://")):
        raise PayloadInvalid("data.media.url is not a link")
    kind = item.get("kind", "file")
    if kind not in MediaKind.__members__.values():
        raise PayloadInvalid("data.media.kind is unknown")
    size = item.get("size")
    if size is not None and (type(size) is not int or not 0 <= size < 2**50):
        raise PayloadInvalid("data.media.size is not a number of bytes")
    return Media(
        kind=MediaKind(kind),
        url=url,
        mime=optional(item.get("mime"), "data.media.mime"),
        filename=optional(item.get("filename"), "data.media.filename"),
        caption=optional(item.get("caption"), "data.media.caption", 1000),
        size=size,
    )


def _location(item: dict[str, Any]) -> Location:
    latitude, longitude = item.get("latitude"), item.get("longitude")
    for value, most in ((latitude, 90), (longitude, 180)):
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not -most <= value <= most:
            raise PayloadInvalid("data.location is not a place on earth")
    return Location(
        latitude=float(item["latitude"]),
        longitude=float(item["longitude"]),
        name=optional(item.get("name"), "data.location.name"),
        address=optional(item.get("address"), "data.location.address", 1000),
    )


def _choice(item: dict[str, Any]) -> Choice:
    return Choice(id=bounded(item.get("id"), "data.choice.id"), title=optional(item.get("title"), "data.choice.title"))


def parts(message: OutboundMessage) -> Sequence[tuple[str, dict[str, Any]]]:
    """The id and the data of each part, in order: the first carries all but the rest of a long text.

    Raises `InputInvalid` for anything but sending, for a template, for media without a link and for a message that says
    nothing.
    """
    check_action(message, (), "A partner")
    content = message.content
    if any(not item.url for item in content.media):
        raise InputInvalid("a partner gets media as links, and one has none")
    listed = fallback.button_lines(content.buttons) if len(content.buttons) > BUTTONS_MAX else None
    texts = split(fallback.paragraphs(content.text, listed), TEXT_MAX)
    extra = dict(_extra(content))
    if not texts and not extra:
        raise InputInvalid("the message has nothing that a partner can show")
    pieces: list[str | None] = [*texts] or [None]
    return [
        (_part_id(message, number), _data(message, text, extra if number == 1 else {}, number, len(pieces)))
        for number, text in enumerate(pieces, 1)
    ]


def _extra(content: Content) -> Iterator[tuple[str, Any]]:
    if content.text and content.text_format == "light":
        yield "text_format", content.text_format
    if content.media:
        fields = {"kind", "url", "mime", "filename", "size", "caption"}
        yield "media", [item.model_dump(mode="json", include=fields, exclude_none=True) for item in content.media]
    if content.buttons and len(content.buttons) <= BUTTONS_MAX:
        yield "buttons", [item.model_dump(mode="json", exclude_none=True) for item in content.buttons]
    if content.choices:
        yield "choices", content.choices.model_dump(mode="json", exclude_none=True)
    if content.carousel:
        yield "carousel", [item.model_dump(mode="json", exclude_defaults=True) for item in content.carousel]
    if content.location:
        yield "location", content.location.model_dump(mode="json", exclude_none=True)
    if content.cards:
        yield "cards", [item.model_dump(mode="json", exclude_defaults=True) for item in content.cards]


def _part_id(message: OutboundMessage, number: int) -> str:
    return message.message_id if number == 1 else f"{message.message_id}-{number}"


def _data(message: OutboundMessage, text: str | None, extra: dict[str, Any], number: int, count: int) -> dict[str, Any]:
    recipient = {"id": message.recipient, "name": message.recipient_name}
    data = {
        "id": _part_id(message, number),
        "thread": message.thread_key,
        "recipient": {key: value for key, value in recipient.items() if value is not None},
        "text": text,
        "subject": message.subject,
        "in_reply_to": message.in_reply_to,
        "automatic": message.automatic or None,
        "part": {"number": number, "of": count} if count > 1 else None,
        **extra,
    }
    return {key: value for key, value in data.items() if value is not None}
