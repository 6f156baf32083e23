"""Reads what providers answer to our calls: hostile bytes in, plain values out, nothing raised."""

from datetime import timedelta
from typing import Any

from backbone.channel import json
from backbone.channel.port import Accepted, Final, Outcome, ProviderReply, Throttled, Transient
from backbone.errors import PayloadInvalid

RETRY_AFTER_MAX = timedelta(hours=24)
"""A longer pause is not a provider slowing us down but a mistake or an attack on our senders."""


def json_object(reply: ProviderReply) -> dict[str, Any]:
    """The body as a JSON object; empty where it is none."""
    try:
        value = json.loads(reply.body)
    except PayloadInvalid:
        return {}
    return value if isinstance(value, dict) else {}


def child(value: Any, key: str) -> dict[str, Any]:
    """The object under `key`; empty where `value` is no object or holds none there."""
    found = value.get(key) if isinstance(value, dict) else None
    return found if isinstance(found, dict) else {}


def retry_after(reply: ProviderReply) -> timedelta | None:
    """`Retry-After` in seconds, capped at a day; None for dates (a codec has no clock) and nonsense (RFC 9110 §10.2.3)."""
    given = (reply.header("retry-after") or "").strip()
    if not (given.isascii() and given.isdigit()):
        return None
    return RETRY_AFTER_MAX if len(given) > 6 else min(timedelta(seconds=int(given)), RETRY_AFTER_MAX)


def by_status(reply: ProviderReply, code: str = "", detail: str = "") -> Outcome:
    """What an HTTP status means where the body says nothing better.

    A 2xx is a yes without an id, since asking again would send twice; 429 slows the account down; 408, 425, 1xx, 3xx
    and 5xx may pass; all else is final.
    """
    name = code or f"http_{reply.status}"
    if 200 <= reply.status < 300:
        return Accepted(None)
    if reply.status == 429:
        return Throttled(name, retry_after(reply))
    if reply.status < 400 or reply.status >= 500 or reply.status in {408, 425}:
        return Transient(name, detail, retry_after(reply))
    return Final(name, detail)
