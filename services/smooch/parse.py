"""Turns each event of a Sunshine Conversations webhook into one of ours."""

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
    MessageDeleted,
    MessageEchoed,
    MessageReceived,
    ReceiptReceived,
    ReceiptStatus,
    Sender,
    TypingStarted,
)

STATUSES = {
    "conversation:message:delivery:channel": ReceiptStatus.SENT,
    "conversation:message:delivery:user": ReceiptStatus.DELIVERED,
    "conversation:message:delivery:failure": ReceiptStatus.FAILED,
}
_DETAIL_MAX = 300
_KINDS = {"image": MediaKind.IMAGE, "video": MediaKind.VIDEO, "audio": MediaKind.AUDIO}

Events = tuple[AnyInboundEvent, ...]


def parse_body(body: bytes) -> Parsed:
    """All events in their order. Raises `PayloadInvalid` where the envelope can't be read."""
    envelope = json.obj(json.loads(body), "the body")
    app = envelope.get("app")
    read = partial(_event, json.optional_text(app.get("id")) if isinstance(app, dict) else None)
    return read_each((element, read) for element in json.array(envelope.get("events"), "events"))


def _event(account: str | None, event: Element) -> Events:
    kind = json.text(event.get("type"), "type")
    if kind in STATUSES:
        return (_receipt(event, account, STATUSES[kind]),)
    reader = _READERS.get(kind)
    if reader is None:
        return ignored(event, f"event {kind}", dedup_key=_name(event), account_ref=account)
    return reader(event, account)


def _name(event: Element) -> str:
    identity = json.optional_text(event.get("id"))
    return identity[:512] if identity else digest(event)


def _thread(payload: Element) -> str:
    return json.identifier(json.obj(payload.get("conversation"), "conversation").get("id"), "conversation.id")


def _shared(event: Element, account: str | None, thread_key: str, at: Any = None) -> dict[str, Any]:
    return {
        "thread_key": thread_key,
        "dedup_key": _name(event),
        "provider_at": json.optional_iso_instant(at) or json.optional_iso_instant(event.get("createdAt")),
        "account_ref": account,
    }


def _person(payload: Element, author: Element) -> Sender:
    """The user behind the medium. The id that the business gave them is one that only it can give, so it is an alias."""
    given = author.get("user") if isinstance(author.get("user"), dict) else payload.get("user")
    user: Element = given if isinstance(given, dict) else {}
    address = json.identifier(author.get("userId") or user.get("id"), "userId")
    profile = user.get("profile")
    names = [author.get("displayName")]
    if isinstance(profile, dict):
        names.append(" ".join(filter(None, (json.optional_text(profile.get(k)) for k in ("givenName", "surname")))))
    external = json.optional_text(author.get("userExternalId")) or json.optional_text(user.get("externalId"))
    return Sender(
        address=address,
        name=next((name for name in map(json.optional_text, names) if name), None),
        aliases=(external,) if external and external != address and len(external) <= 128 else (),
        language=json.optional_text(profile.get("locale")) if isinstance(profile, dict) else None,
    )


def _message(event: Element, account: str | None) -> Events:
    """A business message is our own, or one of another system on the same conversation: an echo either way."""
    payload = json.obj(event.get("payload"), "payload")
    message = json.obj(payload.get("message"), "message")
    identity = json.identifier(message.get("id"), "message.id")
    thread = _thread(payload)
    shared = _shared(event, account, thread, message.get("received"))
    if message.get("deleted") is True:
        return (MessageDeleted(provider_message_id=identity, **shared),)
    author = json.obj(message.get("author"), "author")
    content = _content(json.obj(message.get("content"), "content"))
    if author.get("type") != "user":
        return (
            MessageEchoed(
                recipient=_recipient(payload, thread), content=content, provider_message_id=identity, **shared
            ),
        )
    return (
        MessageReceived(
            sender=_person(payload, author),
            content=content,
            provider_message_id=identity,
            in_reply_to=_quoted(message),
            **shared,
        ),
    )


def _recipient(payload: Element, thread: str) -> Sender:
    """The user where the payload names one, else the conversation stands for them."""
    user = payload.get("user")
    identity = json.optional_text(user.get("id")) if isinstance(user, dict) else None
    return Sender(address=identity or thread)


def _quoted(message: Element) -> str | None:
    """Sunshine's own id of the quoted message; one that is known by the medium's id alone can't be matched."""
    quoted = message.get("quotedMessage")
    if not isinstance(quoted, dict):
        return None
    inner = quoted.get("message")
    return json.optional_text(inner.get("id")) if isinstance(inner, dict) else None


