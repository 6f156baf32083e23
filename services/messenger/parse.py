"""Reads a webhook of a page: entries and their elements, each on its own."""

import hashlib
import json as stdlib_json
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from typing import Any

from backbone.channel import json
from backbone.channel.port import Parsed, Rejected
from backbone.errors import PayloadInvalid
from schemas.content import Content
from schemas.inbound import (
    AnyInboundEvent,
    EventIgnored,
    MessageDeleted,
    MessageEchoed,
    MessageEdited,
    MessageReceived,
    ReactionChanged,
    ReceiptReceived,
    ReceiptStatus,
    Sender,
)
from services.messenger.content import content_of, postback_content

ENVELOPE = "page"
SECONDS_BELOW = 100_000_000_000
"""Times are milliseconds; one recorded referral holds seconds, and no real millisecond time is below this (1973)."""

Element = dict[str, Any]
Reader = Callable[[Element], tuple[AnyInboundEvent, ...]]


def parse_body(body: bytes) -> Parsed:
    """All events of a webhook in their order; raises `PayloadInvalid` where the envelope can't be read."""
    envelope = json.obj(json.loads(body), "the body")
    if envelope.get("object") != ENVELOPE:
        if "object" not in envelope:
            raise PayloadInvalid("the body is no webhook of a page")
        return Parsed((_ignored(envelope, None, f"object {str(envelope['object'])[:60]}"),))
    events: list[AnyInboundEvent] = []
    rejected: list[Rejected] = []
    for entry in json.array(envelope.get("entry"), "entry"):
        for element, read in _elements(entry):
            try:
                events += read(json.obj(element, "the element"))
            except PayloadInvalid as error:
                rejected.append(Rejected(error.detail, stdlib_json.dumps(element).encode()))
    return Parsed(tuple(events), tuple(rejected))


def _elements(entry: Any) -> Iterator[tuple[Any, Reader]]:
    """Each element of an entry with what reads it. In `standby` another app owns the conversation; we only listen."""
    if not isinstance(entry, dict):
        yield entry, _refuse
        return
    page = json.optional_text(entry.get("id"))
    readers: dict[str, Reader] = {
        "messaging": partial(_element, page),
        "standby": partial(_unread, page, "standby"),
        "changes": partial(_unread, page, "change"),
    }
    for key, read in readers.items():
        elements = entry.get(key, [])
        if isinstance(elements, list):
            yield from ((element, read) for element in elements)
        else:
            yield entry, _refuse


def _refuse(_: Element) -> tuple[AnyInboundEvent, ...]:
    raise PayloadInvalid("the entry is no object of lists")


def _unread(page: str | None, reason: str, element: Element) -> tuple[AnyInboundEvent, ...]:
    return (_ignored(element, page, reason),)


def _ignored(element: Element, page: str | None, reason: str) -> EventIgnored:
    return EventIgnored(thread_key="", dedup_key=_digest(element), account_ref=page, reason=json.clean(reason))


def _digest(element: Element) -> str:
    """A name for events that have none of their own: the hash of all they hold."""
    return hashlib.sha256(stdlib_json.dumps(element, sort_keys=True).encode()).hexdigest()


def _element(page: str | None, element: Element) -> tuple[AnyInboundEvent, ...]:
    for key, read in _READERS.items():
        if key in element:
            return read(page, element, json.obj(element[key], key))
    kinds = sorted(set(element) - {"sender", "recipient", "timestamp"})
    return (_ignored(element, page, f"messaging {' '.join(kinds)[:60]}".strip()),)


def _person(element: Element, role: str) -> Sender:
    """A page-scoped id: the same person has another one on another page. Webhooks carry no name."""
    return Sender(address=json.identifier(json.obj(element.get(role), role).get("id"), f"{role}.id"))


def _shared(page: str | None, element: Element, thread_key: str, dedup_key: str) -> dict[str, Any]:
    return {
        "thread_key": thread_key,
        "dedup_key": dedup_key,
        "provider_at": _instant(element.get("timestamp")),
        "account_ref": page,
    }


def _instant(value: Any) -> datetime | None:
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return json.optional_instant(value, unit="s" if is_number and value < SECONDS_BELOW else "ms")


