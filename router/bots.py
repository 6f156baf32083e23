"""Watches over bots: each second, those whose customers wrote and those whose time is over, one conversation a transaction.

The assistant is played here too, in a transaction after the one that begins its time: what fails in it is a missed deadline.
"""

import asyncpg

from backbone.clock import Clock
from backbone.errors import Fenced, FrontdeskError
from backbone.storage.database import Connection, Database
from backbone.storage.leases import Lease, guard
from backbone.telemetry.logs import get_logger
from backbone.telemetry.metrics import Metric, Metrics
from router.config import ConfigCache, TenantConfig
from router.repositories import bots as repository
from router.repositories import conversations
from router.signals import Signals
from router.usecases import assistant, bots
from router.usecases.intents import Models

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
        self._models = Models()
        self._log = get_logger("bots")

    async def round(self, lease: Lease) -> bool:
        """Whether there is more to look at."""
        async with self._database.transaction(read_only=True) as connection:
            due = await repository.due(connection, BATCH)
        for tenant_id, conversation_id in due:
            came, ours = await self._look(lease, tenant_id, conversation_id)
            if ours and came in {"begun", "missed"}:
                await self._answer(lease, tenant_id, conversation_id)
            if came in {"missed", "handed_over"}:
                self._metrics.inc(Metric.ROUTER_BOT_TURNS, came)
                self._signals.events.set()
                self._signals.outbox.set()
                self._signals.wake_dispatch(tenant_id)
        return len(due) == BATCH

    async def _look(self, lease: Lease, tenant_id: str, conversation_id: str) -> tuple[str, bool]:
        """What came of it, and whether the assistant has it."""

        async def work(connection: Connection) -> tuple[str, bool]:
            await guard(connection, lease)
            found = await conversations.lock_many(connection, [conversation_id], skip_locked=True)
            if not found:
                return "", False
            config = await self._config(connection, tenant_id)
            ours = assistant.is_assistant(config.settings, found[0].agent_id)
            return await bots.look(connection, config, found[0], self._clock.now()), ours

        return await self._database.run(work, [tenant_id])

    async def _answer(self, lease: Lease, tenant_id: str, conversation_id: str) -> None:
        async def work(connection: Connection) -> str:
            await guard(connection, lease)
            found = await conversations.lock_many(connection, [conversation_id], skip_locked=True)
            if not found:
                return ""
            config = await self._config(connection, tenant_id)
            return await assistant.answer(connection, config, self._models, found[0], self._clock.now())

        try:
            came = await self._database.run(work, [tenant_id])
        except Fenced:
            raise
        except (FrontdeskError, asyncpg.PostgresError, ValueError, KeyError) as error:
            self._log.warning("assistant_failed", tenant_id=tenant_id, error=type(error).__name__)
            return
        if came:
            self._signals.events.set()
            self._signals.outbox.set()
            self._signals.wake_dispatch(tenant_id)

    async def _config(self, connection: Connection, tenant_id: str) -> TenantConfig:
        known = await self._configs.get(connection, [tenant_id])
        return known.get(tenant_id) or TenantConfig(tenant_id, self._clock.now())
