"""Turns one request of Apple's gateway into an event."""

import zlib
from typing import Any

from backbone.channel import json
from backbone.channel.batch import Element, ignored
from backbone.channel.port import Request
from backbone.errors import PayloadInvalid
from schemas.content import Choice, Content, Media, MediaKind
from schemas.inbound import AnyInboundEvent, ConsentChanged, MessageReceived, Sender, TypingStarted
from services.apple_mfb import attachments

BODY_MAX = 4 * 1024 * 1024
"""What a compressed body may become."""

_GZIP = b"\x1f\x8b"
_PLACEHOLDER = "\ufffc"
_KINDS = {"image": MediaKind.IMAGE, "video": MediaKind.VIDEO, "audio": MediaKind.AUDIO}

Events = tuple[AnyInboundEvent, ...]


def body_of(request: Request) -> bytes:
    """The body, unpacked where it came packed. Raises `PayloadInvalid` where it can't be, or would be too large."""
    if not request.body.startswith(_GZIP):
        return request.body
    unpacker = zlib.decompressobj(wbits=31)
    try:
        body = unpacker.decompress(request.body, BODY_MAX)
    except zlib.error as error:
        raise PayloadInvalid("the body is no gzip") from error
    if unpacker.unconsumed_tail or not unpacker.eof:
        raise PayloadInvalid("the body is cut off or too large")
    return body


def events_of(body: Element) -> Events:
    """What a message says; a type that is not known is ignored by its name. Raises `PayloadInvalid`.

    The headers say the same as the body: a body without a sender is one that we sent.
    """
    kind = json.text(body.get("type"), "type")
    identity = json.identifier(body.get("id"), "id")
    account = json.optional_text(body.get("destinationId"))
    if kind not in {"text", "interactive", "typing_start", "close"}:
        return ignored(body, f"type {kind}", dedup_key=identity, account_ref=account)
    address = json.identifier(body.get("sourceId"), "sourceId")
    sender = Sender(address=address, language=json.optional_text(body.get("locale")))
    shared: dict[str, Any] = {"thread_key": address, "dedup_key": identity, "account_ref": account}
    if kind == "typing_start":
        return (TypingStarted(sender=sender, **shared),)
    if kind == "close":
        return (ConsentChanged(sender=sender, state="opted_out", word="close", **shared),)
    content = _interactive(body) if kind == "interactive" else _text(body)
    return (MessageReceived(sender=sender, content=content, provider_message_id=identity, **shared),)


def _text(body: Element) -> Content:
    """The words without the signs that stand for attachments; raises `PayloadInvalid` where nothing is left."""
    text = (json.optional_text(body.get("body")) or "").replace(_PLACEHOLDER, "").strip()
    files = json.array(body.get("attachments") or [], "attachments")
    content = Content(text=text or None, media=tuple(_media(json.obj(item, "an attachment")) for item in files))
    if content == Content():
        raise PayloadInvalid("the message is empty")
    return content


def _media(attachment: Element) -> Media:
    """What is known of it, and how to fetch and open it: each is sealed with a key of its own."""
    mime = json.optional_text(attachment.get("mimeType"))
    size = attachment.get("size")
    return Media(
        kind=_KINDS.get((mime or "").partition("/")[0], MediaKind.FILE),
        mime=mime,
        filename=json.optional_text(attachment.get("name")),
        size=size if isinstance(size, int) and not isinstance(size, bool) and 0 <= size < 2**53 else None,
        provider_ref=attachments.reference(attachment),
    )


def _interactive(body: Element) -> Content:
    """A picked quick reply, row or time; what is too large comes as a reference, and others by their name."""
    if "interactiveDataRef" in body and "interactiveData" not in body:
        return Content(unsupported="interactiveDataRef")
    whole = json.obj(body.get("interactiveData"), "interactiveData")
    data = json.obj(whole.get("data"), "data")
    title = _title(data) or _title(whole)
    for picked in (_quick_reply(data), _row(data), _time(data)):
        if picked is not None:
            return Content(choice=picked if picked.title else picked.model_copy(update={"title": title}))
    kinds = sorted(key for key in data if isinstance(data[key], dict) and not key.endswith("Message"))
    return Content(text=title, unsupported=f"interactive {json.clean(' '.join(kinds))}".strip()[:100])


def _title(data: Element) -> str | None:
    """What the customer sees of their own answer."""
    reply = data.get("replyMessage")
    return json.optional_text(reply.get("title")) if isinstance(reply, dict) else None


def _quick_reply(data: Element) -> Choice | None:
    reply = data.get("quick-reply")
    if not isinstance(reply, dict):
        return None
    items = [item for item in json.array(reply.get("items") or [], "items") if isinstance(item, dict)]
    picked, index = reply.get("selectedIdentifier"), reply.get("selectedIndex")
    found = next((item for item in items if picked is not None and item.get("identifier") == picked), None)
    if found is None and isinstance(index, int) and not isinstance(index, bool) and 0 <= index < len(items):
        found = items[index]
    identity = json.optional_text(picked) or json.optional_text((found or {}).get("identifier"))
    if identity is None:
        raise PayloadInvalid("the quick reply names nothing")
    return Choice(id=identity, title=json.optional_text((found or {}).get("title")))


def _row(data: Element) -> Choice | None:
    """The first row picked is the choice; where more can be picked, all of them stand in its data."""
    picker = data.get("listPicker")
    if not isinstance(picker, dict):
        return None
    rows: list[tuple[str, str | None]] = []
    for section in json.array(picker.get("sections"), "sections"):
        for item in json.array(json.obj(section, "a section").get("items"), "items"):
            row = json.obj(item, "an item")
            rows.append((json.text(row.get("identifier"), "identifier"), json.optional_text(row.get("title"))))
    if not rows:
        raise PayloadInvalid("no row is picked")
    several: dict[str, object] | None = {"picked": [identity for identity, _ in rows]} if len(rows) > 1 else None
    return Choice(id=rows[0][0], title=rows[0][1], data=several)


def _time(data: Element) -> Choice | None:
    event = data.get("event")
    if not isinstance(event, dict):
        return None
    slots = [slot for slot in json.array(event.get("timeslots"), "timeslots") if isinstance(slot, dict)]
    if not slots:
        raise PayloadInvalid("no time is picked")
    start = json.optional_text(slots[0].get("startTime"))
    return Choice(
        id=json.text(slots[0].get("identifier") or start, "timeslot"), data={"start": start} if start else None
    )
