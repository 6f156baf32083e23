"""Facts on their way to the stream: written without a number, which the sequencer gives them after commit."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from backbone.ids import new_id
from backbone.storage.database import Connection
from backbone.storage.statement import Statement, columns
from backbone.telemetry import tracing
from router.domain.conversation import Fact


@dataclass(frozen=True, slots=True)
class EventRow:
    tenant_id: str
    type: str
    conversation_id: str | None
    at: datetime
    data: str
    traceparent: str | None = None


def event_row(tenant_id: str, fact: Fact, at: datetime) -> EventRow:
    return EventRow(
        tenant_id,
        fact.type,
        fact.data.get("conversation_id"),
        at,
        json.dumps(fact.data, default=str),
        tracing.traceparent(),
    )


_APPEND = """
    INSERT INTO events_pending (tenant_id, id, type, conversation_id, at, data, traceparent)
    SELECT t, i, y, c, a, d::jsonb, p
    FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::text[], $7::text[])
        WITH ORDINALITY AS v (t, i, y, c, a, d, p, n) ORDER BY n
"""


def appending(rows: Sequence[EventRow]) -> Statement:
    """Appends facts in order. Whoever writes facts of a conversation holds its row lock, so their order is its order."""
    values = ((r.tenant_id, new_id("evt"), r.type, r.conversation_id, r.at, r.data, r.traceparent) for r in rows)
    return Statement(_APPEND, columns(values))


async def append(connection: Connection, rows: Sequence[EventRow]) -> None:
    if rows:
        statement = appending(rows)
        await connection.execute(statement.sql, *statement.args)
