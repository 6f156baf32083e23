"""Turns Vonage's messages and states into events, whatever medium they came by."""

from typing import Any

from backbone.channel import json, sms
from backbone.errors import PayloadInvalid
from schemas.content import Choice, Content, Location, MediaKind
from schemas.inbound import AnyInboundEvent, EventIgnored, MessageReceived, ReceiptReceived, ReceiptStatus, Sender
from services.vonage_messages.settings import VonageMessagesSettings

_RECEIPTS = {
    "submitted": ReceiptStatus.SENT,
    "delivered": ReceiptStatus.DELIVERED,
    "read": ReceiptStatus.READ,
    "rejected": ReceiptStatus.FAILED,
    "undeliverable": ReceiptStatus.FAILED,
}
_FILES = {
    "image": MediaKind.IMAGE,
    "video": MediaKind.VIDEO,
    "audio": MediaKind.AUDIO,
    "file": MediaKind.FILE,
    "vcard": MediaKind.FILE,
    "sticker": MediaKind.STICKER,
}

Body = dict[str, Any]


def events(body: Body, external_id: str, settings: VonageMessagesSettings) -> tuple[AnyInboundEvent, ...]:
    """A state where there is one, else a message. Raises `PayloadInvalid`."""
    if body.get("status") is not None:
        return (_receipt(body, external_id),)
    if body.get("message_type") is None:
        identity = json.identifier(body.get("message_uuid"), "message_uuid")
        return (EventIgnored(thread_key="", dedup_key=f"{identity[:500]}:event", reason="neither message nor state"),)
    return sms.with_consent(_message(body, external_id), settings)


def _message(body: Body, external_id: str) -> MessageReceived:
    identity = json.identifier(body.get("message_uuid"), "message_uuid")
    address = sms.e164(json.identifier(body.get("from"), "from"))
    profile = body.get("profile")
    context = body.get("context")
    quoted = context.get("message_uuid") if isinstance(context, dict) else None
    return MessageReceived(
        thread_key=address,
        dedup_key=identity,
        provider_at=json.optional_iso_instant(body.get("timestamp")),
        account_ref=_ours(body.get("to"), external_id),
        sender=Sender(
            address=address, name=json.optional_text(profile.get("name")) if isinstance(profile, dict) else None
        ),
        content=_content(body),
        provider_message_id=identity,
        in_reply_to=json.identifier(quoted, "context.message_uuid") if quoted else None,
        automatic=body.get("channel") in ("sms", "mms") and not sms.can_answer(address),
    )


def _ours(number: Any, external_id: str) -> str | None:
    return sms.account_ref(json.identifier(number, "number") if number else None, external_id)


def _content(body: Body) -> Content:
    kind = json.text(body.get("message_type"), "message_type")[:60]
    if kind == "text":
        text = json.optional_text(body.get("text"))
        return Content(text=text) if text else Content(unsupported="empty")
    if kind in _FILES:
        return _file(json.obj(body.get(kind), kind), _FILES[kind])
    if kind == "location":
        return Content(location=_location(json.obj(body.get("location"), "location")))
    if kind in {"reply", "button"}:
        return Content(choice=_choice(json.obj(body.get(kind), kind)))
    return Content(unsupported=kind)


def _file(part: Body, kind: MediaKind) -> Content:
    media = sms.linked_media(json.text(part.get("url"), "url"))
    named = {"kind": kind, "filename": json.optional_text(part.get("name"))}
    caption = json.optional_text(part.get("caption"))
    return Content(text=caption, media=(media.model_copy(update=named),))


def _location(part: Body) -> Location:
    latitude, longitude = (json.number(part.get(name), name) for name in ("lat", "long"))
    if abs(latitude) > 90 or abs(longitude) > 180:
        raise PayloadInvalid("the location is not a place on earth")
    return Location(
        latitude=latitude,
        longitude=longitude,
        name=json.optional_text(part.get("name")),
        address=json.optional_text(part.get("address")),
    )


def _choice(part: Body) -> Choice:
    title = json.optional_text(part.get("title")) or json.optional_text(part.get("text"))
    return Choice(id=json.identifier(part.get("id") or part.get("payload") or title, "reply.id"), title=title)


def _receipt(body: Body, external_id: str) -> AnyInboundEvent:
    identity = json.identifier(body.get("message_uuid"), "message_uuid")
    status = json.text(body.get("status"), "status")[:40]
    known = _RECEIPTS.get(status)
    to = body.get("to")
    common = {
        "thread_key": sms.e164(json.identifier(to, "to")) if to else "",
        "dedup_key": f"{identity[:400]}:{status}",
        "account_ref": _ours(body.get("from"), external_id),
    }
    if known is None:
        return EventIgnored(**common, reason=f"status {status}")
    failed = known is ReceiptStatus.FAILED
    return ReceiptReceived(
        **common,
        provider_at=json.optional_iso_instant(body.get("timestamp")),
        status=known,
        provider_message_id=identity,
        error_code=_code(body.get("error")) or status if failed else None,
    )


def _code(error: Any) -> str | None:
    """The number that Vonage puts into `title`, or at the end of the link in `type`; its sentences are not passed on."""
    if not isinstance(error, dict):
        return None
    for given in (error.get("title"), error.get("type")):
        found = json.optional_text(given)
        code = found.rpartition("#")[2].rpartition("/")[2] if found else ""
        if code.isascii() and code.isdigit() and len(code) <= 10:
            return code
    return None
