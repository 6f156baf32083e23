"""Times as Twilio's lists write them."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any


def rfc2822(value: Any) -> datetime | None:
    """A time as Twilio's lists write it (RFC 2822 §3.3) as aware UTC; None for anything else."""
    try:
        at = parsedate_to_datetime(value) if isinstance(value, str) and len(value) <= 60 else None
        return at.astimezone(UTC) if at is not None and at.tzinfo else None
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
