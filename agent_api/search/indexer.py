"""Fills the search index from each tenant's stream, by number: what was written while nobody listened is read later."""

from datetime import timedelta

from agent_api.search import repository
from backbone.clock import Clock
from backbone.errors import Retriable
from backbone.storage.database import Connection, Database
from backbone.telemetry.logs import get_logger

LOOK_EVERY = timedelta(seconds=1)
TENANTS = 50
BATCH = 500


class SearchIndexer:
    """Any number of processes may run one: a tenant is read by one at a time."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._log = get_logger("search")
        self.rounds = 0

    async def run(self) -> None:
        while True:
            try:
                more = await self.round()
            except Retriable as error:
                self._log.warning("search_not_filled", code=error.code)
                more = False
            self.rounds += 1
            await self._clock.sleep(timedelta(milliseconds=5) if more else LOOK_EVERY)

    async def round(self) -> bool:
        """One batch of each tenant that is behind; answers whether there may be more."""
        async with self._database.transaction(read_only=True) as connection:
            tenants = await repository.behind(connection, TENANTS)
        read = [await self._read(tenant_id) for tenant_id in tenants]
        return any(count == BATCH for count in read)

    async def _read(self, tenant_id: str) -> int:
        async def work(connection: Connection) -> int:
            after = await repository.lock_position(connection, tenant_id)
            if after is None:
                return 0
            last, message_ids = await repository.events_after(connection, tenant_id, after, BATCH)
            if last is None:
                return 0
            if message_ids:
                await repository.index(connection, message_ids)
            await repository.advance(connection, tenant_id, last)
            return last - after

        return await self._database.run(work, [tenant_id])
