"""What a dialogue may know without asking anybody: who of a tenant is online, looked up every two seconds."""

from collections.abc import Callable, Sequence
from datetime import timedelta

from backbone.channel.port import DialogueView
from backbone.clock import Clock
from backbone.errors import Retriable
from backbone.storage.database import Database
from backbone.telemetry.logs import get_logger

log = get_logger(__name__)

EVERY = timedelta(seconds=2)
STALE = timedelta(seconds=60)
"""Older knowledge is worse than none: then nobody counts as online, and callers are offered a call back."""
TENANTS_A_QUERY = 500

_NOBODY = DialogueView()
_SOMEBODY = DialogueView(agents_online=True)


class DialogueProjection:
    """One bounded query for the tenants that have a dialogue account; `view` is a look into memory."""

    def __init__(self, database: Database, clock: Clock, tenants: Callable[[], Sequence[str]]) -> None:
        self._database = database
        self._clock = clock
        self._tenants = tenants
        self._online: frozenset[str] = frozenset()
        self._looked_at: float | None = None

    def view(self, tenant_id: str) -> DialogueView:
        if self._looked_at is None or self._clock.monotonic() - self._looked_at > STALE.total_seconds():
            return _NOBODY
        return _SOMEBODY if tenant_id in self._online else _NOBODY

    async def run(self) -> None:
        """Looks until cancelled; the database may come and go."""
        while True:
            try:
                await self.refresh()
            except Retriable as error:
                log.warning("dialogue projection not refreshed", code=error.code)
            await self._clock.sleep(EVERY)

    async def refresh(self) -> None:
        """Raises `Unavailable`."""
        tenants = self._tenants()
        found: set[str] = set()
        for start in range(0, len(tenants), TENANTS_A_QUERY):
            some = list(tenants[start : start + TENANTS_A_QUERY])
            async with self._database.transaction(some, read_only=True) as connection:
                rows = await connection.fetch(
                    "SELECT DISTINCT tenant_id FROM agents WHERE presence = 'online' AND role <> 'bot' AND tenant_id = ANY($1)",
                    some,
                )
            found.update(row["tenant_id"] for row in rows)
        self._online = frozenset(found)
        self._looked_at = self._clock.monotonic()
