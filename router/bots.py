"""Watches over bots: each second, those whose customers wrote and those whose time is over, one conversation a transaction."""

from backbone.clock import Clock
from backbone.storage.database import Connection, Database
from backbone.storage.leases import Lease, guard
from backbone.telemetry.metrics import Metric, Metrics
from router.config import ConfigCache, TenantConfig
from router.repositories import bots as repository
from router.repositories import conversations
from router.signals import Signals
from router.usecases import bots

LEASE = "bots/0"
BATCH = 100


class BotKeeper:
    """One leader's round: what a bot may not answer, or let pass twice, goes to people."""

    def __init__(
        self, database: Database, configs: ConfigCache, signals: Signals, clock: Clock, metrics: Metrics
    ) -> None:
        self._database = database
        self._configs = configs
        self._signals = signals
        self._clock = clock
        self._metrics = metrics

    async def round(self, lease: Lease) -> bool:
        """Whether there is more to look at."""
        async with self._database.transaction(read_only=True) as connection:
            due = await repository.due(connection, BATCH)
        for tenant_id, conversation_id in due:
            came = await self._look(lease, tenant_id, conversation_id)
            if came in {"missed", "handed_over"}:
                self._metrics.inc(Metric.ROUTER_BOT_TURNS, came)
                self._signals.events.set()
                self._signals.outbox.set()
                self._signals.wake_dispatch(tenant_id)
        return len(due) == BATCH

    async def _look(self, lease: Lease, tenant_id: str, conversation_id: str) -> str:
        async def work(connection: Connection) -> str:
            await guard(connection, lease)
            found = await conversations.lock_many(connection, [conversation_id], skip_locked=True)
            if not found:
                return ""
            now = self._clock.now()
            config = (await self._configs.get(connection, [tenant_id])).get(tenant_id) or TenantConfig(tenant_id, now)
            return await bots.look(connection, config, found[0], now)

        return await self._database.run(work, [tenant_id])
