"""The outbox: what a transaction wants published, and the one leased relay that publishes it in order.

Rows are claimed by state (they are deleted once published), never by `id > last`: a transaction with a lower id may
commit later. One worker holds the lease, since SKIP LOCKED among many would break the order of a conversation.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from backbone.bus.port import Bus, Message
from backbone.storage.database import Connection, Database
from backbone.storage.leases import Lease, guard
from backbone.storage.statement import Statement, columns
from backbone.telemetry import tracing

BATCH = 500


@dataclass(frozen=True, slots=True)
class OutboxRow:
    tenant_id: str
    message: Message
    traceparent: str | None = field(default_factory=tracing.traceparent)
    """Of the span in which the row was made: the trace goes on where the message is consumed."""


_ENQUEUE = """
    INSERT INTO outbox (tenant_id, topic, key, value, traceparent)
    SELECT * FROM unnest($1::text[], $2::text[], $3::bytea[], $4::bytea[], $5::text[])
"""


def enqueuing(rows: Sequence[OutboxRow], traceparent: str | None = None) -> Statement:
    values = (
        (r.tenant_id, r.message.topic, r.message.key, r.message.value, r.traceparent or traceparent) for r in rows
    )
    return Statement(_ENQUEUE, columns(values))


async def enqueue(connection: Connection, rows: Sequence[OutboxRow], traceparent: str | None = None) -> None:
    """Stores messages to publish with the caller's transaction; `traceparent` is for rows made outside any span."""
    if rows:
        statement = enqueuing(rows, traceparent)
        await connection.execute(statement.sql, *statement.args)


class Relay:
    """Moves rows of the outbox to the bus while it holds `lease`. A crash between publishing and deleting sends again:
    readers know duplicates by id.
    """

    def __init__(self, database: Database, bus: Bus) -> None:
        self._database = database
        self._bus = bus

    async def drain(self, lease: Lease) -> int:
        """Publishes what waits, one batch; answers how many. Raises `Fenced`, or `Retriable` with the bus away."""
        async with self._database.transaction() as connection:
            await guard(connection, lease)
            rows = await connection.fetch(
                "SELECT position, topic, key, value, traceparent FROM outbox ORDER BY position LIMIT $1", BATCH
            )
        if not rows:
            return 0
        await self._bus.publish_many([_message(row) for row in rows])
        async with self._database.transaction() as connection:
            await guard(connection, lease)
            await connection.execute(
                "DELETE FROM outbox WHERE position = ANY($1::bigint[])", [row["position"] for row in rows]
            )
        return len(rows)

    async def depth(self) -> int:
        """Rows waiting, counted up to 10,000."""
        async with self._database.transaction(read_only=True) as connection:
            return int(await connection.fetchval("SELECT count(*) FROM (SELECT 1 FROM outbox LIMIT 10000) AS waiting"))


def _message(row: Any) -> Message:
    headers = (("traceparent", row["traceparent"].encode()),) if row["traceparent"] else ()
    return Message(row["topic"], row["key"], row["value"], headers)
