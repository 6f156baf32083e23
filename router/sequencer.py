"""Numbers events: one fenced leader moves them from `events_pending` to the tenant's stream, in the order of commit.

Pending rows are claimed by being there (never by `id > last`), so one that commits late is numbered later, not lost.
Writers of a conversation's facts hold its row lock, so for each conversation the pending order is the order of commit.
"""

import asyncio

from backbone.bus.port import Bus, Message
from backbone.errors import Fenced, Retriable
from backbone.storage.database import Database
from backbone.storage.leases import Lease
from backbone.storage.wake import STREAM, TELL, heads_told
from backbone.telemetry.logs import get_logger
from backbone.telemetry.metrics import Metric, Metrics
from schemas.events import WakeUp
from schemas.topics import EVENTS

LEASE = "sequencer/0"
EVENTS_BATCH = 2000

# One round trip and one commit: lease check, move, numbers and heads. A tenant's own events are numbered in their order.
_NUMBER = """
    WITH lease AS (
        SELECT 1 FROM leases WHERE name = $1 AND holder = $2 AND epoch = $3 FOR SHARE
    ), moved AS (
        DELETE FROM events_pending WHERE position IN (SELECT position FROM events_pending ORDER BY position LIMIT $4)
            AND EXISTS (SELECT 1 FROM lease)
        RETURNING *
    ), counted AS (
        SELECT tenant_id, count(*) AS many FROM moved GROUP BY tenant_id
    ), heads AS (
        INSERT INTO streams AS s (tenant_id, last_seq) SELECT tenant_id, many FROM counted ORDER BY tenant_id
        ON CONFLICT (tenant_id) DO UPDATE SET last_seq = s.last_seq + excluded.last_seq
        RETURNING tenant_id, last_seq
    ), numbered AS (
        INSERT INTO events (tenant_id, seq, id, type, conversation_id, at, data, traceparent)
        SELECT m.tenant_id, h.last_seq - c.many + row_number() OVER (PARTITION BY m.tenant_id ORDER BY m.position),
            m.id, m.type, m.conversation_id, m.at, m.data, m.traceparent
        FROM moved m JOIN heads h USING (tenant_id) JOIN counted c USING (tenant_id)
    )
    SELECT (SELECT count(*) FROM lease) AS held, h.tenant_id, h.last_seq, c.many
    FROM (SELECT 1) AS one LEFT JOIN (heads h JOIN counted c USING (tenant_id)) ON true
"""


class Sequencer:
    """Run by whoever holds its lease; it keeps no state of its own."""

    def __init__(self, database: Database, bus: Bus, metrics: Metrics) -> None:
        self._database = database
        self._bus = bus
        self._numbered = metrics.counter(Metric.ROUTER_NUMBERED)
        self._log = get_logger("sequencer")

    async def drain(self, lease: Lease) -> int:
        """Numbers one batch and wakes the readers; answers how many events it numbered. Raises `Fenced`."""
        rows = await self._database.alone(_NUMBER, lease.name, lease.holder, lease.epoch, EVENTS_BATCH)
        if not rows[0]["held"]:
            raise Fenced("the sequencer's lease was taken over")
        heads = [(row["tenant_id"], row["last_seq"]) for row in rows if row["tenant_id"] is not None]
        total = sum(row["many"] for row in rows if row["many"] is not None)
        if heads:
            self._numbered.inc(total)
            await self._announce(heads)
        return int(total)

    async def _announce(self, heads: list[tuple[str, int]]) -> None:
        """Wake-ups may be lost: readers also look at the heads by themselves every second.

        The database tells those who listen at once; the bus tells everybody.
        """
        messages = [
            Message(EVENTS, tenant.encode(), WakeUp(tenant_id=tenant, seq=seq).model_dump_json().encode())
            for tenant, seq in heads
        ]
        told = await asyncio.gather(
            self._database.alone(TELL, STREAM, heads_told(heads)),
            self._bus.publish_many(messages),
            return_exceptions=True,
        )
        for error in told:
            if isinstance(error, Retriable):
                self._log.warning("wake_up_not_published", tenants=len(heads), error=error.code)
            elif isinstance(error, BaseException):
                raise error
