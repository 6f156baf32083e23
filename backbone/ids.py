"""Makes identifiers: `<prefix>_<UUIDv7 as 32 hex digits>`, so that ids sort by the time they were made (RFC 9562)."""

import secrets
import time


def new_id(prefix: str) -> str:
    """A fresh id; 74 of its bits are random."""
    milliseconds = time.time_ns() // 1_000_000
    rand = secrets.randbits(74)
    value = (milliseconds << 80) | (0x7 << 76) | ((rand >> 62) << 64) | (0b10 << 62) | (rand & ((1 << 62) - 1))
    return f"{prefix}_{value:032x}"
