"""What stands in a partner's webhooks: reads `message.received`, writes `message.sent`."""

import json as stdlib_json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from backbone.channel import fallback, json
from backbone.channel.port import Request
from backbone.channel.text import split
from backbone.errors import InputInvalid, PayloadInvalid
from schemas.content import Choice, Content, Location, Media, MediaKind
from schemas.inbound import AnyInboundEvent, EventIgnored, MessageReceived, Sender
from schemas.outbound import OutboundMessage

ID_MAX = 256
TEXT_MAX = 10_000
MEDIA_MAX = 20
BUTTONS_MAX = 10
_URL_MAX = 2000


def read(request: Request) -> AnyInboundEvent:
    """The event of one webhook; types other than `message.received` give `EventIgnored`. Raises `PayloadInvalid`."""
    webhook_id = _bounded(request.header("webhook-id"), "webhook-id")
    body = json.obj(json.loads(request.body), "the body")
    kind = json.text(body.get("type"), "type")
    if kind != "message.received":
        return EventIgnored(thread_key="", dedup_key=webhook_id, reason=f"an event of type {kind[:100]}")
    data = json.obj(body.get("data"), "data")
    sender = _sender(json.obj(data.get("sender"), "data.sender"))
    message_id = data.get("id")
    return MessageReceived(
        thread_key=sender.address if data.get("thread") is None else _bounded(data["thread"], "data.thread"),
        dedup_key=webhook_id,
        provider_at=_instant(body.get("timestamp")),
        provider_message_id=webhook_id if message_id is None else _bounded(message_id, "data.id"),
        sender=sender,
        content=_content(data),
        in_reply_to=_optional(data.get("in_reply_to"), "data.in_reply_to"),
        subject=_optional(data.get("subject"), "data.subject"),
    )


def _bounded(value: Any, where: str, most: int = ID_MAX) -> str:
    found = json.text(value, where)
    if len(found) > most:
        raise PayloadInvalid(f"{where} is longer than {most} characters")
    return found


def _optional(value: Any, where: str, most: int = ID_MAX) -> str | None:
    return None if value is None or value == "" else _bounded(value, where, most)


def _instant(value: Any) -> datetime | None:
    """An RFC 3339 time with its zone; None where it is absent. Raises `PayloadInvalid` for anything else."""
    if value is None:
        return None
    try:
        at = datetime.fromisoformat(json.text(value, "timestamp"))
        return at.astimezone(UTC) if at.tzinfo else _refuse_naive()
    except (ValueError, OverflowError) as error:
        raise PayloadInvalid("timestamp is not an RFC 3339 time") from error


def _refuse_naive() -> datetime:
    raise PayloadInvalid("timestamp has no zone")


def _sender(data: dict[str, Any]) -> Sender:
    return Sender(
        address=_bounded(data.get("id"), "data.sender.id"),
        name=_optional(data.get("name"), "data.sender.name"),
        language=_optional(data.get("language"), "data.sender.language", 35),
    )


def _content(data: dict[str, Any]) -> Content:
    text = _optional(data.get("text"), "data.text", TEXT_MAX)
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
    url = _bounded(item.get("url"), "data.media.url", _URL_MAX)
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
        mime=_optional(item.get("mime"), "data.media.mime"),
        filename=_optional(item.get("filename"), "data.media.filename"),
        caption=_optional(item.get("caption"), "data.media.caption", 1000),
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
        name=_optional(item.get("name"), "data.location.name"),
        address=_optional(item.get("address"), "data.location.address", 1000),
    )


def _choice(item: dict[str, Any]) -> Choice:
    return Choice(
        id=_bounded(item.get("id"), "data.choice.id"), title=_optional(item.get("title"), "data.choice.title")
    )


def write(message: OutboundMessage) -> Sequence[tuple[str, bytes]]:
    """The webhook id and the body of each part, in order. The same message gives the same bytes.

    Raises `InputInvalid` for a template, for media without a link and for a message that says nothing.
    """
    content = message.content
    if any(not item.url for item in content.media):
        raise InputInvalid("a partner gets media as links, and one has none")
    listed = fallback.button_lines(content.buttons) if len(content.buttons) > BUTTONS_MAX else None
    texts = split(fallback.paragraphs(content.text, listed), TEXT_MAX)
    extra = dict(_extra(content))
    if not texts and not extra:
        raise InputInvalid("the message has nothing that a partner can show")
    parts: list[str | None] = [*texts] or [None]
    return [
        (_part_id(message, number), _body(message, text, extra if number == 1 else {}, number, len(parts)))
        for number, text in enumerate(parts, 1)
    ]


def _extra(content: Content) -> Iterator[tuple[str, Any]]:
    if content.media:
        fields = {"kind", "url", "mime", "filename", "size", "caption"}
        yield "media", [item.model_dump(mode="json", include=fields, exclude_none=True) for item in content.media]
    if content.buttons and len(content.buttons) <= BUTTONS_MAX:
        yield "buttons", [item.model_dump(mode="json", exclude_none=True) for item in content.buttons]
    if content.location:
        yield "location", content.location.model_dump(mode="json", exclude_none=True)
    if content.cards:
        yield "cards", [item.model_dump(mode="json", exclude_defaults=True) for item in content.cards]


def _part_id(message: OutboundMessage, number: int) -> str:
    return message.message_id if number == 1 else f"{message.message_id}-{number}"


def _body(message: OutboundMessage, text: str | None, extra: dict[str, Any], number: int, parts: int) -> bytes:
    data = {
        "id": _part_id(message, number),
        "thread": message.thread_key,
        "recipient": {"id": message.recipient, "name": message.recipient_name},
        "text": text,
        "subject": message.subject,
        "in_reply_to": message.in_reply_to,
        "automatic": message.automatic or None,
        "part": {"number": number, "of": parts} if parts > 1 else None,
        **extra,
    }
    data["recipient"] = {key: value for key, value in data["recipient"].items() if value is not None}
    at = message.created_at.astimezone(UTC).isoformat().replace("+00:00", "Z")
    envelope = {
        "type": "message.sent",
        "timestamp": at,
        "data": {key: value for key, value in data.items() if value is not None},
    }
    return stdlib_json.dumps(envelope, separators=(",", ":")).encode()