def _postback(event: Element, account: str | None) -> Events:
    payload = json.obj(event.get("payload"), "payload")
    postback = json.obj(payload.get("postback"), "postback")
    title = json.optional_text(postback.get("text"))
    choice = Choice(id=json.text(postback.get("payload") or title, "postback.payload"), title=title)
    sender = _person(payload, {})
    shared = _shared(event, account, _thread(payload))
    return (MessageReceived(sender=sender, content=Content(choice=choice), **shared),)


def _activity(event: Element, account: str | None) -> Events:
    """Typing and reading, by the customer; what the business itself does is not news."""
    payload = json.obj(event.get("payload"), "payload")
    activity = json.obj(payload.get("activity"), "activity")
    kind, author = json.text(activity.get("type"), "activity.type"), json.obj(activity.get("author"), "author")
    shared = _shared(event, account, _thread(payload))
    if author.get("type") != "user" or kind not in {"typing:start", "conversation:read"}:
        return ignored(event, f"activity {kind}", dedup_key=_name(event), account_ref=account)
    if kind == "typing:start":
        return (TypingStarted(sender=_person(payload, author), **shared),)
    if shared["provider_at"] is None:
        raise PayloadInvalid("the time of reading is missing")
    return (ReceiptReceived(status=ReceiptStatus.READ, watermark=shared["provider_at"], **shared),)


def _receipt(event: Element, account: str | None, status: ReceiptStatus) -> ReceiptReceived:
    payload = json.obj(event.get("payload"), "payload")
    message = json.identifier(json.obj(payload.get("message"), "message").get("id"), "message.id")
    found = payload.get("error")
    error: Element = found if isinstance(found, dict) and status is ReceiptStatus.FAILED else {}
    code = error.get("code")
    return ReceiptReceived(
        status=status,
        provider_message_id=message,
        error_code=json.clean(str(code))[:60] if isinstance(code, (str, int)) and code else None,
        error_detail=(json.optional_text(error.get("message")) or "")[:_DETAIL_MAX] or None,
        **_shared(event, account, _thread(payload)),
    )


_READERS: dict[str, Callable[[Element, str | None], Events]] = {
    "conversation:message": _message,
    "conversation:postback": _postback,
    "conversation:typing": _activity,
    "conversation:read": _activity,
}


def _content(content: Element) -> Content:
    """Raises `PayloadInvalid` where a known type lacks what makes it one."""
    kind = json.text(content.get("type"), "content.type")
    if kind == "text":
        return _text(content)
    if kind in {"image", "file"}:
        return Content(text=json.optional_text(content.get("text")), media=(_media(content, kind),))
    if kind == "location":
        return Content(location=_location(content))
    if kind == "formResponse":
        return _form(content)
    return Content(text=json.optional_text(content.get("text")), unsupported=kind[:100])


def _text(content: Element) -> Content:
    """With a `payload` it is a picked reply."""
    text = json.text(content.get("text"), "text")
    payload = json.optional_text(content.get("payload"))
    return Content(text=text, choice=Choice(id=payload, title=text) if payload else None)


def _media(content: Element, kind: str) -> Media:
    mime = json.optional_text(content.get("mediaType"))
    size = content.get("mediaSize")
    family = (mime or "").partition("/")[0]
    return Media(
        kind=MediaKind.IMAGE if kind == "image" else _KINDS.get(family, MediaKind.FILE),
        mime=mime,
        size=int(size) if isinstance(size, (int, float)) and not isinstance(size, bool) and 0 <= size < 2**53 else None,
        caption=json.optional_text(content.get("altText")),
        url=json.text(content.get("mediaUrl"), "mediaUrl"),
    )


def _location(content: Element) -> Location:
    point = json.obj(content.get("coordinates"), "coordinates")
    place = content.get("location")
    named: Element = place if isinstance(place, dict) else {}
    return Location(
        latitude=json.number(point.get("lat"), "lat"),
        longitude=json.number(point.get("long"), "long"),
        name=json.optional_text(named.get("name")),
        address=json.optional_text(named.get("address")),
    )


def _form(content: Element) -> Content:
    """The answers of a form, each under its name, and as lines to read."""
    fields = [json.obj(field, "a field") for field in json.array(content.get("fields"), "fields")]
    data: dict[str, object] = {json.text(field.get("name"), "name"): json.cleaned(_answer(field)) for field in fields}
    lines = [f"{json.optional_text(field.get('label')) or field.get('name')}: {_said(field)}" for field in fields]
    return Content(text=json.clean("\n".join(lines)) or None, choice=Choice(id="form", data=data))


def _said(field: Element) -> str:
    answer = _answer(field)
    return ", ".join(map(str, answer)) if isinstance(answer, list) else str(answer)


def _answer(field: Element) -> Any:
    selected = field.get("select")
    if isinstance(selected, list):
        return [row.get("name") or row.get("label") for row in selected if isinstance(row, dict)]
    return field.get("text") or field.get("email") or ""
