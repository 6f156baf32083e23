"""Turns Plivo's form fields into messages and receipts."""

from backbone.channel import json, sms
from backbone.channel.form import Form
from schemas.content import Content, Media
from schemas.inbound import AnyInboundEvent, EventIgnored, MessageReceived, ReceiptReceived, ReceiptStatus, Sender
from services.plivo.errors import OPTED_OUT, meaning
from services.plivo.settings import PlivoSettings

_RECEIPTS = {
    "sent": ReceiptStatus.SENT,
    "delivered": ReceiptStatus.DELIVERED,
    "read": ReceiptStatus.READ,
    "undelivered": ReceiptStatus.FAILED,
    "failed": ReceiptStatus.FAILED,
    "rejected": ReceiptStatus.FAILED,
}
_MEDIA_MAX = 10


def events(form: Form, external_id: str, settings: PlivoSettings) -> tuple[AnyInboundEvent, ...]:
    """A receipt where there is a state, else a message. Raises `PayloadInvalid`."""
    status = form.get("Status") or form.get("status")
    if status:
        return _receipt(form, status[:40], external_id)
    return sms.with_consent(_message(form, external_id), settings)


def _message(form: Form, external_id: str) -> MessageReceived:
    address = sms.e164(json.identifier(form.text("From"), "From"))
    identity = json.identifier(form.text("MessageUUID"), "MessageUUID")
    return MessageReceived(
        thread_key=address,
        dedup_key=identity,
        account_ref=_ours(form, "To", external_id),
        sender=Sender(address=address),
        content=_content(form),
        provider_message_id=identity,
        automatic=not sms.can_answer(address),
    )


def _ours(form: Form, name: str, external_id: str) -> str | None:
    number = form.get(name)
    return sms.account_ref(json.identifier(number, name) if number else None, external_id)


def _content(form: Form) -> Content:
    links = (form.get(f"Media{index}") or form.get(f"MediaUrl{index}") for index in range(_MEDIA_MAX))
    media: tuple[Media, ...] = tuple(sms.linked_media(link) for link in links if link)
    content = Content(text=form.get("Text") or form.get("Body"), media=media)
    return content if content != Content() else Content(unsupported="empty")


def _receipt(form: Form, status: str, external_id: str) -> tuple[AnyInboundEvent, ...]:
    identity = json.identifier(form.text("MessageUUID"), "MessageUUID")
    to = form.get("To")
    thread_key = sms.e164(json.identifier(to, "To")) if to else ""
    account_ref = _ours(form, "From", external_id)
    dedup_key = f"{identity[:400]}:{status}"
    known = _RECEIPTS.get(status.lower())
    if known is None:
        reason = f"status {status}"
        return (EventIgnored(thread_key=thread_key, dedup_key=dedup_key, account_ref=account_ref, reason=reason),)
    failed = known is ReceiptStatus.FAILED
    code = (form.get("ErrorCode") or "")[:20]
    receipt = ReceiptReceived(
        thread_key=thread_key,
        dedup_key=dedup_key,
        account_ref=account_ref,
        status=known,
        provider_message_id=identity,
        error_code=(code or status) if failed else None,
        error_detail=meaning(code) if failed else None,
    )
    return sms.with_refusal(receipt, opted_out=failed and code == OPTED_OUT)
