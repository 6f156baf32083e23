"""How often one caller may ask: token buckets in memory, one a key, bounded in number."""

import math
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from backbone.clock import Clock


@dataclass(frozen=True, slots=True)
class Decision:
    """`remaining` calls are left now; the bucket is full again after `reset`; refused calls may try after `retry`."""

    allowed: bool
    remaining: int
    reset: timedelta
    retry: timedelta


class TokenBuckets:
    """`quota` calls a `window` for each key, as a bucket that refills steadily.

    Buckets are kept for the `most` keys used last; one that was forgotten starts full, so a flood of new keys is not
    what this guards against. Counts are this process's own: several replicas give several quotas.
    """

    def __init__(
        self, quota: int, window: timedelta, clock: Clock, *, most: int = 50_000, name: str = "default"
    ) -> None:
        self.quota = quota
        self.window = window
        self._clock = clock
        self._rate = quota / window.total_seconds()
        self._most = most
        self._name = name
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, key: str, cost: float = 1.0) -> Decision:
        """Takes `cost` tokens if they are there; a refused call costs nothing."""
        tokens, now = self._level(key)
        allowed = tokens >= cost
        if allowed:
            tokens -= cost
        self._buckets[key] = (tokens, now)
        self._buckets.move_to_end(key)
        while len(self._buckets) > self._most:
            self._buckets.popitem(last=False)
        missing = 0.0 if allowed else cost - tokens
        return Decision(
            allowed,
            int(tokens),
            timedelta(seconds=(self.quota - tokens) / self._rate),
            timedelta(seconds=missing / self._rate),
        )

    def _level(self, key: str) -> tuple[float, float]:
        now = self._clock.monotonic()
        tokens, at = self._buckets.get(key, (float(self.quota), now))
        return min(float(self.quota), tokens + (now - at) * self._rate), now

    def headers(self, decision: Decision) -> Mapping[str, str]:
        """`RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers-11, not an RFC)."""
        window, reset = math.ceil(self.window.total_seconds()), math.ceil(decision.reset.total_seconds())
        return {
            "RateLimit-Policy": f'"{self._name}";q={self.quota};w={window}',
            "RateLimit": f'"{self._name}";r={decision.remaining};t={reset}',
        }
