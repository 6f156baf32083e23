"""Looks, 72 hours after each resolution, whether its customer wrote again: what reports call resolved is measured, not declared."""

from datetime import timedelta

from backbone.clock import Clock
from backbone.storage.database import Connection, Database
from backbone.storage.leases import Lease, guard
from router.repositories import satisfaction as repository

LEASE = "satisfaction/0"
BATCH = 500
_EVERY = timedelta(minutes=1)


class Settling:
    """One leader's round, once a minute, again at once while a tenant had more than a batch."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._next = 0.0

    async def round(self, lease: Lease) -> bool:
        """Whether there is more to look at. A tenant's batch is one transaction."""
        if self._clock.monotonic() < self._next:
            return False
        async with self._database.transaction(read_only=True) as connection:
            tenants = await repository.tenants_to_settle(connection, BATCH)
        settled = [await self._settle(lease, tenant_id) for tenant_id in tenants]
        if max(settled, default=0) >= BATCH:
            return True
        self._next = self._clock.monotonic() + _EVERY.total_seconds()
        return False

    async def _settle(self, lease: Lease, tenant_id: str) -> int:
        async def work(connection: Connection) -> int:
            await guard(connection, lease)
            return await repository.settle(connection, tenant_id, self._clock.now(), BATCH)

        return await self._database.run(work, [tenant_id])
