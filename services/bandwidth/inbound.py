"""Turns Bandwidth's callbacks into messages and receipts, each element of the array on its own."""

from collections.abc import Sequence

from backbone.channel import json, sms
from backbone.channel.batch import Element
from backbone.errors import PayloadInvalid
from schemas.content import Content, Media
from schemas.inbound import AnyInboundEvent, EventIgnored, MessageReceived, ReceiptReceived, ReceiptStatus, Sender
from services.bandwidth.errors import OPTED_OUT, meaning
from services.bandwidth.settings import BandwidthSettings

GROUP = "group:"
"""Before the numbers of everybody but us in the thread key of a group MMS."""

_RECEIPTS = {
    "message-sending": ReceiptStatus.SENT,
    "message-sent": ReceiptStatus.SENT,
    "message-delivered": ReceiptStatus.DELIVERED,
    "message-failed": ReceiptStatus.FAILED,
}
_MEDIA_MAX = 20
_PEOPLE_MAX = 20
_NUMBER_MAX = 20
_LAYOUT = (".smil", ".xml")


def events(element: Element, external_id: str, settings: BandwidthSettings) -> tuple[AnyInboundEvent, ...]:
    """A message, a receipt, or an event that is ignored. Raises `PayloadInvalid`."""
    kind = json.text(element.get("type"), "type")[:60]
    message = json.obj(element.get("message"), "message")
    identity = json.identifier(message.get("id"), "message.id")
    if kind == "message-received":
        return sms.with_consent(_message(element, message, identity, external_id), settings)
    if kind in _RECEIPTS:
        return _receipt(element, message, kind, identity, external_id)
    account_ref = _ours(message, external_id)
    dedup_key = f"{identity[:400]}:{kind}"
    return (EventIgnored(thread_key="", dedup_key=dedup_key, account_ref=account_ref, reason=f"type {kind}"),)


def _message(element: Element, message: Element, identity: str, external_id: str) -> MessageReceived:
    address = sms.e164(json.identifier(message.get("from"), "message.from"))
    ours = _ours(message, external_id)
    others = [number for number in _numbers(message) if number != sms.e164(ours or external_id)]
    group = sorted({address, *others}) if others else []
    return MessageReceived(
        thread_key=GROUP + ",".join(group) if group else address,
        dedup_key=identity,
        provider_at=json.optional_iso_instant(message.get("time")) or json.optional_iso_instant(element.get("time")),
        account_ref=ours,
        sender=Sender(address=address),
        content=_content(message),
        provider_message_id=identity,
        participants=tuple(Sender(address=number) for number in others),
        automatic=not sms.can_answer(address),
    )


def _ours(message: Element, external_id: str) -> str | None:
    owner = message.get("owner")
    return sms.account_ref(json.identifier(owner, "message.owner") if owner else None, external_id)


def _numbers(message: Element) -> Sequence[str]:
    """Everybody it went to, us among them. Raises `PayloadInvalid` for more than a group can hold."""
    to = message.get("to")
    given = to if isinstance(to, list) else [to] if to else []
    found = [sms.e164(json.identifier(number, "message.to")) for number in given[: _PEOPLE_MAX + 1]]
    if len(found) > _PEOPLE_MAX or any(len(number) > _NUMBER_MAX for number in found):
        raise PayloadInvalid("too many people for a group message, or too long numbers")
    return found


def _content(message: Element) -> Content:
    links = message.get("media")
    media = [_media(link) for link in (links if isinstance(links, list) else [])[:_MEDIA_MAX]]
    content = Content(text=json.optional_text(message.get("text")), media=tuple(item for item in media if item))
    return content if content != Content() else Content(unsupported="empty")


def _media(link: object) -> Media | None:
    """A file by its link; None for the layout of an MMS."""
    url = json.optional_text(link)
    return None if url is None or url.lower().endswith(_LAYOUT) else sms.linked_media(url)


def _receipt(
    element: Element, message: Element, kind: str, identity: str, external_id: str
) -> tuple[AnyInboundEvent, ...]:
    """The state of one recipient: of a group message each has its own."""
    status = _RECEIPTS[kind]
    people = _numbers(message)
    to = element.get("to")
    person = sms.e164(json.identifier(to, "to")) if to else (people[0] if len(people) == 1 else "")
    failed = status is ReceiptStatus.FAILED
    code = _error_code(element.get("errorCode"))
    receipt = ReceiptReceived(
        thread_key=person if len(people) <= 1 else GROUP + ",".join(sorted(set(people))),
        dedup_key=f"{identity[:350]}:{kind}:{person[:100]}",
        provider_at=json.optional_iso_instant(element.get("time")),
        account_ref=_ours(message, external_id),
        status=status,
        provider_message_id=identity,
        error_code=code if failed else None,
        error_detail=meaning(code) if failed else None,
    )
    return sms.with_refusal(receipt, opted_out=failed and code == OPTED_OUT and len(people) <= 1)


def _error_code(value: object) -> str:
    number = isinstance(value, int) and not isinstance(value, bool)
    return (json.optional_text(str(value)) or "failed")[:20] if number or isinstance(value, str) else "failed"
