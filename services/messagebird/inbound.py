"""Turns MessageBird's fields into messages and receipts: long numbers, short codes and MMS each name them otherwise."""

from datetime import UTC, datetime

from backbone.channel import json, sms
from backbone.channel.form import Form
from backbone.errors import PayloadInvalid
from schemas.content import Content, Media
from schemas.inbound import AnyInboundEvent, EventIgnored, MessageReceived, ReceiptReceived, ReceiptStatus, Sender
from services.messagebird.errors import OPTED_OUT, meaning
from services.messagebird.settings import MessagebirdSettings

_RECEIPTS = {
    "sent": ReceiptStatus.SENT,
    "delivered": ReceiptStatus.DELIVERED,
    "expired": ReceiptStatus.FAILED,
    "delivery_failed": ReceiptStatus.FAILED,
}
_MEDIA_MAX = 10
_MEDIA_FIELDS = ("mediaURLs", "mediaUrls", "mediaURLs[]", "mediaUrls[]")


def events(form: Form, external_id: str, settings: MessagebirdSettings) -> tuple[AnyInboundEvent, ...]:
    """A receipt where there is a state or its time, else a message. Raises `PayloadInvalid`."""
    if form.get("status") or form.get("statusDatetime"):
        return _receipt(form)
    return sms.with_consent(_message(form, external_id), settings)


def _message(form: Form, external_id: str) -> MessageReceived:
    address = sms.e164(json.identifier(_first(form, "originator", "sender", "msisdn"), "originator"))
    identity = json.identifier(_first(form, "id", "message_id", "mid"), "id")
    ours = _first(form, "recipient", "receiver", "shortcode")
    return MessageReceived(
        thread_key=address,
        dedup_key=identity,
        provider_at=_sent_at(form),
        account_ref=sms.account_ref(json.identifier(ours) if ours else None, external_id),
        sender=Sender(address=address),
        content=_content(form),
        provider_message_id=identity,
        subject=form.get("subject"),
        automatic=not sms.can_answer(address),
    )


def _content(form: Form) -> Content:
    content = Content(text=_first(form, "body", "message", "text"), media=_media(form))
    return content if content != Content() else Content(unsupported="empty")


def _media(form: Form) -> tuple[Media, ...]:
    links = [link for name in _MEDIA_FIELDS for value in form.fields.get(name, ()) for link in _links(value)]
    return tuple(sms.linked_media(link) for link in links[:_MEDIA_MAX])


def _links(value: str) -> list[str]:
    """One link, or a JSON array of them."""
    if not value.startswith("["):
        return [value] if value else []
    try:
        return [json.text(link) for link in json.array(json.loads(value.encode()))]
    except PayloadInvalid:
        return []


def _sent_at(form: Form) -> datetime | None:
    """RFC 3339, or the short codes' seconds since 1970; None where neither can be read."""
    written = _first(form, "createdDatetime", "CreatedDatetime", "statusDatetime")
    if written is None:
        return json.optional_instant(form.get("date_utc"))
    try:
        found = datetime.fromisoformat(written)
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def _receipt(form: Form) -> tuple[AnyInboundEvent, ...]:
    identity = json.identifier(form.text("id"), "id")
    status = (form.get("status") or "")[:40]
    known = _RECEIPTS.get(status)
    thread_key = sms.e164(json.identifier(form.text("recipient"), "recipient")) if form.get("recipient") else ""
    dedup_key = f"{identity[:400]}:{status}"
    if known is None:
        reason = f"status {status}" if status else "no status"
        return (EventIgnored(thread_key=thread_key, dedup_key=dedup_key, reason=reason),)
    failed = known is ReceiptStatus.FAILED
    code = (form.get("statusErrorCode") or "0")[:20]
    receipt = ReceiptReceived(
        thread_key=thread_key,
        dedup_key=dedup_key,
        provider_at=_sent_at(form),
        status=known,
        provider_message_id=identity,
        error_code=(status if code == "0" else code) if failed else None,
        error_detail=meaning(code) if failed else None,
    )
    return sms.with_refusal(receipt, opted_out=failed and code == OPTED_OUT)


def _first(form: Form, *names: str) -> str | None:
    return next((value for name in names if (value := form.get(name))), None)
