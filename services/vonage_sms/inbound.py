"""Turns Vonage's fields, whichever way they come, into messages and receipts."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from backbone.channel import form, json, sms
from backbone.channel.port import Request
from backbone.errors import PayloadInvalid
from schemas.content import Content
from schemas.inbound import AnyInboundEvent, EventIgnored, MessageReceived, ReceiptReceived, ReceiptStatus, Sender
from services.vonage_sms.errors import meaning
from services.vonage_sms.settings import VonageSmsSettings

Fields = Mapping[str, str]

_RECEIPTS = {
    "accepted": ReceiptStatus.SENT,
    "delivered": ReceiptStatus.DELIVERED,
    "failed": ReceiptStatus.FAILED,
    "rejected": ReceiptStatus.FAILED,
    "expired": ReceiptStatus.FAILED,
    "deleted": ReceiptStatus.FAILED,
}
_TIME_LENGTH = len("2026-11-20 09:00:00")


def fields_of(request: Request) -> Fields:
    """The fields of a webhook, whichever way it comes. Raises `PayloadInvalid`.

    A doubled name is refused: the signature can't say which of its values counts.
    """
    fields = form.of_request(request).fields
    if any(len(values) > 1 for values in fields.values()):
        raise PayloadInvalid("a field is doubled")
    return {name: values[0] for name, values in fields.items() if values}


def events(fields: Fields, external_id: str, settings: VonageSmsSettings) -> tuple[AnyInboundEvent, ...]:
    """A receipt where there is a status, else a message. Raises `PayloadInvalid`."""
    if fields.get("status"):
        return (_receipt(fields, external_id),)
    return sms.with_consent(_message(fields, external_id), settings)


def _message(fields: Fields, external_id: str) -> MessageReceived:
    address = sms.e164(json.identifier(fields.get("msisdn"), "msisdn"))
    identity = json.identifier(fields.get("messageId"), "messageId")
    return MessageReceived(
        thread_key=address,
        dedup_key=identity,
        provider_at=_sent_at(fields),
        account_ref=sms.account_ref(json.identifier(fields["to"], "to") if fields.get("to") else None, external_id),
        sender=Sender(address=address),
        content=_content(fields),
        provider_message_id=identity,
        automatic=not sms.can_answer(address),
    )


def _content(fields: Fields) -> Content:
    if fields.get("type") == "binary":
        return Content(unsupported="binary")
    return Content(text=fields["text"]) if fields.get("text") else Content(unsupported="empty")


def _sent_at(fields: Fields) -> datetime | None:
    """`message-timestamp`, which is UTC; parts of one long message go by their number, a microsecond apart."""
    given = fields.get("message-timestamp", "")
    try:
        at = datetime.fromisoformat(given).replace(tzinfo=UTC) if len(given) == _TIME_LENGTH else None
    except ValueError:
        at = None
    if at is None:
        return None
    part = fields.get("concat-part", "")
    return at + timedelta(microseconds=int(part)) if part.isascii() and part.isdigit() and len(part) <= 3 else at


def _receipt(fields: Fields, external_id: str) -> AnyInboundEvent:
    status = fields["status"][:40]
    identity = json.identifier(fields.get("messageId"), "messageId")
    person = fields.get("msisdn")
    thread_key = sms.e164(json.identifier(person, "msisdn")) if person else ""
    account_ref = sms.account_ref(json.identifier(fields["to"], "to") if fields.get("to") else None, external_id)
    known = _RECEIPTS.get(status)
    dedup_key = f"{identity[:400]}:{status}"
    if known is None:
        return EventIgnored(
            thread_key=thread_key, dedup_key=dedup_key, account_ref=account_ref, reason=f"status {status}"
        )
    failed = known is ReceiptStatus.FAILED
    code = (fields.get("err-code") or "0")[:20]
    return ReceiptReceived(
        thread_key=thread_key,
        dedup_key=dedup_key,
        provider_at=_sent_at(fields),
        account_ref=account_ref,
        status=known,
        provider_message_id=identity,
        error_code=(status if code == "0" else code) if failed else None,
        error_detail=meaning(code) if failed else None,
    )
