"""Makes identifiers: `<prefix>_<UUIDv7 as 32 hex digits>`, so that ids sort by the time they were made (RFC 9562); and codes for people."""

import os
import secrets
import time

CODE_PATTERN = r"[A-Z2-9]{16}"
_CODE_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
_CODE_LENGTH = 16
_DRAWN = 256
_BYTES = 10
_RANDOM = (0xFFF << 64) | ((1 << 62) - 1)
_MARKS = (0x7 << 76) | (0b10 << 62)

# The last 20 digits of ids to come, drawn for many at once: a system call costs more than the rest of an id. Each is
# popped, so given out, once; a list's `pop` and `extend` are whole also where threads share it, and a child of `fork`
# draws its own.
_tails: list[str] = []
os.register_at_fork(after_in_child=_tails.clear)


def new_id(prefix: str) -> str:
    """A fresh id; 74 of its bits are random."""
    try:
        tail = _tails.pop()
    except IndexError:
        tail = _draw()
    return "%s_%012x%s" % (prefix, time.time_ns() // 1_000_000, tail)  # noqa: UP031  a third of the cost of an f-string


def new_code() -> str:
    """A code for people to pass on: 80 random bits, in letters that are not mistaken for each other."""
    return "".join(secrets.choice(_CODE_LETTERS) for _ in range(_CODE_LENGTH))


def _draw() -> str:
    """Refills what is drawn, and answers one of it: version and variant with 74 random bits around them."""
    drawn = os.urandom(_DRAWN * _BYTES)
    parts = (int.from_bytes(drawn[at : at + _BYTES], "big") for at in range(0, len(drawn), _BYTES))
    first, *others = ((part & _RANDOM | _MARKS).to_bytes(_BYTES, "big").hex() for part in parts)
    _tails.extend(others)
    return first
