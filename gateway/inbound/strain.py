"""Tells when the process is slow although few requests are inside: its event loop comes late."""

from datetime import timedelta

from backbone.clock import Clock

EVERY = timedelta(milliseconds=25)
LATE = timedelta(milliseconds=25)
"""A loop that comes so late has hundreds of requests in its queue: every tenant waits for the loudest."""


class LoopStrain:
    """Called, it answers whether the loop was late at one of the last looks; a calm one forgets within some looks."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lag = 0.0

    def __call__(self) -> bool:
        return self._lag >= LATE.total_seconds()

    def note(self, lag: float) -> None:
        """A late look counts at once and fades by half with each look that is in time; `lag` is in seconds."""
        self._lag = max(lag, self._lag / 2)

    async def run(self) -> None:
        """Looks until cancelled."""
        while True:
            due = self._clock.monotonic() + EVERY.total_seconds()
            await self._clock.sleep(EVERY)
            self.note(max(0.0, self._clock.monotonic() - due))
