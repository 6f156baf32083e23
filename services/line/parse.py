"""Turns each event of a LINE webhook into one of ours."""

from collections.abc import Callable
from functools import partial
from typing import Any

from backbone.channel import json
from backbone.channel.batch import Element, digest, ignored, read_each
from backbone.channel.port import Parsed
from backbone.errors import PayloadInvalid
from schemas.content import Choice, Content, Location, Media, MediaKind
from schemas.inbound import (
    AnyInboundEvent,
    ConsentChanged,
    MessageDeleted,
    MessageEdited,
    MessageReceived,
    Sender,
)
from services.line.settings import LineSettings

GROUPS = {"group": "groupId", "room": "roomId"}
_FILES = {
    "image": MediaKind.IMAGE,
    "video": MediaKind.VIDEO,
    "audio": MediaKind.AUDIO,
    "file": MediaKind.FILE,
}

Events = tuple[AnyInboundEvent, ...]


def parse_body(body: bytes, settings: LineSettings) -> Parsed:
    """All events in their order; the console's test has none. Raises `PayloadInvalid` where the envelope can't be read."""
    envelope = json.obj(json.loads(body), "the body")
    account = json.optional_text(envelope.get("destination"))
    read = partial(_event, account, settings)
    return read_each((element, read) for element in json.array(envelope.get("events"), "events"))


def _event(account: str | None, settings: LineSettings, event: Element) -> Events:
    kind = json.text(event.get("type"), "type")
    reader = _READERS.get(kind)
    if event.get("mode") == "standby":
        return ignored(event, "standby", dedup_key=_name(event), account_ref=account)
    if reader is None:
        return ignored(event, f"event {kind}", dedup_key=_name(event), account_ref=account)
    return (reader(event, account, settings),)


def _name(event: Element) -> str:
    """The event's own id, the same when it is delivered again; older events have none but that of their message."""
    identity = json.optional_text(event.get("webhookEventId"))
    if identity:
        return identity[:512]
    message = event.get("message")
    number = json.optional_text(message.get("id")) if isinstance(message, dict) else None
    if number and event.get("type") == "message":
        return number[:512]
    return digest({**event, "deliveryContext": None})


def _place(event: Element) -> tuple[str, Sender]:
    """The thread and who wrote. In groups LINE may keep back who it was: then the group stands for them."""
    source = json.obj(event.get("source"), "source")
    kind = json.text(source.get("type"), "source.type")
    if kind not in GROUPS:
        person = json.identifier(source.get("userId"), "userId")
        return person, Sender(address=person)
    thread = f"{kind}:{json.identifier(source.get(GROUPS[kind]), GROUPS[kind])}"
    user = source.get("userId")
    return thread, Sender(address=thread if user is None else json.identifier(user, "userId"))


def _shared(event: Element, account: str | None, thread_key: str) -> dict[str, Any]:
    return {
        "thread_key": thread_key,
        "dedup_key": _name(event),
        "provider_at": json.optional_instant(event.get("timestamp"), unit="ms"),
        "account_ref": account,
    }


def _message(event: Element, account: str | None, settings: LineSettings) -> MessageReceived:
    thread, sender = _place(event)
    message = json.obj(event.get("message"), "message")
    return MessageReceived(
        sender=sender,
        content=_content(message, settings),
        provider_message_id=json.identifier(message.get("id"), "message.id"),
        in_reply_to=json.optional_text(message.get("quotedMessageId")),
        **_shared(event, account, thread),
    )


def _edited(event: Element, account: str | None, settings: LineSettings) -> MessageEdited:
    thread, _ = _place(event)
    message = json.obj(event.get("message"), "message")
    return MessageEdited(
        provider_message_id=json.identifier(message.get("id"), "message.id"),
        content=_content(message, settings),
        **_shared(event, account, thread),
    )


def _unsent(event: Element, account: str | None, _: LineSettings) -> MessageDeleted:
    thread = _place(event)[0]
    unsend = json.obj(event.get("unsend"), "unsend")
    return MessageDeleted(
        provider_message_id=json.identifier(unsend.get("messageId"), "messageId"), **_shared(event, account, thread)
    )


def _postback(event: Element, account: str | None, _: LineSettings) -> MessageReceived:
    """A pressed button; `params` hold a picked date or time, or the new rich menu."""
    thread, sender = _place(event)
    postback = json.obj(event.get("postback"), "postback")
    params = postback.get("params")
    data = json.cleaned(params) if isinstance(params, dict) and params else None
    choice = Choice(id=json.text(postback.get("data"), "data"), data=data)
    return MessageReceived(sender=sender, content=Content(choice=choice), **_shared(event, account, thread))


def _consent(event: Element, account: str | None, _: LineSettings) -> ConsentChanged:
    """Whoever adds the account or lifts the block can be written to; whoever blocks it can't."""
    thread, sender = _place(event)
    state = "opted_in" if event.get("type") == "follow" else "opted_out"
    return ConsentChanged(sender=sender, state=state, **_shared(event, account, thread))


_READERS: dict[str, Callable[[Element, str | None, LineSettings], AnyInboundEvent]] = {
    "message": _message,
    "messageEdited": _edited,
    "unsend": _unsent,
    "postback": _postback,
    "follow": _consent,
    "unfollow": _consent,
}


def _content(message: Element, settings: LineSettings) -> Content:
    """Raises `PayloadInvalid` where a known type lacks what makes it one."""
    kind = json.text(message.get("type"), "message.type")
    if kind == "text":
        return Content(text=json.text(message.get("text"), "text"))
    if kind in _FILES:
        return Content(media=(_file(message, kind),))
    if kind == "sticker":
        return Content(media=(_sticker(message, settings),))
    if kind == "location":
        return Content(location=_location(message))
    return Content(text=json.optional_text(message.get("text")), unsupported=kind[:100])


def _file(message: Element, kind: str) -> Media:
    """LINE holds the file under the message's id, or a link where the sender's app holds it."""
    provider = message.get("contentProvider")
    outside = isinstance(provider, dict) and provider.get("type") == "external"
    url = json.optional_text(provider.get("originalContentUrl")) if isinstance(provider, dict) and outside else None
    size = message.get("fileSize")
    return Media(
        kind=_FILES[kind],
        filename=json.optional_text(message.get("fileName")),
        size=size if isinstance(size, int) and not isinstance(size, bool) and 0 <= size < 2**53 else None,
        url=url,
        provider_ref=None if url else json.identifier(message.get("id"), "message.id"),
    )


def _sticker(message: Element, settings: LineSettings) -> Media:
    """What is written on the sticker, else what LINE says that it means."""
    identity = json.identifier(message.get("stickerId"), "stickerId")
    keywords = message.get("keywords")
    words = [word for word in map(json.optional_text, keywords) if word] if isinstance(keywords, list) else []
    return Media(
        kind=MediaKind.STICKER,
        url=settings.sticker_url.replace("{id}", identity) if identity.isascii() and identity.isdigit() else None,
        caption=json.optional_text(message.get("text")) or ", ".join(words[:5]) or None,
    )


def _location(message: Element) -> Location:
    latitude, longitude = json.number(message.get("latitude"), "lat"), json.number(message.get("longitude"), "long")
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise PayloadInvalid("the location is not in degrees")
    return Location(
        latitude=latitude,
        longitude=longitude,
        name=json.optional_text(message.get("title")),
        address=json.optional_text(message.get("address")),
    )
