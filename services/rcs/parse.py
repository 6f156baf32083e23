"""Turns one event of an RCS agent into one of ours."""

import base64
import binascii
from typing import Any

from backbone.channel import json
from backbone.channel.batch import Element, digest, ignored
from backbone.errors import PayloadInvalid
from schemas.content import Choice, Content, Location, Media, MediaKind
from schemas.inbound import (
    AnyInboundEvent,
    ConsentChanged,
    MessageReceived,
    ReceiptReceived,
    ReceiptStatus,
    Sender,
    TypingStarted,
)

STATUSES = {
    "DELIVERED": ReceiptStatus.DELIVERED,
    "READ": ReceiptStatus.READ,
    "TTL_EXPIRATION_REVOKED": ReceiptStatus.FAILED,
    "TTL_EXPIRATION_REVOKE_FAILED": ReceiptStatus.FAILED,
}
_KINDS = {"image": MediaKind.IMAGE, "video": MediaKind.VIDEO, "audio": MediaKind.AUDIO}

Events = tuple[AnyInboundEvent, ...]


def inner_of(body: Element) -> bytes | None:
    """The bytes that the envelope of Pub/Sub carries, which are also what is signed; None for a bare event.

    Both alphabets of base64 occur (RFC 4648 §4, §5), with and without padding. Raises `PayloadInvalid`.
    """
    message = body.get("message")
    if not isinstance(message, dict) or "data" not in message:
        return None
    data = json.text(message.get("data"), "data")
    try:
        plain = data.translate(str.maketrans("-_", "+/")).rstrip("=")
        return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except (binascii.Error, ValueError) as error:
        raise PayloadInvalid("the data is not base64") from error


def events_of(event: Element) -> Events:
    """What an event says; one that is not known is ignored by its name. Raises `PayloadInvalid`.

    Only the event itself says which agent it is for: what stands around it is not signed.
    """
    account = json.optional_text(event.get("agentId"))
    kind = json.optional_text(event.get("eventType"))
    if kind in STATUSES:
        return (_receipt(event, account, STATUSES[kind], kind),)
    if kind == "IS_TYPING":
        sender = _sender(event)
        return (TypingStarted(sender=sender, **_shared(event, account, sender.address, _event_id(event))),)
    if kind in {"SUBSCRIBE", "UNSUBSCRIBE"}:
        sender, state = _sender(event), "opted_in" if kind == "SUBSCRIBE" else "opted_out"
        shared = _shared(event, account, sender.address, _event_id(event))
        return (ConsentChanged(sender=sender, state=state, word=kind, **shared),)
    if kind is not None:
        return ignored(event, f"event {kind}", dedup_key=_event_id(event), account_ref=account)
    if "senderPhoneNumber" not in event:
        return ignored(event, f"keys {' '.join(sorted(event))}", account_ref=account)
    return (_message(event, account),)


def _event_id(event: Element) -> str:
    identity = json.optional_text(event.get("eventId"))
    return identity[:512] if identity else digest(event)


def _sender(event: Element) -> Sender:
    """A number with its country's code."""
    return Sender(address=json.identifier(event.get("senderPhoneNumber"), "senderPhoneNumber"))


def _shared(event: Element, account: str | None, thread_key: str, dedup_key: str) -> dict[str, Any]:
    return {
        "thread_key": thread_key,
        "dedup_key": dedup_key,
        "provider_at": json.optional_iso_instant(event.get("sendTime")),
        "account_ref": account,
    }


def _message(event: Element, account: str | None) -> MessageReceived:
    sender = _sender(event)
    identity = json.identifier(event.get("messageId"), "messageId")
    return MessageReceived(
        sender=sender,
        content=_content(event),
        provider_message_id=identity,
        **_shared(event, account, sender.address, identity),
    )


def _receipt(event: Element, account: str | None, status: ReceiptStatus, kind: str) -> ReceiptReceived:
    """A message that was taken back may still arrive where taking back failed: either way it did not in time."""
    person = json.optional_text(event.get("senderPhoneNumber") or event.get("phoneNumber")) or ""
    identity = json.identifier(event.get("messageId"), "messageId")
    return ReceiptReceived(
        status=status,
        provider_message_id=identity,
        error_code=kind.lower() if status is ReceiptStatus.FAILED else None,
        **_shared(event, account, person[:512], f"{identity}:{status.value}"),
    )


def _content(event: Element) -> Content:
    """Raises `PayloadInvalid` where a known part is not what it should be; a message of unknown parts names them."""
    text = json.optional_text(event.get("text"))
    if "suggestionResponse" in event:
        return Content(choice=_suggestion(json.obj(event["suggestionResponse"], "suggestionResponse")))
    media = (_file(json.obj(event["userFile"], "userFile")),) if "userFile" in event else ()
    place = _location(json.obj(event["location"], "location")) if "location" in event else None
    if text or media or place:
        return Content(text=text, media=media, location=place)
    kinds = sorted(set(event) - {"senderPhoneNumber", "messageId", "sendTime", "agentId"})
    return Content(unsupported=(json.clean(" ".join(kinds)) or "empty")[:100])


def _suggestion(answer: Element) -> Choice:
    """A pressed reply or action: what was put into its postback, and its words."""
    title = json.optional_text(answer.get("text"))
    return Choice(id=json.text(answer.get("postbackData") or title, "postbackData"), title=title)


def _file(user_file: Element) -> Media:
    payload = json.obj(user_file.get("payload"), "payload")
    mime = json.optional_text(payload.get("mimeType"))
    size = payload.get("fileSizeBytes")
    return Media(
        kind=_KINDS.get((mime or "").partition("/")[0], MediaKind.FILE),
        mime=mime,
        filename=json.optional_text(payload.get("fileName")),
        size=_size(size),
        url=json.text(payload.get("fileUri"), "fileUri"),
    )


def _size(value: Any) -> int | None:
    """Google writes 64-bit numbers as texts."""
    digits = str(value) if isinstance(value, (int, str)) and not isinstance(value, bool) else ""
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 16 else None


def _location(point: Element) -> Location:
    """Zero is left out in Google's JSON."""
    return Location(
        latitude=json.number(point.get("latitude", 0), "latitude"),
        longitude=json.number(point.get("longitude", 0), "longitude"),
    )
