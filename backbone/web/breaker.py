"""A circuit breaker for each other end: after failures in a row nothing is sent for a while, then one probe at a time."""

from collections.abc import Callable
from datetime import timedelta
from enum import IntEnum


class Circuit(IntEnum):
    """The values that the metric shows."""

    CLOSED = 0
    HALF_OPEN = 1
    OPEN = 2


class Breaker:
    """Opens after `threshold` failures in a row, for `first`, doubling up to `ceiling` while probes fail.

    It counts what the provider's end did wrong (no answer, 5xx); a refusal of one message is an answer and counts as
    success. Calls are announced by `begin`; each ends in `succeed`, `fail` or `forget`.
    """

    def __init__(
        self,
        monotonic: Callable[[], float],
        *,
        threshold: int = 5,
        first: timedelta = timedelta(seconds=30),
        ceiling: timedelta = timedelta(minutes=5),
    ) -> None:
        self._monotonic = monotonic
        self._threshold = threshold
        self._first = first
        self._ceiling = ceiling
        self._failures = 0
        self._openings = 0
        self._open_until: float | None = None
        self._probing = False

    @property
    def state(self) -> Circuit:
        if self._open_until is None:
            return Circuit.CLOSED
        return Circuit.OPEN if self._monotonic() < self._open_until else Circuit.HALF_OPEN

    def room(self, wanted: int) -> int:
        """How many of `wanted` calls may begin now."""
        match self.state:
            case Circuit.CLOSED:
                return wanted
            case Circuit.OPEN:
                return 0
            case Circuit.HALF_OPEN:
                return 0 if self._probing else min(1, wanted)

    def opens_in(self) -> float:
        """Seconds until a probe may begin; 0 unless open."""
        return max(0.0, self._open_until - self._monotonic()) if self._open_until is not None else 0.0

    def begin(self) -> None:
        self._probing = self._probing or self.state is Circuit.HALF_OPEN

    def forget(self) -> None:
        """A call ended without telling anything about the provider (throttled, or we were stopped)."""
        self._probing = False

    def succeed(self) -> None:
        self._failures = self._openings = 0
        self._open_until = None
        self._probing = False

    def fail(self) -> None:
        self._failures += 1
        probe, self._probing = self._probing, False
        # Failures of calls that began before it opened say nothing new.
        if self.state is Circuit.OPEN or (self._failures < self._threshold and not probe):
            return
        span = min(self._ceiling, self._first * 2.0 ** min(self._openings, 20))
        self._openings += 1
        self._open_until = self._monotonic() + span.total_seconds()
