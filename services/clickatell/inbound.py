"""Turns Clickatell's JSON into messages and receipts; texts come in the charset that they name."""

from typing import Any
from urllib.parse import unquote_to_bytes

from backbone.channel import json, sms
from backbone.errors import PayloadInvalid
from schemas.content import Content
from schemas.inbound import AnyInboundEvent, EventIgnored, MessageReceived, ReceiptReceived, ReceiptStatus, Sender
from services.clickatell.errors import meaning
from services.clickatell.settings import ClickatellSettings

_RECEIPTS = {
    "3": ReceiptStatus.SENT,
    "4": ReceiptStatus.DELIVERED,
    "8": ReceiptStatus.SENT,
    **dict.fromkeys(("1", "5", "6", "7", "9", "10", "12", "14"), ReceiptStatus.FAILED),
}
_CHARSETS = {"UTF-16BE": "utf-16-be", "UCS-2": "utf-16-be"}

Body = dict[str, Any]


def events(body: Body, external_id: str, settings: ClickatellSettings) -> tuple[AnyInboundEvent, ...]:
    """A receipt where there is a status, else a message. Raises `PayloadInvalid`."""
    if body.get("statusCode") is not None or body.get("status") is not None:
        return (_receipt(body, external_id),)
    return sms.with_consent(_message(body, external_id), settings)


def _message(body: Body, external_id: str) -> MessageReceived:
    address = sms.e164(json.identifier(body.get("fromNumber") or body.get("from"), "fromNumber"))
    identity = json.identifier(body.get("messageId"), "messageId")
    text = _text(body)
    quoted = body.get("replyMessageId")
    return MessageReceived(
        thread_key=address,
        dedup_key=identity,
        provider_at=json.optional_instant(body.get("timestamp"), unit="ms"),
        account_ref=_ours(body.get("toNumber") or body.get("to"), external_id),
        sender=Sender(address=address),
        content=Content(text=text) if text else Content(unsupported="empty"),
        provider_message_id=identity,
        in_reply_to=json.identifier(quoted, "replyMessageId") if quoted else None,
        automatic=not sms.can_answer(address),
    )


def _ours(number: Any, external_id: str) -> str | None:
    return sms.account_ref(json.identifier(number, "number") if number else None, external_id)


def _text(body: Body) -> str | None:
    """UTF-16 comes percent-encoded byte by byte, with plus signs for blanks; all else as it is. Raises `PayloadInvalid`."""
    given = json.optional_text(body.get("text"))
    charset = json.optional_text(body.get("charset")) or ""
    codec = _CHARSETS.get(charset.upper())
    if given is None or codec is None:
        return given
    try:
        raw = unquote_to_bytes(given.replace("+", " "))
        return json.clean(raw.decode(codec))
    except UnicodeError as error:
        raise PayloadInvalid("the text is not in the charset that it names") from error


def _receipt(body: Body, external_id: str) -> AnyInboundEvent:
    identity = json.identifier(body.get("messageId") or body.get("apiMessageId"), "messageId")
    given = body.get("statusCode")
    code = json.identifier(given if given is not None else body.get("status"), "statusCode")[:20].lstrip("0")
    known = _RECEIPTS.get(code)
    to = body.get("toNumber") or body.get("to")
    common = {
        "thread_key": sms.e164(json.identifier(to, "toNumber")) if to else "",
        "dedup_key": f"{identity[:400]}:{code}",
        "account_ref": _ours(body.get("fromNumber") or body.get("from"), external_id),
    }
    if known is None:
        return EventIgnored(**common, reason=f"status {code}")
    failed = known is ReceiptStatus.FAILED
    return ReceiptReceived(
        **common,
        provider_at=json.optional_instant(body.get("timestamp"), unit="ms"),
        status=known,
        provider_message_id=identity,
        error_code=code if failed else None,
        error_detail=meaning(code) if failed else None,
    )
