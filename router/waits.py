"""Keeps what customers may expect up to date, and measures how wrong it was: a leader's round over the tenants at work."""

from datetime import timedelta

from backbone.clock import Clock
from backbone.storage.database import Connection, Database
from backbone.storage.leases import Lease, guard
from router.config import ConfigCache
from router.repositories import waits as repository
from router.signals import Signals
from router.usecases import sun, waits

LEASE = "waits/0"
_EVERY = timedelta(seconds=5)
_TENANTS = 50
_FIRST_SEEN = timedelta(minutes=1)
"""A wait is forecast while it is young, so that what is measured is what a customer would be told on coming."""


class Waits:
    """Renews the waits of tenants that have somebody online, the oldest first, at most fifty a round."""

    def __init__(self, database: Database, configs: ConfigCache, signals: Signals, clock: Clock) -> None:
        self._database = database
        self._configs = configs
        self._signals = signals
        self._clock = clock

    async def round(self, lease: Lease) -> bool:
        async with self._database.transaction(read_only=True) as connection:
            rows = await connection.fetch("SELECT tenant_id FROM tenants_with_old_waits($1, $2)", _EVERY, _TENANTS)
        for row in rows:
            await self.renew(lease, row["tenant_id"])
        return len(rows) == _TENANTS

    async def renew(self, lease: Lease, tenant_id: str) -> None:
        """One tenant's waits, in one transaction; work of teams that have closed goes to those that are awake."""
        if await self._database.run(lambda connection: self._renew(connection, lease, tenant_id), [tenant_id]):
            self._signals.events.set()
            self._signals.wake_dispatch(tenant_id)

    async def _renew(self, connection: Connection, lease: Lease, tenant_id: str) -> int:
        await guard(connection, lease)
        now = self._clock.now()
        config = (await self._configs.get(connection, [tenant_id])).get(tenant_id)
        if config is None:
            return 0
        await repository.settle(connection, tenant_id, now)
        picture = await waits.look(connection, config, now)
        await repository.put(connection, tenant_id, waits.newcomers(config, picture), now)
        await repository.forecast(
            connection,
            [
                (
                    one.queued.place.id,
                    one.queued.place.waiting_since,
                    tenant_id,
                    one.queued.team_id,
                    one.queued.channel_class,
                    now,
                    one.wait.position,
                    one.wait.model,
                    one.wait.seconds,
                    one.wait.low,
                    one.wait.high,
                )
                for one in picture.everyone()
                if one.wait is not None and now - one.queued.place.waiting_since <= _FIRST_SEEN
            ],
        )
        waiting = [(one.queued.place.id, one.queued.team_id) for one in picture.everyone()]
        return await sun.follow(connection, config, waiting, now)
