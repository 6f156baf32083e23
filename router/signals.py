"""In-process wake-ups after a commit: who waits for what. Hints only; every waiter also looks by itself now and then."""

import asyncio
from datetime import datetime, timedelta


class Signal:
    """Set from anywhere in the loop, awaited by one worker; many sets before a wait are one."""

    def __init__(self) -> None:
        self._event = asyncio.Event()
        self._own = False

    def set(self) -> None:
        """This process did something."""
        self._own = True
        self._event.set()

    def hear(self) -> None:
        """Another process said so: everybody has heard it, and nobody need be told again."""
        self._event.set()

    async def wait(self, at_most: timedelta) -> bool:
        """Whether this process itself has set it, before or during the wait."""
        if not self._event.is_set():
            try:
                async with asyncio.timeout(at_most.total_seconds()):
                    await self._event.wait()
            except TimeoutError:
                return False
        self._event.clear()
        own, self._own = self._own, False
        return own


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
