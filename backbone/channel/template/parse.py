"""Turns one element of a New channel webhook into an event."""

from typing import Any

from backbone.channel import json
from backbone.errors import PayloadInvalid
from schemas.content import Content, Media, MediaKind
from schemas.inbound import AnyInboundEvent, EventIgnored, MessageReceived, ReceiptReceived, ReceiptStatus, Sender

_KINDS = {"image": MediaKind.IMAGE, "file": MediaKind.FILE}
_STATUSES = {"delivered": ReceiptStatus.DELIVERED, "read": ReceiptStatus.READ, "failed": ReceiptStatus.FAILED}


def event_of(element: Any, account_ref: str) -> AnyInboundEvent:
    """One event; types that are not known are ignored, broken elements raise `PayloadInvalid`."""
    value = json.obj(element, "an event")
    kind = json.text(value.get("type"), "type")
    identity = json.text(value.get("id"), "id")
    if kind == "message":
        return _message(value, identity, account_ref)
    if kind == "receipt":
        return _receipt(value, account_ref)
    return EventIgnored(thread_key="", dedup_key=identity, account_ref=account_ref, reason=f"type {kind[:60]}")


def _message(value: dict[str, Any], identity: str, account_ref: str) -> MessageReceived:
    person = json.obj(value.get("from"), "from")
    address = json.text(person.get("id"), "from.id")
    content = Content(
        text=json.optional_text(value.get("text")),
        media=tuple(_media(item) for item in json.array(value.get("files", []), "files")),
    )
    if not content.text and not content.media:
        raise PayloadInvalid("a message without text and files")
    return MessageReceived(
        thread_key=address,
        dedup_key=identity,
        provider_at=json.instant(value.get("at"), "at"),
        account_ref=account_ref,
        sender=Sender(address=address, name=json.optional_text(person.get("name"))),
        content=content,
        provider_message_id=identity,
    )


def _media(item: Any) -> Media:
    value = json.obj(item, "a file")
    kind = _KINDS.get(json.text(value.get("kind"), "kind"), MediaKind.FILE)
    return Media(kind=kind, url=json.text(value.get("url"), "url"), filename=json.optional_text(value.get("name")))


def _receipt(value: dict[str, Any], account_ref: str) -> ReceiptReceived:
    message = json.text(value.get("message_id"), "message_id")
    status = _STATUSES.get(json.text(value.get("status"), "status"))
    if status is None:
        raise PayloadInvalid("a receipt with a status that is not known")
    return ReceiptReceived(
        thread_key=json.optional_text(value.get("to")) or "",
        dedup_key=f"{message}:{status.value}",
        provider_at=json.instant(value.get("at"), "at"),
        account_ref=account_ref,
        status=status,
        provider_message_id=message,
    )
