"""Reads a webhook of a WhatsApp business account: entries, changes and their elements, each on its own."""

import hashlib
import json as stdlib_json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from backbone.channel import json
from backbone.channel.port import Parsed, Rejected
from backbone.errors import PayloadInvalid
from schemas.inbound import (
    AnyInboundEvent,
    ContactChanged,
    EventIgnored,
    MessageDeleted,
    MessageEchoed,
    MessageEdited,
    MessageReceived,
    ReactionChanged,
    ReceiptReceived,
    ReceiptStatus,
)
from services.whatsapp.content import content_of
from services.whatsapp.notices import digest_of, notice_of, preference_of
from services.whatsapp.people import People, thread_of

ENVELOPE = "whatsapp_business_account"
STATUSES = {
    "sent": ReceiptStatus.SENT,
    "delivered": ReceiptStatus.DELIVERED,
    "read": ReceiptStatus.READ,
    "played": ReceiptStatus.READ,
    "failed": ReceiptStatus.FAILED,
}
NUMBER_CHANGES = {"user_changed_number", "customer_changed_number"}


@dataclass(frozen=True, slots=True)
class Value:
    """What the elements of one change share: the receiving number, the people that it names, and its entry's time."""

    account_ref: str | None
    people: People
    sent_at: Any = None


def parse_body(body: bytes) -> Parsed:
    """All events of a webhook in their order; raises `PayloadInvalid` where the envelope can't be read."""
    envelope = json.obj(json.loads(body), "the body")
    if envelope.get("object") != ENVELOPE:
        return Parsed((_ignored(envelope, None, f"object {str(envelope.get('object'))[:60]}"),))
    events: list[AnyInboundEvent] = []
    rejected: list[Rejected] = []
    for entry in json.array(envelope.get("entry"), "entry"):
        for element, read in _elements(entry):
            try:
                events.append(read(json.obj(element, "the element")))
            except PayloadInvalid as error:
                rejected.append(Rejected(error.detail, stdlib_json.dumps(element).encode()))
    return Parsed(tuple(events), tuple(rejected))


def _elements(entry: Any) -> Iterator[tuple[Any, Callable[[dict[str, Any]], AnyInboundEvent]]]:
    """Each element of an entry with what reads it."""
    changes = entry.get("changes", []) if isinstance(entry, dict) else None
    if not isinstance(changes, list):
        yield entry, _refuse
        return
    for change in changes:
        value = change.get("value") if isinstance(change, dict) else None
        if isinstance(value, dict) and isinstance(change.get("field"), str):
            yield from _of_change(
                change, value, Value(_number_of(value), People(value.get("contacts")), entry.get("time"))
            )
        else:
            yield change, _refuse


def _of_change(
    change: dict[str, Any], value: dict[str, Any], shared: Value
) -> Iterator[tuple[Any, Callable[[dict[str, Any]], AnyInboundEvent]]]:
    found = False
    for field, key, read in _LISTS:
        if change["field"] == field and key in value:
            found = True
            whole = isinstance(value[key], list)
            yield from ((element, partial(read, value=shared)) for element in (value[key] if whole else ()))
            if not whole:
                yield change, _refuse
    if not found:
        yield change, partial(_notice, value=shared)


def _number_of(value: dict[str, Any]) -> str | None:
    metadata = value.get("metadata")
    return json.optional_text(metadata.get("phone_number_id")) if isinstance(metadata, dict) else None


def _refuse(_: dict[str, Any]) -> AnyInboundEvent:
    raise PayloadInvalid("neither an entry with changes nor a change with a field and a value")


def _notice(change: dict[str, Any], value: Value) -> AnyInboundEvent:
    """Notices about the account; calls, errors without a message and what is not known are counted, shown to nobody."""
    return notice_of(change, value.account_ref, value.sent_at)


def _ignored(element: dict[str, Any], account_ref: str | None, reason: str) -> EventIgnored:
    return EventIgnored(thread_key="", dedup_key=digest_of(element), account_ref=account_ref, reason=json.clean(reason))


def _message(element: dict[str, Any], value: Value) -> AnyInboundEvent:
    kind = json.text(element.get("type"), "type")
    if kind == "system":
        return _system(element, value)
    sender = value.people.sender(element)
    shared = _shared(element, value, thread_of(sender, element))
    if kind == "reaction":
        reaction = json.obj(element.get("reaction"), kind)
        emoji = json.optional_text(reaction.get("emoji"))
        return ReactionChanged(
            provider_message_id=_target(reaction, "message_id"), sender=sender, emoji=emoji, **shared
        )
    if kind in {"edit", "revoke"}:
        return _change_of_message(element, kind, shared)
    context = element.get("context")
    quoted = json.optional_text(context.get("id")) if isinstance(context, dict) else None
    return MessageReceived(
        sender=sender,
        content=content_of(element),
        provider_message_id=shared["dedup_key"],
        in_reply_to=quoted,
        **shared,
    )


