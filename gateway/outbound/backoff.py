"""When to try again: doubling pauses with jitter, what the provider asked for, and the end of patience."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

from backbone.channel.port import ProviderReply

ASKED_MOST = timedelta(hours=1)
"""A provider's wish for a longer pause is followed in steps of this: it may be a mistake, and patience ends anyway."""


@dataclass(frozen=True, slots=True)
class Backoff:
    """Pauses of `first`, doubling up to `ceiling`, each shortened by up to half at random; nothing begins after `horizon`.

    The horizon counts from when the gateway took the message.
    """

    first: timedelta = timedelta(seconds=1)
    ceiling: timedelta = timedelta(minutes=10)
    horizon: timedelta = timedelta(hours=24)

    def pause(self, attempt: int, jitter: Callable[[], float], asked: timedelta | None = None) -> timedelta:
        """How long to wait after the `attempt`-th attempt (from 1). Never shorter than what the provider asked for.

        `jitter` gives a number from 0 to 1.
        """
        whole = min(self.ceiling, self.first * 2.0 ** min(attempt - 1, 40))
        own = whole * (0.5 + jitter() / 2)
        if asked is None:
            return own
        # The same moment for everybody who was told so would be the next overload.
        bounded = min(max(asked, timedelta(0)), ASKED_MOST)
        return max(own, bounded + min(whole, timedelta(seconds=1)) * jitter())

    def is_over(self, age: timedelta, pause: timedelta) -> bool:
        """Whether an attempt after `pause` would be too late for a message of this age."""
        return age + pause > self.horizon


def retry_after(reply: ProviderReply, now: datetime) -> timedelta | None:
    """The `Retry-After` header in seconds or as a date, never negative; None where it says nothing (RFC 9110 §10.2.3)."""
    given = (reply.header("retry-after") or "").strip()
    if given.isascii() and given.isdigit():
        return timedelta(seconds=min(int(given[:9]), 86_400))
    try:
        at = parsedate_to_datetime(given)
        return max(timedelta(0), at - now)
    except (ValueError, TypeError):
        return None
