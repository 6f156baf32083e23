"""Keeps each conversation's legs and runs of clocks from its tenant's stream, by number: so taking a message costs nothing more."""

from collections import Counter
from datetime import timedelta

from backbone.clock import Clock
from backbone.errors import Retriable
from backbone.storage.database import Connection, Database
from backbone.telemetry.logs import get_logger
from backbone.telemetry.metrics import Metric, Metrics
from router.repositories import legs as repository

LOOK_EVERY = timedelta(seconds=1)
TENANTS = 50
BATCH = 500


class LegKeeper:
    """Any number of processes may run one: a tenant is read by one at a time, so each run that ended is counted by one."""

    def __init__(self, database: Database, clock: Clock, metrics: Metrics) -> None:
        self._database = database
        self._clock = clock
        self._metrics = metrics
        self._log = get_logger("legs")
        self.rounds = 0

    async def run(self) -> None:
        while True:
            try:
                more = await self.round()
            except Retriable as error:
                self._log.warning("legs_not_kept", code=error.code)
                more = False
            self.rounds += 1
            await self._clock.sleep(timedelta(milliseconds=5) if more else LOOK_EVERY)

    async def round(self) -> bool:
        """One batch of each tenant that is behind; answers whether there may be more."""
        async with self._database.transaction(read_only=True) as connection:
            tenants = await repository.behind(connection, TENANTS)
        return any([await self.read(tenant_id) >= BATCH for tenant_id in tenants])

    async def read(self, tenant_id: str) -> int:
        """One batch of a tenant's events; answers how many numbers further it is."""

        async def work(connection: Connection) -> tuple[int, Counter[tuple[str, str]]]:
            nothing: Counter[tuple[str, str]] = Counter()
            after = await repository.lock_position(connection, tenant_id)
            if after is None:
                return 0, nothing
            last, events = await repository.events_after(connection, tenant_id, after, BATCH)
            if last is None:
                return 0, nothing
            lives = await repository.lives(connection, sorted({key for key, _ in events})) if events else {}
            for key, event in events:
                lives[key].fold(event)
            await repository.write(connection, tenant_id, lives)
            await repository.advance(connection, tenant_id, last)
            return last - after, Counter((run.clock, run.outcome) for life in lives.values() for run in life.ended)

        further, ended = await self._database.run(work, [tenant_id])
        for (target, outcome), many in ended.items():
            self._metrics.inc(Metric.API_CLOCKS_ENDED, target, outcome, by=many)
        return further
