"""Watches what is said in public: every fifteen seconds it looks for storms, and sends shared answers, one conversation a transaction."""

from datetime import timedelta

from backbone.clock import Clock
from backbone.storage.database import Connection, Database
from backbone.storage.leases import Lease, guard
from backbone.telemetry.metrics import Metric, Metrics
from router.repositories import reputation as repository
from router.signals import Signals
from router.usecases import reputation

LEASE = "reputation/0"
TENANTS = 1000
ANSWERS = 50
_EVERY = timedelta(seconds=15)


class Watching:
    """One leader's round."""

    def __init__(self, database: Database, signals: Signals, clock: Clock, metrics: Metrics) -> None:
        self._database = database
        self._signals = signals
        self._clock = clock
        self._metrics = metrics
        self._next = 0.0
        # An alert looks at how it grew: what only appears with the first storm has not grown.
        for state in ("opened", "closed"):
            metrics.inc(Metric.ROUTER_INCIDENTS, state, by=0)

    async def round(self, lease: Lease) -> bool:
        """Whether answers are left to send."""
        if self._clock.monotonic() < self._next:
            return False
        async with self._database.transaction(read_only=True) as connection:
            tenants = await repository.tenants_due(connection, self._clock.now(), TENANTS)
        more = False
        for tenant_id in tenants:
            await self._look(lease, tenant_id)
            more = await self._answer(lease, tenant_id) or more
        if not more:
            self._next = self._clock.monotonic() + _EVERY.total_seconds()
        return more

    async def _look(self, lease: Lease, tenant_id: str) -> None:
        async def work(connection: Connection) -> tuple[int, int]:
            await guard(connection, lease)
            return await reputation.look(connection, tenant_id, self._clock.now())

        opened, closed = await self._database.run(work, [tenant_id])
        for state, count in (("opened", opened), ("closed", closed)):
            if count:
                self._metrics.inc(Metric.ROUTER_INCIDENTS, state, by=count)
                self._signals.events.set()

    async def _answer(self, lease: Lease, tenant_id: str) -> bool:
        async with self._database.transaction([tenant_id], read_only=True) as connection:
            due = await repository.to_answer(connection, tenant_id, ANSWERS)
        for row in due:

            async def work(connection: Connection, row: object = row) -> bool:
                await guard(connection, lease)
                return await reputation.answer_one(connection, row, self._clock.now())

            if await self._database.run(work, [tenant_id]):
                self._signals.events.set()
                self._signals.outbox.set()
        return len(due) == ANSWERS
