"""Meta's conversations of pages and Instagram accounts: the webhook envelope and its elements, the same for both.

Meta's Messenger Platform documents both media together; what a message holds differs and is handed in.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from pydantic import SecretStr

from backbone.channel import hub, json, meta_poll
from backbone.channel.batch import Element, Reader, digest, ignored, read_each, refuse
from backbone.channel.port import Context, Parsed, Request
from backbone.channel.signature import check_hmac_header
from backbone.errors import PayloadInvalid
from schemas.content import Choice, Content
from schemas.inbound import (
    AnyInboundEvent,
    MessageDeleted,
    MessageEchoed,
    MessageEdited,
    MessageReceived,
    Post,
    ReactionChanged,
    ReceiptReceived,
    ReceiptStatus,
    Sender,
)

SIGNATURE_HEADER = "x-hub-signature-256"
SECONDS_BELOW = 100_000_000_000
"""Times are milliseconds; some recorded ones hold seconds, and no real millisecond time is below this (1973)."""

Events = tuple[AnyInboundEvent, ...]


@dataclass(frozen=True, slots=True)
class Medium:
    """What differs: the envelope's name, what a message says and what post it is about, and which changes are messages."""

    envelope: str
    content_of: Callable[[Element], Content]
    post_of: Callable[[Element], Post | None] = lambda _: None
    message_fields: frozenset[str] = frozenset()


def verify(request: Request, verify_token: SecretStr, app_secrets: Sequence[SecretStr]) -> None:
    """The word of the handshake on GET; else `X-Hub-Signature-256` over the raw body with the app's secret.

    The signature carries no time: a repeated webhook is stopped by its de-duplication key alone. What a poll brought needs
    none. Raises `SignatureMissing` or `SignatureInvalid`.
    """
    if request.method == meta_poll.METHOD:
        return
    if request.method == "GET":
        hub.check_token(request, verify_token)
    else:
        check_hmac_header(request, SIGNATURE_HEADER, app_secrets, request.body, prefix="sha256=")


def parse(request: Request, medium: Medium, context: Context) -> Parsed:
    """The challenge on GET; else all events of a webhook, or of what a poll brought, in their order.

    Raises `PayloadInvalid` where the envelope can't be read.
    """
    if request.method == meta_poll.METHOD:
        return meta_poll.parse(request.body, context.account.external_id, context.now)
    if request.method == "GET":
        return hub.challenge(request)
    envelope = json.obj(json.loads(request.body), "the body")
    if envelope.get("object") != medium.envelope:
        if "object" not in envelope:
            raise PayloadInvalid("the body is no webhook of Meta's")
        return Parsed(ignored(envelope, f"object {str(envelope['object'])[:60]}"))
    entries = json.array(envelope.get("entry"), "entry")
    return read_each(pair for entry in entries for pair in _elements(entry, medium))


def _elements(entry: Any, medium: Medium) -> Iterator[tuple[Any, Reader]]:
    """Each element of an entry with what reads it. In `standby` another app owns the conversation; we only listen."""
    if not isinstance(entry, dict):
        yield entry, refuse
        return
    account = json.optional_text(entry.get("id"))
    readers: dict[str, Reader] = {
        "messaging": partial(_element, medium, account),
        "standby": lambda element: ignored(element, "standby", account_ref=account),
        "changes": partial(_change, medium, account),
    }
    for key, read in readers.items():
        elements = entry.get(key, [])
        if isinstance(elements, list):
            yield from ((element, read) for element in elements)
        else:
            yield entry, refuse


def _change(medium: Medium, account: str | None, change: Element) -> Events:
    """Comments and the like belong to other channels; some apps get their messages in this shape, too."""
    if json.optional_text(change.get("field")) in medium.message_fields:
        return _element(medium, account, json.obj(change.get("value"), "value"))
    return ignored(change, "change", account_ref=account)


def _element(medium: Medium, account: str | None, element: Element) -> Events:
    for key, read in _READERS.items():
        if key in element:
            return read(medium, account, element, json.obj(element[key], key))
    kinds = sorted(set(element) - {"sender", "recipient", "timestamp"})
    return ignored(element, f"messaging {' '.join(kinds)[:60]}".strip(), account_ref=account)


def _person(element: Element, role: str) -> Sender:
    """An id scoped to the account: the same person has another one elsewhere. Webhooks carry no name."""
    return Sender(address=json.identifier(json.obj(element.get(role), role).get("id"), f"{role}.id"))


def _other(account: str | None, element: Element) -> Sender:
    """Whom the account wrote to: the recipient, or the sender where an echo names the account as its recipient."""
    recipient = _person(element, "recipient")
    return _person(element, "sender") if recipient.address == account else recipient


def _shared(account: str | None, element: Element, thread_key: str, dedup_key: str) -> dict[str, Any]:
    return {
        "thread_key": thread_key,
        "dedup_key": dedup_key,
        "provider_at": _instant(element.get("timestamp")),
        "account_ref": account,
    }


