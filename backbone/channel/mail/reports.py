"""What providers tell of mails of ours by webhook, in one form."""

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Literal

from backbone.channel import json
from backbone.channel.mail.headers import SURPRISES, one_line
from backbone.channel.mail.threads import read_our_id
from backbone.channel.port import Account
from schemas.inbound import AnyInboundEvent, ConsentChanged, EventIgnored, ReceiptReceived, ReceiptStatus, Sender

OUR_ID = "frontdesk_id"
"""The name under which our Message-ID travels with a mail and comes back with what is told of it."""

DETAIL_MAX = 300
Fate = Literal["delivered", "failed", "read", "complained", "unsubscribed", "subscribed"]
_STATUS = {"delivered": ReceiptStatus.DELIVERED, "failed": ReceiptStatus.FAILED, "read": ReceiptStatus.READ}


@dataclass(frozen=True, slots=True)
class Told:
    """One thing a provider says of a mail of ours. `key` is the provider's id of this very event.

    `message_id` is our Message-ID where the provider gives it back, else the provider's own id.
    """

    fate: Fate
    key: str
    message_id: str | None
    recipient: str | None = field(default=None, repr=False)
    at: datetime | None = None
    code: str | None = None
    detail: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Passed:
    """An event that nobody here has a use for."""

    key: str
    reason: str


def event_of(told: Told | Passed, account: Account, *, opens_are_reads: bool) -> AnyInboundEvent:
    """The event of what was told: a receipt, or a change of consent for complaints and unsubscriptions."""
    if isinstance(told, Passed):
        return EventIgnored(thread_key="", dedup_key=told.key, reason=told.reason[:100])
    if told.fate == "read" and not opens_are_reads:
        return EventIgnored(thread_key="", dedup_key=told.key, reason="an opened mail")
    ours = read_our_id((told.message_id or "").strip("<>"), account)
    thread_key = ours.thread_key if ours else ""
    if told.fate in _STATUS:
        if not told.message_id:
            return EventIgnored(thread_key="", dedup_key=told.key, reason="it names no mail")
        failed = told.fate == "failed"
        return ReceiptReceived(
            thread_key=thread_key,
            dedup_key=told.key,
            provider_at=told.at,
            status=_STATUS[told.fate],
            provider_message_id=told.message_id,
            error_code=(one_line(told.code or "", 60) or None) if failed else None,
            error_detail=(one_line(told.detail or "", DETAIL_MAX) or None) if failed else None,
        )
    if not told.recipient:
        return EventIgnored(thread_key="", dedup_key=told.key, reason="it names no reader")
    return ConsentChanged(
        thread_key=thread_key,
        dedup_key=told.key,
        provider_at=told.at,
        sender=Sender(address=told.recipient.lower()),
        state="opted_in" if told.fate == "subscribed" else "opted_out",
        word="complaint" if told.fate == "complained" else None,
    )


def key_of(*parts: Any) -> str:
    """A key for an event that its provider gives none: a hash of what tells it from others."""
    text = "\0".join("" if part is None else str(part) for part in parts)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def short(value: Any, limit: int = 400) -> str | None:
    """A text or number of a provider as one line; None for what is neither or says nothing."""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return None
    return one_line(json.clean(str(value)[: 4 * limit]), limit) or None


def moment(value: Any) -> datetime | None:
    """A time in seconds since 1970, by ISO 8601 or by RFC 5322, as aware UTC; None for what is none of them."""
    at = json.optional_instant(value)
    if at is not None or not isinstance(value, str) or len(value) > 60:
        return at
    try:
        return _aware(datetime.fromisoformat(value))
    except (ValueError, OverflowError):
        pass
    try:
        return _aware(parsedate_to_datetime(value))
    except SURPRISES:
        return None


def _aware(at: datetime) -> datetime:
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
