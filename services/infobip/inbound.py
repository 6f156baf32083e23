"""Turns Infobip's `results` into messages and receipts, each element on its own."""

from typing import Any

from backbone.channel import json, sms
from backbone.channel.batch import Element
from backbone.errors import PayloadInvalid
from schemas.content import Content, Media
from schemas.inbound import AnyInboundEvent, EventIgnored, MessageReceived, ReceiptReceived, ReceiptStatus, Sender
from services.infobip.settings import InfobipSettings

_RECEIPTS = {
    "DELIVERED": ReceiptStatus.DELIVERED,
    "UNDELIVERABLE": ReceiptStatus.FAILED,
    "EXPIRED": ReceiptStatus.FAILED,
    "REJECTED": ReceiptStatus.FAILED,
}
_SENT = frozenset({"PENDING_ENROUTE", "PENDING_ACCEPTED"})
"""Names of a pending message that the carrier has; others wait at Infobip."""
_PARTS_MAX = 20


def events(element: Element, external_id: str, settings: InfobipSettings) -> tuple[AnyInboundEvent, ...]:
    """A receipt where there is a state or a time of seeing, else a message. Raises `PayloadInvalid`."""
    if "status" in element:
        return (_receipt(element, external_id),)
    if "seenAt" in element and not element.keys() & {"text", "message", "cleanText"}:
        return (_seen(element, external_id),)
    return sms.with_consent(_message(element, external_id), settings)


def _message(element: Element, external_id: str) -> MessageReceived:
    address = sms.e164(json.identifier(element.get("from") or element.get("sender"), "from"))
    identity = json.identifier(element.get("messageId"), "messageId")
    return MessageReceived(
        thread_key=address,
        dedup_key=identity,
        provider_at=json.optional_iso_instant(element.get("receivedAt")),
        account_ref=_account_ref(element.get("to") or element.get("destination"), external_id),
        sender=Sender(address=address),
        content=_content(element),
        provider_message_id=identity,
        automatic=not sms.can_answer(address),
    )


def _account_ref(number: Any, external_id: str) -> str | None:
    return sms.account_ref(json.identifier(number, "to") if number else None, external_id)


def _content(element: Element) -> Content:
    said = element.get("message")
    parts = said if isinstance(said, list) else [said] if isinstance(said, dict) else []
    found = [_part(part) for part in parts[:_PARTS_MAX]]
    texts = [json.optional_text(element.get("text") or element.get("cleanText"))]
    texts += [part for part in found if isinstance(part, str)]
    media = tuple(part for part in found if isinstance(part, Media))
    content = Content(text="\n".join(text for text in texts if text) or None, media=media)
    return content if content != Content() else Content(unsupported="empty")


def _part(part: Any) -> str | Media | None:
    """A text, or a file by its link, of a message with parts; None for the layout of an MMS (SMIL)."""
    value = json.obj(part, "a part")
    mime = json.optional_text(value.get("contentType") or value.get("type"))
    link = json.optional_text(value.get("url"))
    if link:
        return None if mime == "application/smil" else sms.linked_media(link, mime if mime and "/" in mime else None)
    return json.optional_text(value.get("value") or value.get("text"))


def _receipt(element: Element, external_id: str) -> AnyInboundEvent:
    identity = json.identifier(element.get("messageId"), "messageId")
    status = json.obj(element.get("status"), "status")
    group = json.text(status.get("groupName"), "groupName")[:40]
    name = (json.optional_text(status.get("name")) or group)[:80]
    known = ReceiptStatus.SENT if name in _SENT else _RECEIPTS.get(group)
    common = {
        "thread_key": _person(element),
        "dedup_key": f"{identity[:350]}:{name if group == 'PENDING' else group}",
        "account_ref": _account_ref(element.get("from") or element.get("sender"), external_id),
    }
    if known is None:
        return EventIgnored(**common, reason=f"status {name}")
    failed = known is ReceiptStatus.FAILED
    return ReceiptReceived(
        **common,
        provider_at=json.optional_iso_instant(element.get("doneAt")),
        status=known,
        provider_message_id=identity,
        error_code=_error_name(element) or name if failed else None,
        error_detail=_detail(element) if failed else None,
    )


def _seen(element: Element, external_id: str) -> ReceiptReceived:
    identity = json.identifier(element.get("messageId"), "messageId")
    return ReceiptReceived(
        thread_key=_person(element),
        dedup_key=f"{identity[:350]}:SEEN",
        provider_at=json.optional_iso_instant(element.get("seenAt")),
        account_ref=_account_ref(element.get("from") or element.get("sender"), external_id),
        status=ReceiptStatus.READ,
        provider_message_id=identity,
    )


def _person(element: Element) -> str:
    to = element.get("to") or element.get("destination")
    return sms.e164(json.identifier(to, "to")) if to else ""


def _error_name(element: Element) -> str | None:
    """Infobip's own name of what went wrong, such as `EC_ABSENT_SUBSCRIBER`; `NO_ERROR` says nothing."""
    error = element.get("error")
    name = json.optional_text(error.get("name")) if isinstance(error, dict) else None
    return None if name in {None, "NO_ERROR"} else str(name)[:80]


def _detail(element: Element) -> str | None:
    error = element.get("error")
    if not isinstance(error, dict) or not isinstance(error.get("permanent"), bool):
        return None
    return "It will not work later either." if error["permanent"] else "It may work later."


def results_of(body: bytes) -> list[Any]:
    """The elements of a webhook; raises `PayloadInvalid` where there is no list of them."""
    found = json.obj(json.loads(body), "the body").get("results")
    if not isinstance(found, list):
        raise PayloadInvalid("results is not an array")
    return found