def _instant(value: Any) -> datetime | None:
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 16:
        value = int(value)
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return json.optional_instant(value, unit="s" if is_number and value < SECONDS_BELOW else "ms")


def _message(medium: Medium, account: str | None, element: Element, message: Element) -> Events:
    mid = json.identifier(message.get("mid"), "mid")
    if message.get("is_echo") is True:
        recipient = _other(account, element)
        shared = _shared(account, element, recipient.address, mid)
        if message.get("is_deleted") is True:
            return (MessageDeleted(provider_message_id=mid, **{**shared, "dedup_key": f"{mid}:deleted"}),)
        content = medium.content_of(message)
        return (MessageEchoed(recipient=recipient, content=content, provider_message_id=mid, **shared),)
    sender = _person(element, "sender")
    if message.get("is_deleted") is True:
        shared = _shared(account, element, sender.address, f"{mid}:deleted")
        return (MessageDeleted(provider_message_id=mid, **shared),)
    content = medium.content_of(message)
    if content == Content():
        raise PayloadInvalid("the message is empty")
    quoted = message.get("reply_to")
    return (
        MessageReceived(
            sender=sender,
            content=content,
            provider_message_id=mid,
            in_reply_to=json.optional_text(quoted.get("mid")) if isinstance(quoted, dict) else None,
            post=medium.post_of(message),
            **_shared(account, element, sender.address, mid),
        ),
    )


def _edit(_: Medium, account: str | None, element: Element, edit: Element) -> Events:
    """Where the new words are left out (the first sending counts as edit 0) there is nothing to change."""
    mid, sender = json.identifier(edit.get("mid"), "mid"), _person(element, "sender")
    text = json.optional_text(edit.get("text"))
    if text is None:
        return ignored(element, "edit without text", account_ref=account)
    shared = _shared(account, element, sender.address, digest(element))
    return (MessageEdited(provider_message_id=mid, content=Content(text=text), **shared),)


def _postback(_: Medium, account: str | None, element: Element, postback: Element) -> Events:
    """A pressed button or menu row. Older ones have no `mid`: all that they hold names them."""
    sender = _person(element, "sender")
    mid = json.identifier(postback["mid"], "mid") if "mid" in postback else None
    shared = _shared(account, element, sender.address, mid or digest(element))
    title = json.optional_text(postback.get("title"))
    choice = Choice(id=json.text(postback.get("payload") or title, "postback.payload"), title=title)
    return (MessageReceived(sender=sender, content=Content(choice=choice), provider_message_id=mid, **shared),)


def _reaction(_: Medium, account: str | None, element: Element, reaction: Element) -> Events:
    mid, sender = json.identifier(reaction.get("mid"), "mid"), _person(element, "sender")
    action = json.text(reaction.get("action"), "action")
    emoji = json.optional_text(reaction.get("emoji")) or json.optional_text(reaction.get("reaction"))
    shared = _shared(account, element, sender.address, digest(element))
    taken_back = action == "unreact"
    return (ReactionChanged(provider_message_id=mid, sender=sender, emoji=None if taken_back else emoji, **shared),)


def _delivery(_: Medium, account: str | None, element: Element, delivery: Element) -> Events:
    """One receipt a message where they are named (broken names are passed over); else all up to the watermark."""
    mids = delivery.get("mids")
    names = [mid for mid in map(json.optional_text, mids) if mid] if isinstance(mids, list) else []
    if not names:
        return _watermark(account, element, delivery, ReceiptStatus.DELIVERED)
    return tuple(_receipt(account, element, mid, ReceiptStatus.DELIVERED) for mid in names)


def _read(_: Medium, account: str | None, element: Element, read: Element) -> Events:
    """Messenger gives a watermark, Instagram the id of the last message that was seen."""
    if "mid" in read:
        return (_receipt(account, element, read["mid"], ReceiptStatus.READ),)
    return _watermark(account, element, read, ReceiptStatus.READ)


def _receipt(account: str | None, element: Element, name: Any, status: ReceiptStatus) -> ReceiptReceived:
    mid, thread = json.identifier(name, "mid"), _person(element, "sender").address
    shared = _shared(account, element, thread, f"{mid}:{status.value}")
    return ReceiptReceived(status=status, provider_message_id=mid, **shared)


def _watermark(account: str | None, element: Element, receipt: Element, status: ReceiptStatus) -> Events:
    """Everything sent to this person up to then is delivered or read."""
    thread = _person(element, "sender").address
    watermark = json.instant(receipt.get("watermark"), "watermark", unit="ms")
    key = f"{status.value}:{int(watermark.timestamp() * 1000)}"
    shared = _shared(account, element, thread, f"{hashlib.sha256(thread.encode()).hexdigest()[:32]}:{key}")
    return (ReceiptReceived(status=status, watermark=watermark, **shared),)


_READERS: dict[str, Callable[[Medium, str | None, Element, Element], Events]] = {
    "message": _message,
    "message_edit": _edit,
    "postback": _postback,
    "reaction": _reaction,
    "delivery": _delivery,
    "read": _read,
}
