"""What a process knows of each account it sends for: its rate, its circuit, its pause, and what is in flight."""

import math
from collections.abc import Callable
from datetime import timedelta

from aiolimiter import AsyncLimiter

from backbone.channel.manifest import Manifest
from backbone.web.breaker import Breaker, Circuit

IN_FLIGHT = 8


class Lane:
    """One account's way out. Rate and pause hold for this process: two replicas together may send twice as fast."""

    def __init__(
        self,
        account_id: str,
        tenant_id: str,
        manifest: Manifest,
        monotonic: Callable[[], float],
        breaker: Breaker,
        *,
        most_in_flight: int = IN_FLIGHT,
    ) -> None:
        self.account_id = account_id
        self.tenant_id = tenant_id
        self.channel = manifest.name
        self.breaker = breaker
        self.in_flight = 0
        self._most = most_in_flight
        self._burst = max(1, manifest.burst)
        self._token_seconds = 1 / manifest.rate_per_second
        self._limiter = AsyncLimiter(self._burst, self._burst * self._token_seconds)
        self._monotonic = monotonic
        self._paused_until = -math.inf

    def pause(self, span: timedelta) -> None:
        """Nothing of this account goes out for `span`; a shorter pause than the one running changes nothing."""
        self._paused_until = max(self._paused_until, self._monotonic() + span.total_seconds())

    def room(self, wanted: int) -> int:
        """How many deliveries may begin now."""
        if self._monotonic() < self._paused_until:
            return 0
        free = self.breaker.room(min(wanted, self._most - self.in_flight))
        while free > 0 and not self._limiter.has_capacity(free):
            free -= 1
        return max(0, free)

    def free_in(self) -> float:
        """Seconds until there may be room again, if only time is missing; infinite where a call must end first."""
        waits = [self._paused_until - self._monotonic(), self.breaker.opens_in()]
        if self.in_flight >= self._most or (self.breaker.state is Circuit.HALF_OPEN and self.breaker.room(1) == 0):
            return math.inf
        if not self._limiter.has_capacity(1):
            waits.append(self._token_seconds)
        return max(0.0, *waits)

    async def begin(self, count: int) -> None:
        """Counts deliveries that `room` admitted and that were leased."""
        for _ in range(count):
            # Never waits: `room` saw the capacity, and nobody else takes of it.
            await self._limiter.acquire()
            self.breaker.begin()
        self.in_flight += count

    def end(self) -> None:
        self.in_flight -= 1