def _shared(element: dict[str, Any], value: Value, thread_key: str) -> dict[str, Any]:
    return {
        "thread_key": thread_key,
        "dedup_key": json.identifier(element.get("id"), "id"),
        "provider_at": json.optional_instant(element.get("timestamp")),
        "account_ref": value.account_ref,
    }


def _target(element: dict[str, Any], key: str) -> str:
    return json.identifier(element.get(key), key)


def _change_of_message(element: dict[str, Any], kind: str, shared: dict[str, Any]) -> AnyInboundEvent:
    change = json.obj(element.get(kind), kind)
    target = _target(change, "original_message_id")
    if kind == "revoke":
        return MessageDeleted(provider_message_id=target, **shared)
    content = content_of(json.obj(change.get("message"), "edit.message"))
    return MessageEdited(provider_message_id=target, content=content, **shared)


def _system(element: dict[str, Any], value: Value) -> AnyInboundEvent:
    """A changed number is the same person; a changed security code and the rest tell us nothing to act on."""
    system = json.obj(element.get("system"), "system")
    kind = str(system.get("type"))[:60]
    new = json.optional_text(system.get("wa_id")) or json.optional_text(system.get("new_wa_id"))
    if kind not in NUMBER_CHANGES or new is None:
        return _ignored(element, value.account_ref, f"system {kind}")
    old = json.identifier(element.get("from"), "from")
    return ContactChanged(old_address=old, new_address=json.identifier(new), **_shared(element, value, old))


def _user_id_update(element: dict[str, Any], value: Value) -> AnyInboundEvent:
    """The business-scoped user id of a person changed, as it does with a new number."""
    change = json.obj(element.get("user_id"), "user_id")
    old, new = _target(change, "previous"), _target(change, "current")
    return ContactChanged(
        thread_key=old,
        dedup_key=hashlib.sha256(f"{old}\n{new}".encode()).hexdigest(),
        provider_at=json.optional_instant(element.get("timestamp")),
        account_ref=value.account_ref,
        old_address=old,
        new_address=new,
    )


def _preference(element: dict[str, Any], value: Value) -> AnyInboundEvent:
    """What a customer wants to hear: of advertising, or of all there is where Meta doesn't say."""
    sender = value.people.named(element.get("wa_id"), element.get("user_id"))
    return preference_of(element, sender, value.account_ref)


def _status(element: dict[str, Any], value: Value) -> AnyInboundEvent:
    """A receipt of our own message. Failed ones come without contacts, so the thread may be the phone number's."""
    message = _target(element, "id")
    name = json.text(element.get("status"), "status")
    status = STATUSES.get(name)
    if status is None:
        return _ignored(element, value.account_ref, f"status {name[:60]}")
    errors = element.get("errors")
    first = errors[0] if isinstance(errors, list) and errors and isinstance(errors[0], dict) else {}
    return ReceiptReceived(
        thread_key=_receipt_thread(element, value),
        dedup_key=f"{message}:{status.value}",
        provider_at=json.optional_instant(element.get("timestamp")),
        account_ref=value.account_ref,
        status=status,
        provider_message_id=message,
        error_code=json.clean(str(first["code"])[:20]) if "code" in first else None,
        error_detail=_error_detail(first),
    )


def _receipt_thread(element: dict[str, Any], value: Value) -> str:
    try:
        return value.people.named(element.get("recipient_id"), element.get("recipient_user_id")).address
    except PayloadInvalid:
        return ""


def _error_detail(error: dict[str, Any]) -> str | None:
    data = error.get("error_data")
    details = json.optional_text(data.get("details")) if isinstance(data, dict) else None
    found = details or json.optional_text(error.get("message")) or json.optional_text(error.get("title"))
    return found[:300] if found else None


def _echo(element: dict[str, Any], value: Value) -> AnyInboundEvent:
    """What the business itself wrote in the WhatsApp app on its phone (coexistence), and its edits and deletions."""
    recipient = value.people.named(element.get("to"), element.get("to_user_id"))
    shared = _shared(element, value, thread_of(recipient, element))
    kind = json.text(element.get("type"), "type")
    if kind in {"edit", "revoke"}:
        return _change_of_message(element, kind, shared)
    if kind == "reaction":
        return _ignored(element, value.account_ref, "our own reaction")
    return MessageEchoed(
        recipient=recipient, content=content_of(element), provider_message_id=shared["dedup_key"], **shared
    )


_LISTS: tuple[tuple[str, str, Callable[..., AnyInboundEvent]], ...] = (
    ("messages", "messages", _message),
    ("messages", "statuses", _status),
    ("smb_message_echoes", "message_echoes", _echo),
    ("user_id_update", "user_id_update", _user_id_update),
    ("user_preferences", "user_preferences", _preference),
)
