"""Reads hostile JSON: typed access that raises `PayloadInvalid`, never a surprise."""

import json
import math
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import msgspec

from backbone.errors import PayloadInvalid

_MAX_DEPTH = 64
_MAX_INT_DIGITS = 20

_FAST = msgspec.json.Decoder().decode
_DIGITS = bytes(0x30 if 0x30 <= byte <= 0x39 else 0x20 for byte in range(256))
_LONG_NUMBER = b"0" * (_MAX_INT_DIGITS + 1)
_MAX_IDENTIFIER = 512


def loads(body: bytes) -> Any:
    """Parses UTF-8 JSON; refuses other encodings, NaN, infinite numbers, integers of over 20 digits and nesting over 64 levels.

    A lone surrogate in an escape is kept; `clean` replaces it.
    """
    if body.count(b"[") + body.count(b"{") <= _MAX_DEPTH and _LONG_NUMBER not in body.translate(_DIGITS):
        # Too shallow and its numbers too short for the limits to matter: the fast parser (a third of the time) may try.
        with suppress(msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return _FAST(body)
    return _careful(body)


def _careful(body: bytes) -> Any:
    try:
        text = body.decode("utf-8")
        if _depth(text) > _MAX_DEPTH:
            raise PayloadInvalid("JSON is nested too deeply")
        return json.loads(text, parse_constant=_refuse, parse_int=_integer, parse_float=_finite)
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        raise PayloadInvalid("the body is not JSON") from error


def _depth(text: str) -> int:
    """An upper bound of the nesting: brackets in strings count too, which only makes the bound stricter."""
    if text.count("[") + text.count("{") <= _MAX_DEPTH:
        return 0
    depth = deepest = 0
    in_string = escaped = False
    for character in text:
        if in_string:
            if escaped:
                escaped = False
            elif character == "\\":
                escaped = True
            elif character == '"':
                in_string = False
        elif character == '"':
            in_string = True
        elif character in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif character in "]}":
            depth -= 1
    return deepest


def _refuse(name: str) -> Any:
    raise ValueError(name)


def _integer(digits: str) -> int:
    if len(digits.lstrip("-")) > _MAX_INT_DIGITS:
        raise ValueError("integer too long")
    return int(digits)


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError("number too large")
    return number


def obj(value: Any, where: str = "value") -> dict[str, Any]:
    if not isinstance(value, dict):
        raise PayloadInvalid(f"{where} is not an object")
    return value


def array(value: Any, where: str = "value") -> list[Any]:
    if not isinstance(value, list):
        raise PayloadInvalid(f"{where} is not an array")
    return value


def text(value: Any, where: str = "value") -> str:
    """A non-empty string without lone surrogates or NUL; numbers are taken as their digits (providers mix both)."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str) or not value:
        raise PayloadInvalid(f"{where} is not a text")
    return clean(value)


def identifier(value: Any, where: str = "id") -> str:
    """A text of at most 512 characters, so that it fits an index; numbers are taken as their digits."""
    found = text(value, where)
    if len(found) > _MAX_IDENTIFIER:
        raise PayloadInvalid(f"{where} is too long")
    return found


def number(value: Any, where: str = "value") -> float:
    """A finite number, or a text of its digits."""
    try:
        found = float(value) if isinstance(value, (int, float, str)) and not isinstance(value, bool) else math.nan
    except (ValueError, OverflowError):
        found = math.nan
    if not math.isfinite(found):
        raise PayloadInvalid(f"{where} is not a number")
    return found


def optional_text(value: Any) -> str | None:
    return clean(value) if isinstance(value, str) and value else None


def clean(value: str) -> str:
    """Replaces what PostgreSQL and UTF-8 can't hold: NUL and lone surrogates."""
    if value.isascii() and "\0" not in value:
        return value
    return value.replace("\0", "\ufffd").encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def cleaned(value: Any) -> Any:
    """Parsed JSON with every text in it made storable, keys too."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, dict):
        return {clean(key): cleaned(item) for key, item in value.items()}
    return [cleaned(item) for item in value] if isinstance(value, list) else value


def optional_instant(value: Any, *, unit: str = "s") -> datetime | None:
    """As `instant`, but None for what is no time: a message with a broken clock is still a message."""
    try:
        return instant(value, unit=unit)
    except PayloadInvalid:
        return None


def optional_iso_instant(value: Any) -> datetime | None:
    """A date and time of ISO 8601 or RFC 3339 with its offset as aware UTC; None for anything else.

    More digits of a second than six are cut, as Python can't hold them.
    """
    if not isinstance(value, str) or not 20 <= len(value) <= 40 or not value.isascii():
        return None
    try:
        found = datetime.fromisoformat(value)
        return found.astimezone(UTC) if found.tzinfo else None
    except (ValueError, OverflowError):
        return None


def instant(value: Any, where: str = "timestamp", *, unit: str = "s") -> datetime:
    """A number (or its digits) of seconds or milliseconds since 1970 as aware UTC."""
    try:
        number = int(value) if isinstance(value, str) else value
        if isinstance(number, bool) or not isinstance(number, (int, float)):
            raise PayloadInvalid(f"{where} is not a time")
        return datetime.fromtimestamp(number / 1000 if unit == "ms" else number, UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise PayloadInvalid(f"{where} is not a time") from error
