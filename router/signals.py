"""In-process wake-ups after a commit: who waits for what. Hints only; every waiter also looks by itself now and then."""

import asyncio
from datetime import datetime, timedelta


class Signal:
    """Set from anywhere in the loop, awaited by one worker; many sets before a wait are one."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def set(self) -> None:
        self._event.set()

    async def wait(self, at_most: timedelta) -> None:
        try:
            async with asyncio.timeout(at_most.total_seconds()):
                await self._event.wait()
        except TimeoutError:
            pass
        self._event.clear()


class Signals:
    """What a committed batch tells the router's workers. `tenants` are those the dispatcher must look at."""

    def __init__(self) -> None:
        self.events = Signal()
        self.outbox = Signal()
        self.dispatch = Signal()
        self.timers = Signal()
        self._tenants: set[str] = set()
        self._nearest: datetime | None = None

    def wake_dispatch(self, tenant_id: str) -> None:
        self._tenants.add(tenant_id)
        self.dispatch.set()

    def take_tenants(self) -> set[str]:
        taken, self._tenants = self._tenants, set()
        return taken

    def timer_set(self, due_at: datetime) -> None:
        """Wakes the timers only if this one is due before the one they sleep for."""
        if self._nearest is None or due_at < self._nearest:
            self._nearest = due_at
            self.timers.set()

    def sleeping_until(self, due_at: datetime | None) -> None:
        self._nearest = due_at
