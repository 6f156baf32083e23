"""Works off what was asked of `usecases.recompute`: a batch of conversations a transaction, tenant after tenant."""

from datetime import timedelta

from backbone.clock import Clock
from backbone.storage.database import Connection, Database
from backbone.storage.leases import Lease, guard
from router.config import ConfigCache
from router.signals import Signals
from router.usecases import recompute

LEASE = "recompute/0"
_TENANTS = 20
_AGAIN_AFTER = timedelta(seconds=65)
"""Longer than any process keeps a tenant's configuration: what was set by old terms meanwhile is found by the second pass."""


class Recompute:
    """One batch of each tenant that is due, a round."""

    def __init__(self, database: Database, configs: ConfigCache, signals: Signals, clock: Clock) -> None:
        self._database = database
        self._configs = configs
        self._signals = signals
        self._clock = clock

    async def round(self, lease: Lease) -> bool:
        async with self._database.transaction(read_only=True) as connection:
            rows = await connection.fetch(
                "SELECT tenant_id FROM recompute_requests WHERE due_at <= clock_timestamp() ORDER BY due_at LIMIT $1",
                _TENANTS,
            )
        more = [await self._batch(lease, row["tenant_id"]) for row in rows]
        if rows:
            self._signals.events.set()
            self._signals.timers.set()
        return any(more)

    async def _batch(self, lease: Lease, tenant_id: str) -> bool:
        async def work(connection: Connection) -> bool:
            await guard(connection, lease)
            row = await connection.fetchrow(
                "SELECT * FROM recompute_requests WHERE tenant_id = $1 FOR UPDATE", tenant_id
            )
            if row is None:
                return False
            if not row["after_id"]:
                # What this process remembers may be older than the change that asked.
                self._configs.forget(tenant_id)
            config = (await self._configs.get(connection, [tenant_id])).get(tenant_id)
            last = None
            if config is not None:
                last = await recompute.recompute(connection, config, row["after_id"], row["cause"], self._clock.now())
            if last is not None:
                await connection.execute(
                    "UPDATE recompute_requests SET after_id = $2 WHERE tenant_id = $1", tenant_id, last
                )
                return True
            if row["passes"] <= 1 or config is None:
                await connection.execute("DELETE FROM recompute_requests WHERE tenant_id = $1", tenant_id)
            else:
                await connection.execute(
                    "UPDATE recompute_requests SET after_id = '', passes = passes - 1, due_at = clock_timestamp() + $2 WHERE tenant_id = $1",
                    tenant_id,
                    _AGAIN_AFTER,
                )
            return False

        return await self._database.run(work, [tenant_id])
