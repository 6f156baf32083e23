"""Turns one callback of a Viber bot into an event."""

import json as stdlib_json
from collections.abc import Callable
from typing import Any

from backbone.channel import json
from backbone.channel.batch import Element, ignored
from backbone.channel.port import Response
from backbone.errors import PayloadInvalid
from schemas.content import Choice, ContactCard, Content, Location, Media, MediaKind
from schemas.inbound import (
    AnyInboundEvent,
    ConsentChanged,
    MessageReceived,
    ReceiptReceived,
    ReceiptStatus,
    Sender,
)
from services.viber.settings import ViberSettings

STATUSES = {
    "delivered": ReceiptStatus.DELIVERED,
    "seen": ReceiptStatus.READ,
    "failed": ReceiptStatus.FAILED,
}
_DETAIL_MAX = 300
_TRACKING_MAX = 4096
_FILES = {"picture": MediaKind.IMAGE, "video": MediaKind.VIDEO, "file": MediaKind.FILE}

Events = tuple[AnyInboundEvent, ...]


def events_of(callback: Element, settings: ViberSettings) -> Events:
    """What a callback says; one that is not known is ignored by its name. Raises `PayloadInvalid`."""
    name = json.text(callback.get("event"), "event")
    if name in STATUSES:
        return (_receipt(callback, STATUSES[name]),)
    if name == "message":
        return (_message(callback, settings),)
    if name in {"subscribed", "unsubscribed"}:
        return (_consent(callback, name),)
    return ignored(callback, f"event {name}", dedup_key=_dedup(callback, name))


def welcome(callback: Element, settings: ViberSettings) -> Response:
    """The answer to somebody who opens the chat: a message to show at once, where one is set; else nothing."""
    if callback.get("event") != "conversation_started" or settings.welcome_text is None:
        return Response()
    body = {"sender": {"name": settings.sender_name}, "type": "text", "text": settings.welcome_text}
    return Response(body=stdlib_json.dumps(body).encode(), media_type="application/json")


def _token(callback: Element) -> str:
    """A number of 64 bits: its digits, never a floating point number."""
    token = callback.get("message_token")
    if isinstance(token, float):
        raise PayloadInvalid("message_token is not whole")
    return json.identifier(token, "message_token")


def _dedup(callback: Element, name: str) -> str | None:
    """The token names a message and all that happens to it, so the event's name belongs to the key."""
    try:
        return f"{_token(callback)}:{name[:40]}"
    except PayloadInvalid:
        return None


def _shared(callback: Element, thread_key: str, dedup_key: str) -> dict[str, Any]:
    return {
        "thread_key": thread_key,
        "dedup_key": dedup_key,
        "provider_at": json.optional_instant(callback.get("timestamp"), unit="ms"),
    }


def _person(value: Any, where: str) -> Sender:
    """The id belongs to this bot alone: another bot knows the person by another one."""
    person = json.obj(value, where)
    return Sender(
        address=json.identifier(person.get("id"), f"{where}.id"),
        name=json.optional_text(person.get("name")),
        language=json.optional_text(person.get("language")),
    )


def _message(callback: Element, settings: ViberSettings) -> MessageReceived:
    token, sender = _token(callback), _person(callback.get("sender"), "sender")
    return MessageReceived(
        sender=sender,
        content=_content(json.obj(callback.get("message"), "message"), settings),
        provider_message_id=token,
        **_shared(callback, sender.address, token),
    )


def _consent(callback: Element, name: str) -> ConsentChanged:
    """Whoever subscribes can be written to; whoever leaves can't."""
    sender = (
        _person(callback["user"], "user")
        if "user" in callback
        else Sender(address=json.identifier(callback.get("user_id"), "user_id"))
    )
    state = "opted_in" if name == "subscribed" else "opted_out"
    return ConsentChanged(sender=sender, state=state, **_shared(callback, sender.address, f"{_token(callback)}:{name}"))


def _receipt(callback: Element, status: ReceiptStatus) -> ReceiptReceived:
    """Of a failure Viber says only words."""
    token, user = _token(callback), json.identifier(callback.get("user_id"), "user_id")
    failed = status is ReceiptStatus.FAILED
    return ReceiptReceived(
        status=status,
        provider_message_id=token,
        error_code="failed" if failed else None,
        error_detail=(json.optional_text(callback.get("desc")) or "")[:_DETAIL_MAX] or None if failed else None,
        **_shared(callback, user, f"{token}:{status.value}"),
    )


def _content(message: Element, settings: ViberSettings) -> Content:
    """Raises `PayloadInvalid` where a known type lacks what makes it one."""
    kind = json.text(message.get("type"), "type")
    reader = _READERS.get(kind)
    if reader is not None:
        return reader(message)
    if kind in _FILES:
        return Content(media=(_file(message, kind),))
    if kind == "sticker":
        return Content(media=(_sticker(message, settings),))
    return Content(text=json.optional_text(message.get("text")), unsupported=kind[:100])


def _text(message: Element) -> Content:
    """A pressed button sends its title; which one it was stands in the tracking data that went with the buttons."""
    text = json.text(message.get("text"), "text")
    identity = _pressed(message.get("tracking_data"), text)
    return Content(text=text) if identity is None else Content(choice=Choice(id=identity, title=text))


def _pressed(tracking: Any, title: str) -> str | None:
    if not isinstance(tracking, str) or not tracking.startswith('{"buttons":') or len(tracking) > _TRACKING_MAX:
        return None
    try:
        rows = json.array(json.obj(json.loads(tracking.encode("utf-8", "replace"))).get("buttons"))
    except PayloadInvalid:
        return None
    pairs = (row for row in rows if isinstance(row, list) and len(row) == 2)
    return next((json.optional_text(identity) for identity, named in pairs if named == title), None)


def _url(message: Element) -> Content:
    return Content(text=json.text(message.get("media"), "media"))


def _location(message: Element) -> Content:
    place = json.obj(message.get("location"), "location")
    latitude, longitude = json.number(place.get("lat"), "lat"), json.number(place.get("lon"), "lon")
    text = json.optional_text(message.get("text"))
    return Content(
        text=text,
        location=Location(latitude=latitude, longitude=longitude, address=json.optional_text(place.get("address"))),
    )


def _contact(message: Element) -> Content:
    card = json.obj(message.get("contact"), "contact")
    phone = json.optional_text(card.get("phone_number"))
    name = json.optional_text(card.get("name")) or phone
    if name is None:
        raise PayloadInvalid("the contact has neither name nor number")
    return Content(cards=(ContactCard(name=name, phones=(phone,) if phone else ()),))


def _file(message: Element, kind: str) -> Media:
    size = message.get("file_size", message.get("size"))
    return Media(
        kind=_FILES[kind],
        filename=json.optional_text(message.get("file_name")),
        size=size if isinstance(size, int) and not isinstance(size, bool) and 0 <= size < 2**53 else None,
        caption=json.optional_text(message.get("text")),
        url=json.text(message.get("media"), "media"),
    )


def _sticker(message: Element, settings: ViberSettings) -> Media:
    """A number; Viber publishes the pictures of its own stickers beside its documentation."""
    identity = json.identifier(message.get("sticker_id"), "sticker_id")
    url = settings.sticker_url.replace("{id}", identity) if identity.isascii() and identity.isdigit() else None
    given = json.optional_text(message.get("media"))
    return Media(kind=MediaKind.STICKER, url=given or url, caption=json.optional_text(message.get("text")))


_READERS: dict[str, Callable[[Element], Content]] = {
    "text": _text,
    "url": _url,
    "location": _location,
    "contact": _contact,
}
