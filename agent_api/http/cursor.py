"""Opaque cursors of keyset pages: where the last page ended, bound to the filters it was made with."""

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime

from backbone.errors import InputInvalid

_MOST = 512


def _digest(filters: Mapping[str, object]) -> str:
    text = json.dumps(filters, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def make_cursor(position: Sequence[str], filters: Mapping[str, object]) -> str:
    """`position` is the sort key of the last item as texts. Not a secret: rows it points to are checked like any other."""
    text = json.dumps([_digest(filters), *position], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read_cursor(cursor: str, filters: Mapping[str, object], parts: int) -> list[str]:
    """The position of a cursor; raises `InputInvalid` if it was not made here, or with other filters."""
    try:
        if len(cursor) > _MOST or not cursor.isascii():
            raise ValueError("too long")
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        found = json.loads(raw.decode("utf-8"))
        if not isinstance(found, list) or len(found) != parts + 1 or not all(isinstance(part, str) for part in found):
            raise ValueError("another shape")
        # What PostgreSQL can't take as text: NUL, and lone surrogates, which this refuses to encode.
        if b"\0" in "".join(found).encode():
            raise ValueError("NUL")
    except (ValueError, RecursionError):
        raise _wrong("It was not made by this list.") from None
    if found[0] != _digest(filters):
        raise _wrong("It was made with other filters.")
    return found[1:]


def instant_of(text: str) -> datetime:
    """An instant out of a cursor; raises `InputInvalid`."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise _wrong("It was not made by this list.") from None
    if at.tzinfo is None:
        raise _wrong("It was not made by this list.")
    return at


def number_of(text: str) -> int:
    """A number out of a cursor that fits PostgreSQL's bigint; raises `InputInvalid`."""
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise _wrong("It was not made by this list.")
    return int(text)


def _wrong(detail: str) -> InputInvalid:
    return InputInvalid("The cursor is not valid.", pointers={"query/cursor": detail})
