"""What age removes: de-duplication hashes, orphans, counts of accounts, old forecasts of waits, old offers, promises and bots' turns that are over, old reports on customers and answers about them, what old public posts were about, dead letters with the keys of their days, old events. Bounded batches, by whoever holds the lease."""

from datetime import timedelta

from backbone.clock import Clock
from backbone.storage.database import Database
from backbone.storage.leases import Lease, guard

LEASE = "housekeeping/0"
_EVERY = timedelta(minutes=10)
_BATCH = 5000

_OLD = (
    "DELETE FROM inbox WHERE ctid = ANY (ARRAY(SELECT ctid FROM inbox WHERE seen_at < now() - interval '35 days' LIMIT $1))",
    "DELETE FROM account_traffic WHERE ctid = ANY (ARRAY(SELECT ctid FROM account_traffic WHERE hour < now() - interval '35 days' LIMIT $1))",
    "DELETE FROM orphans WHERE ctid = ANY (ARRAY(SELECT ctid FROM orphans WHERE created_at < now() - interval '24 hours' LIMIT $1))",
    "DELETE FROM wait_forecasts WHERE ctid = ANY (ARRAY(SELECT ctid FROM wait_forecasts WHERE at < now() - interval '35 days' LIMIT $1))",
    "DELETE FROM offers WHERE ctid = ANY (ARRAY(SELECT ctid FROM offers WHERE at < now() - interval '7 days' LIMIT $1))",
    "DELETE FROM offer_outcomes WHERE ctid = ANY (ARRAY(SELECT ctid FROM offer_outcomes WHERE at < now() - interval '90 days' LIMIT $1))",
    "DELETE FROM offer_counts WHERE ctid = ANY (ARRAY(SELECT ctid FROM offer_counts WHERE hour < now() - interval '1 day' LIMIT $1))",
    "DELETE FROM call_backs WHERE ctid = ANY (ARRAY(SELECT ctid FROM call_backs WHERE at < now() - interval '1 day' LIMIT $1))",
    "DELETE FROM bot_turns WHERE ctid = ANY (ARRAY(SELECT ctid FROM bot_turns WHERE until < now() - interval '1 day' LIMIT $1))",
    "DELETE FROM public_posts WHERE ctid = ANY (ARRAY(SELECT ctid FROM public_posts WHERE at < now() - interval '35 days' LIMIT $1))",
    "DELETE FROM context_answers WHERE ctid = ANY (ARRAY(SELECT ctid FROM context_answers WHERE at < now() - interval '1 day' LIMIT $1))",
)


class Housekeeping:
    """Runs every ten minutes, again at once while a batch was full."""

    def __init__(self, database: Database, clock: Clock, event_retention: timedelta) -> None:
        self._database = database
        self._clock = clock
        self._retention = event_retention
        self._next = 0.0

    async def round(self, lease: Lease) -> bool:
        if self._clock.monotonic() < self._next:
            return False
        removed = [await self._remove(lease, statement) for statement in _OLD]
        # The stream's first number says what is kept, so a client knows that events are gone.
        removed.append(await self._by(lease, "SELECT trim_streams($2, $1)", self._retention))
        removed.append(await self._by(lease, "SELECT remove_old_reports($1)"))
        removed.append(await self._by(lease, "SELECT remove_old_letters($1)"))
        if max(removed) >= _BATCH:
            return True
        self._next = self._clock.monotonic() + _EVERY.total_seconds()
        return False

    async def _remove(self, lease: Lease, statement: str) -> int:
        async with self._database.transaction() as connection:
            await guard(connection, lease)
            return int((await connection.execute(statement, _BATCH)).rpartition(" ")[2])

    async def _by(self, lease: Lease, statement: str, *more: object) -> int:
        """What a function of the database removes, which sees all tenants and tells how many rows went."""
        async with self._database.transaction() as connection:
            await guard(connection, lease)
            return int(await connection.fetchval(statement, _BATCH, *more))
