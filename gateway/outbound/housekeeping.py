"""What time does to `deliveries`: gives up what nobody could send, removes what is long finished, and measures the rest."""

from collections.abc import Sequence
from datetime import timedelta

from pydantic import ValidationError

from backbone.clock import Clock
from backbone.errors import Retriable
from backbone.storage.database import Connection, Database
from backbone.storage.outbox import enqueue
from backbone.telemetry.logs import get_logger
from backbone.telemetry.metrics import Metric, Metrics
from gateway.outbound import store
from gateway.outbound.reports import Result, report
from schemas.outbound import OutboundMessage

EVERY = timedelta(seconds=15)
BATCH = 500
_MARGIN = timedelta(hours=1)
"""Beyond the senders' own patience: only what no sender looks at (a paused or deleted account) is left to us."""


class Housekeeping:
    """One coroutine a process; replicas don't disturb each other."""

    def __init__(
        self, database: Database, clock: Clock, metrics: Metrics, *, channels: Sequence[str], horizon: timedelta
    ) -> None:
        self._database = database
        self._clock = clock
        self._metrics = metrics
        self._channels = list(channels)
        self._horizon = horizon
        self._log = get_logger("deliveries")

    async def run(self) -> None:
        """Until cancelled; the database may come and go."""
        while True:
            try:
                await self.measure()
                await self.give_up()
                await self.remove()
            except Retriable as error:
                self._log.warning("housekeeping waits", code=error.code)
            await self._clock.sleep(EVERY)

    async def measure(self) -> None:
        """Sets the gauges of due deliveries."""
        async with self._database.transaction(read_only=True) as connection:
            rows = await connection.fetch(
                """
                SELECT channel, count(*) AS due, extract(epoch FROM now() - min(created_at))::float8 AS age FROM deliveries
                WHERE state IN ('queued', 'sending') AND next_at <= now() AND channel = ANY($1) GROUP BY channel
                """,
                self._channels,
            )
        found = {row["channel"]: row for row in rows}
        for channel in self._channels:
            row = found.get(channel)
            self._metrics.set(Metric.GATEWAY_OUTBOUND_DUE, row["due"] if row else 0, channel)
            self._metrics.set(Metric.GATEWAY_OUTBOUND_AGE, row["age"] if row else 0.0, channel)

    async def give_up(self) -> int:
        """Fails what has waited longer than any sender would, with a report; answers how many messages."""
        async with self._database.transaction(read_only=True) as connection:
            tenants = await connection.fetch(
                """
                SELECT DISTINCT tenant_id FROM (SELECT tenant_id FROM deliveries
                WHERE state = 'queued' AND channel = ANY($1) AND created_at < now() - $2::interval LIMIT $3) AS old
                """,
                self._channels,
                self._horizon + _MARGIN,
                BATCH,
            )
        given = 0
        for row in tenants:
            given += await self._database.run(self._fail_old, [row["tenant_id"]])
        return given

    async def _fail_old(self, connection: Connection) -> int:
        rows = await connection.fetch(
            """
            WITH old AS (
                SELECT message_id, part, body FROM deliveries
                WHERE state = 'queued' AND channel = ANY($1) AND created_at < now() - $2::interval
                  AND tenant_id = current_setting('frontdesk.tenant')
                ORDER BY position LIMIT $3 FOR UPDATE SKIP LOCKED
            )
            UPDATE deliveries d SET state = 'failed', error_code = 'expired', body = '{}', updated_at = now()
            FROM old WHERE d.message_id = old.message_id AND d.part = old.part
            RETURNING d.message_id, d.part, d.attempt, d.channel, old.body
            """,
            self._channels,
            self._horizon + _MARGIN,
            BATCH,
        )
        firsts = {row["message_id"]: row for row in sorted(rows, key=lambda row: row["part"], reverse=True)}
        for row in firsts.values():
            try:
                message = OutboundMessage.model_validate(row["body"])
            except ValidationError:
                continue
            state = await store.message_state(connection, message.message_id)
            result = Result(
                "failed",
                part=row["part"],
                attempt=row["attempt"],
                provider_message_ids=state.provider_message_ids,
                error_code="expired",
                error_detail="it could not be sent in time",
                possibly_sent_twice=state.possibly_sent_twice,
            )
            await enqueue(connection, [report(message, result, self._clock.now())])
            self._metrics.inc(Metric.GATEWAY_OUTBOUND_FAILED, row["channel"], "expired")
        return len(firsts)

    async def remove(self) -> int:
        """Deletes rows finished long ago, a batch a call; answers how many."""
        async with self._database.transaction() as connection:
            gone = await connection.fetch(
                """
                DELETE FROM deliveries WHERE (message_id, part) IN (
                    SELECT message_id, part FROM deliveries
                    WHERE state IN ('sent', 'failed') AND created_at < now() - $1::interval AND channel = ANY($2)
                    LIMIT $3 FOR UPDATE SKIP LOCKED)
                RETURNING 1
                """,
                store.KEEP,
                self._channels,
                BATCH,
            )
        return len(gone)
