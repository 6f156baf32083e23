"""Turns Zenvia's events into messages, echoes and receipts."""

from typing import Any

from backbone.channel import json, sms
from backbone.channel.batch import digest
from backbone.errors import PayloadInvalid
from schemas.content import Choice, ContactCard, Content, Location, Media
from schemas.inbound import (
    AnyInboundEvent,
    EventIgnored,
    MessageEchoed,
    MessageReceived,
    ReceiptReceived,
    ReceiptStatus,
    Sender,
)
from services.zenvia.settings import ZenviaSettings

_RECEIPTS = {
    "SENT": ReceiptStatus.SENT,
    "DELIVERED": ReceiptStatus.DELIVERED,
    "READ": ReceiptStatus.READ,
    "NOT_DELIVERED": ReceiptStatus.FAILED,
    "REJECTED": ReceiptStatus.FAILED,
}
_PARTS_MAX = 30

Body = dict[str, Any]


def events(body: Body, external_id: str, settings: ZenviaSettings) -> tuple[AnyInboundEvent, ...]:
    """A message or a state; other types are ignored. Raises `PayloadInvalid`."""
    kind = json.text(body.get("type"), "type")[:60]
    if kind == "MESSAGE":
        return _message(body, json.obj(body.get("message"), "message"), external_id, settings)
    if kind == "MESSAGE_STATUS":
        return (_receipt(body, external_id),)
    identity = body.get("id")
    dedup_key = json.identifier(identity, "id") if identity else digest(body)
    return (EventIgnored(thread_key="", dedup_key=dedup_key, reason=f"type {kind}"),)


def _message(body: Body, message: Body, external_id: str, settings: ZenviaSettings) -> tuple[AnyInboundEvent, ...]:
    identity = json.identifier(message.get("id") or body.get("id"), "message.id")
    writer = sms.e164(json.identifier(message.get("from"), "message.from"))
    to = message.get("to")
    other = json.identifier(to, "message.to") if to else None
    at = json.optional_iso_instant(message.get("timestamp")) or json.optional_iso_instant(body.get("timestamp"))
    content = _content(message)
    if message.get("direction") == "OUT":
        person = sms.e164(other or "")
        echo = MessageEchoed(
            thread_key=person,
            dedup_key=identity,
            provider_at=at,
            account_ref=sms.account_ref(writer, external_id),
            recipient=Sender(address=person),
            content=content,
            provider_message_id=identity,
        )
        return (echo,)
    said = MessageReceived(
        thread_key=writer,
        dedup_key=identity,
        provider_at=at,
        account_ref=sms.account_ref(other, external_id),
        sender=Sender(address=writer, name=_name(message.get("visitor"))),
        content=content,
        provider_message_id=identity,
        automatic=not sms.can_answer(writer),
    )
    return sms.with_consent(said, settings)


def _name(visitor: Any) -> str | None:
    if not isinstance(visitor, dict):
        return None
    parts = (json.optional_text(visitor.get("firstName")), json.optional_text(visitor.get("lastName")))
    return json.optional_text(visitor.get("name")) or " ".join(part for part in parts if part) or None


def _content(message: Body) -> Content:
    """All parts as one: texts by lines, files, a place, a card, and the button that was pressed."""
    texts: list[str] = []
    media: list[Media] = []
    found: dict[str, Any] = {}
    unknown: list[str] = []
    for item in json.array(message.get("contents"), "message.contents")[:_PARTS_MAX]:
        part = json.obj(item, "a content")
        kind = json.text(part.get("type"), "content.type")[:60]
        if kind == "text":
            texts += [text] if (text := json.optional_text(part.get("text"))) else []
        elif kind == "file":
            media.append(_media(part))
        elif kind == "location":
            found["location"] = _location(part)
        elif kind == "contacts":
            found["cards"] = _cards(part)
        elif kind in {"button", "replyButton", "list", "interactive"} and (choice := _choice(part)):
            found["choice"] = choice
        else:
            unknown.append(kind)
    content = Content(text="\n".join(texts) or None, media=tuple(media), **found)
    return content if content != Content() else Content(unsupported=unknown[0] if unknown else "empty")


def _media(part: Body) -> Media:
    mime = json.optional_text(part.get("fileMimeType"))
    media = sms.linked_media(json.text(part.get("fileUrl"), "fileUrl"), mime)
    return media.model_copy(
        update={
            "filename": json.optional_text(part.get("fileName")),
            "caption": json.optional_text(part.get("fileCaption")),
        }
    )


def _location(part: Body) -> Location:
    latitude, longitude = (json.number(part.get(name), name) for name in ("latitude", "longitude"))
    if abs(latitude) > 90 or abs(longitude) > 180:
        raise PayloadInvalid("the location is not a place on earth")
    return Location(
        latitude=latitude,
        longitude=longitude,
        name=json.optional_text(part.get("name")),
        address=json.optional_text(part.get("address")),
    )


def _cards(part: Body) -> tuple[ContactCard, ...]:
    found = []
    for item in json.array(part.get("contacts"), "contacts")[:_PARTS_MAX]:
        contact = json.obj(item, "a contact")
        names = contact.get("name")
        given = names.get("formattedName") or names.get("firstName") if isinstance(names, dict) else names
        phones = contact.get("phones")
        numbers = (
            [phone.get("phone") for phone in phones if isinstance(phone, dict)] if isinstance(phones, list) else []
        )
        listed = tuple(json.clean(number) for number in numbers[:_PARTS_MAX] if isinstance(number, str) and number)
        found.append(ContactCard(name=json.text(given, "contact.name"), phones=listed))
    return tuple(found)


def _choice(part: Body) -> Choice | None:
    identity = json.optional_text(part.get("payload")) or json.optional_text(part.get("id"))
    title = json.optional_text(part.get("text")) or json.optional_text(part.get("title"))
    return Choice(id=identity or title or "", title=title) if identity or title else None


def _receipt(body: Body, external_id: str) -> AnyInboundEvent:
    identity = json.identifier(body.get("messageId"), "messageId")
    status = json.obj(body.get("messageStatus"), "messageStatus")
    code = json.text(status.get("code"), "messageStatus.code")[:60]
    known = _RECEIPTS.get(code.upper())
    to = body.get("to")
    ours = body.get("from")
    common = {
        "thread_key": sms.e164(json.identifier(to, "to")) if to else "",
        "dedup_key": f"{identity[:400]}:{code}",
        "account_ref": sms.account_ref(json.identifier(ours, "from") if ours else None, external_id),
    }
    if known is None:
        return EventIgnored(**common, reason=f"status {code}")
    failed = known is ReceiptStatus.FAILED
    return ReceiptReceived(
        **common,
        provider_at=json.optional_iso_instant(status.get("timestamp")),
        status=known,
        provider_message_id=identity,
        error_code=(_cause(status) or code) if failed else None,
    )


def _cause(status: Body) -> str | None:
    """The medium's own code of what went wrong, where Zenvia passes it on."""
    causes = status.get("causes")
    first = causes[0] if isinstance(causes, list) and causes and isinstance(causes[0], dict) else {}
    code = first.get("channelErrorCode")
    plain = isinstance(code, (str, int)) and not isinstance(code, bool) and code != ""
    return json.clean(str(code))[:40] if plain else None