def _message(page: str | None, element: Element, message: Element) -> tuple[AnyInboundEvent, ...]:
    mid = json.identifier(message.get("mid"), "mid")
    if message.get("is_echo") is True:
        recipient = _person(element, "recipient")
        shared = _shared(page, element, recipient.address, mid)
        content = content_of(message)
        return (MessageEchoed(recipient=recipient, content=content, provider_message_id=mid, **shared),)
    sender = _person(element, "sender")
    if message.get("is_deleted") is True:
        return (MessageDeleted(provider_message_id=mid, **_shared(page, element, sender.address, f"{mid}:deleted")),)
    content = content_of(message)
    if content == Content():
        raise PayloadInvalid("the message is empty")
    quoted = message.get("reply_to")
    return (
        MessageReceived(
            sender=sender,
            content=content,
            provider_message_id=mid,
            in_reply_to=json.optional_text(quoted.get("mid")) if isinstance(quoted, dict) else None,
            **_shared(page, element, sender.address, mid),
        ),
    )


def _edit(page: str | None, element: Element, edit: Element) -> tuple[AnyInboundEvent, ...]:
    mid, sender = json.identifier(edit.get("mid"), "mid"), _person(element, "sender")
    shared = _shared(page, element, sender.address, _digest(element))
    return (
        MessageEdited(provider_message_id=mid, content=Content(text=json.text(edit.get("text"), "text")), **shared),
    )


def _postback(page: str | None, element: Element, postback: Element) -> tuple[AnyInboundEvent, ...]:
    """Older postbacks have no `mid`: all that they hold names them."""
    sender = _person(element, "sender")
    mid = json.identifier(postback["mid"], "mid") if "mid" in postback else None
    shared = _shared(page, element, sender.address, mid or _digest(element))
    return (MessageReceived(sender=sender, content=postback_content(postback), provider_message_id=mid, **shared),)


def _reaction(page: str | None, element: Element, reaction: Element) -> tuple[AnyInboundEvent, ...]:
    mid, sender = json.identifier(reaction.get("mid"), "mid"), _person(element, "sender")
    action = json.text(reaction.get("action"), "action")
    emoji = json.optional_text(reaction.get("emoji")) or json.optional_text(reaction.get("reaction"))
    shared = _shared(page, element, sender.address, _digest(element))
    return (
        ReactionChanged(provider_message_id=mid, sender=sender, emoji=None if action == "unreact" else emoji, **shared),
    )


def _delivery(page: str | None, element: Element, delivery: Element) -> tuple[AnyInboundEvent, ...]:
    """One receipt a message where they are named (broken names are passed over); else all up to the watermark."""
    mids = delivery.get("mids")
    names = [mid for mid in map(json.optional_text, mids) if mid] if isinstance(mids, list) else []
    if not names:
        return _watermark(page, element, delivery, ReceiptStatus.DELIVERED)
    thread = _person(element, "sender").address
    return tuple(
        ReceiptReceived(
            status=ReceiptStatus.DELIVERED,
            provider_message_id=json.identifier(mid, "mid"),
            **_shared(page, element, thread, f"{mid}:delivered"),
        )
        for mid in names
    )


def _read(page: str | None, element: Element, read: Element) -> tuple[AnyInboundEvent, ...]:
    return _watermark(page, element, read, ReceiptStatus.READ)


def _watermark(
    page: str | None, element: Element, receipt: Element, status: ReceiptStatus
) -> tuple[AnyInboundEvent, ...]:
    """Everything sent to this person up to then is delivered or read."""
    thread = _person(element, "sender").address
    watermark = json.instant(receipt.get("watermark"), "watermark", unit="ms")
    key = f"{status.value}:{int(watermark.timestamp() * 1000)}"
    shared = _shared(page, element, thread, f"{hashlib.sha256(thread.encode()).hexdigest()[:32]}:{key}")
    return (ReceiptReceived(status=status, watermark=watermark, **shared),)


_READERS: dict[str, Callable[[str | None, Element, Element], tuple[AnyInboundEvent, ...]]] = {
    "message": _message,
    "message_edit": _edit,
    "postback": _postback,
    "reaction": _reaction,
    "delivery": _delivery,
    "read": _read,
}
