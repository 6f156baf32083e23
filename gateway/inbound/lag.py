"""How late the event loop comes: a process can be slow although few requests are inside."""

from datetime import timedelta

from backbone.clock import Clock

EVERY = timedelta(milliseconds=25)


class LoopLag:
    """Called, it answers how late the loop was lately, in seconds; a calm loop forgets within some looks."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lag = 0.0

    def __call__(self) -> float:
        return self._lag

    def note(self, lag: float) -> None:
        """A late look counts at once and fades by half with each look that is in time; `lag` is in seconds."""
        self._lag = max(lag, self._lag / 2)

    async def run(self) -> None:
        """Looks until cancelled."""
        while True:
            due = self._clock.monotonic() + EVERY.total_seconds()
            await self._clock.sleep(EVERY)
            self.note(max(0.0, self._clock.monotonic() - due))
