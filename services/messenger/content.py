"""What a Messenger message says: text, attachments, pressed buttons; unknown attachments by their name."""

from typing import Any

from backbone.channel import json
from schemas.content import Choice, Content, Location, Media, MediaKind

_KINDS = {
    "image": MediaKind.IMAGE,
    "video": MediaKind.VIDEO,
    "audio": MediaKind.AUDIO,
    "file": MediaKind.FILE,
}


def content_of(message: dict[str, Any]) -> Content:
    """The content of `message`; raises `PayloadInvalid` where its attachments are no list of objects."""
    if message.get("is_unsupported") is True:
        return Content(unsupported="unsupported")
    lines = [json.optional_text(message.get("text"))]
    media: list[Media] = []
    location, unsupported = None, None
    for item in json.array(message.get("attachments") or [], "attachments"):
        attachment = json.obj(item, "an attachment")
        kind = json.text(attachment.get("type"), "attachment.type")
        payload = _payload(attachment)
        url = _link(payload.get("url"))
        if kind in _KINDS and url:
            media.append(_media(kind, payload, url))
        elif kind == "location":
            location = _location(json.obj(payload.get("coordinates"), "coordinates"))
        else:
            line = _shared(attachment, payload)
            lines.append(line)
            unsupported = unsupported or (None if line else kind[:100])
    text = "\n".join(line for line in lines if line) or None
    return Content(
        text=text, media=tuple(media), location=location, choice=_quick_reply(message), unsupported=unsupported
    )


def _payload(attachment: dict[str, Any]) -> dict[str, Any]:
    payload = attachment.get("payload")
    return payload if isinstance(payload, dict) else {}


def _media(kind: str, payload: dict[str, Any], url: str) -> Media:
    """A sticker is a picture with a sticker's id."""
    is_sticker = kind == "image" and payload.get("sticker_id") is not None
    return Media(kind=MediaKind.STICKER if is_sticker else _KINDS[kind], url=url)


def _link(value: Any) -> str | None:
    """A link that can be fetched: some attachments only have a path within Meta's own site."""
    url = json.optional_text(value)
    return url if url and url.startswith(("https://", "http://")) else None


def _location(coordinates: dict[str, Any]) -> Location:
    return Location(
        latitude=json.number(coordinates.get("lat"), "lat"), longitude=json.number(coordinates.get("long"), "long")
    )


def _shared(attachment: dict[str, Any], payload: dict[str, Any]) -> str | None:
    """Title and link of a shared post, product or reel."""
    title = json.optional_text(attachment.get("title")) or json.optional_text(payload.get("title"))
    url = _link(attachment.get("url")) or _link(payload.get("url"))
    return " ".join(word for word in (title, url) if word) or None


def _quick_reply(message: dict[str, Any]) -> Choice | None:
    reply = message.get("quick_reply")
    payload = json.optional_text(reply.get("payload")) if isinstance(reply, dict) else None
    return Choice(id=payload, title=json.optional_text(message.get("text"))) if payload else None
