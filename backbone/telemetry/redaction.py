"""Keeps what people write, who they are and secrets out of logs: by key, by type of value and, as a net, by pattern."""

import re
from collections.abc import Mapping, MutableMapping
from typing import Any

from pydantic import BaseModel, SecretBytes, SecretStr

REDACTED = "[redacted]"
MAX_DEPTH = 4
MAX_ITEMS = 50
MAX_STRING = 2000

_SENSITIVE = frozenset(
    [
        "address",
        "apikey",
        "attachment",
        "attachments",
        "authorization",
        "body",
        "caption",
        "card",
        "content",
        "cookie",
        "cookies",
        "credential",
        "credentials",
        "dsn",
        "email",
        "emails",
        "headers",
        "html",
        "iban",
        "markup",
        "msisdn",
        "otp",
        "passphrase",
        "passwd",
        "password",
        "passwords",
        "payload",
        "phone",
        "phones",
        "pin",
        "pwd",
        "recipient",
        "recipients",
        "secret",
        "secrets",
        "sender",
        "signature",
        "subject",
        "text",
        "texts",
        "token",
        "tokens",
        "transcript",
        "username",
    ]
)
"""Any part of a key, cut at `_`, `-` and capitals, that makes its value unprintable."""

_WHOLE_KEYS = frozenset(
    {
        "api_key",
        "access_key",
        "private_key",
        "master_key",
        "signing_key",
        "encryption_key",
        "thread_key",
        "record_key",
        "database_url",
        "display_name",
        "first_name",
        "last_name",
        "full_name",
        "contact_name",
        "customer_name",
        "birth_date",
        "from",
        "to",
        "query",
        "raw",
        "url",
    }
)
"""A thread key is a customer's number or address on most channels; a provider's URL may carry its token."""

_MEASURES = frozenset(
    {"id", "ids", "bytes", "chars", "length", "count", "at", "hash", "kind", "type", "version", "seconds"}
)
"""A key that ends with one of these measures or names the thing without showing it: `body_bytes`, `token_id`."""

_CAPITALS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_CUT = re.compile(r"[^a-z0-9]+")

# Each starts where a run of its characters starts, or with a fixed word: a long text costs linear time.
_PATTERNS = (
    (re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+\.[\w.-]+"), REDACTED),
    (re.compile(r"(?<![\w+])\+\d[\d ()-]{6,}\d"), REDACTED),
    (re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]{6,}"), rf"\1 {REDACTED}"),
    (re.compile(r"(?i)((?:token|secret|password|signature|api_?key|code|ticket)=)[^&\s'\"]+"), rf"\1{REDACTED}"),
    (re.compile(r"(?<=/)bot\d+:[\w-]+"), REDACTED),
    (re.compile(r"(?<=://)[^/\s:@]+:[^/\s@]+@"), f"{REDACTED}@"),
)


def is_sensitive(key: str) -> bool:
    """Whether a value under this key must not be printed, whatever it is."""
    parts = [part for part in _CUT.split(_CAPITALS.sub("_", key).lower()) if part]
    if not parts or parts[-1] in _MEASURES:
        return False
    return "_".join(parts) in _WHOLE_KEYS or not _SENSITIVE.isdisjoint(parts)


def scrub(text: str) -> str:
    """Takes addresses, numbers with a country code, tokens and credentials out of free text, and cuts it to a length.

    The second net, for texts of libraries and exceptions. It does not know names or what a customer wrote: our own
    events are constant strings with values under keys.
    """
    kept = text if len(text) <= MAX_STRING else f"{text[:MAX_STRING]}…"
    for pattern, put in _PATTERNS:
        kept = pattern.sub(put, kept)
    return kept


def clean(value: object, depth: int = 0) -> object:
    """A value that is safe to print: bounded in depth and length, models and bytes by type and size only."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, SecretStr | SecretBytes):
        return REDACTED
    if isinstance(value, bytes | bytearray | memoryview):
        return f"<{len(value)} bytes>"
    if isinstance(value, BaseModel):
        return f"<{type(value).__name__}>"
    if isinstance(value, str):
        return scrub(value)
    if isinstance(value, Mapping | list | tuple | set | frozenset):
        return _clean_many(value, depth) if depth < MAX_DEPTH else "<deep>"
    return scrub(str(value))


def _clean_many(
    value: Mapping[Any, Any] | list[Any] | tuple[Any, ...] | set[Any] | frozenset[Any], depth: int
) -> object:
    if isinstance(value, Mapping):
        pairs = list(value.items())[:MAX_ITEMS]
        return {str(k): REDACTED if is_sensitive(str(k)) else clean(v, depth + 1) for k, v in pairs}
    return [clean(item, depth + 1) for item in list(value)[:MAX_ITEMS]]


_OURS = frozenset({"event", "level", "logger", "timestamp", "exception", "trace_id", "span_id"})
"""Keys that this package itself puts in; `event` of our own is a constant, a library's is scrubbed where it enters."""


def redact(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """The structlog processor."""
    for key, value in event.items():
        if key in _OURS:
            continue
        event[key] = REDACTED if is_sensitive(key) else clean(value)
    return event
