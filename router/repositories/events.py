"""Facts on their way to the stream: written without a number, which the sequencer gives them after commit."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from backbone.ids import new_id
from backbone.storage.database import Connection
from backbone.storage.statement import Statement, recordset
from backbone.telemetry import tracing
from router.domain.conversation import Fact


class EventRow(msgspec.Struct, frozen=True):
    """One row; the fields are its columns. `data` is JSON."""

    tenant_id: str
    id: str
    type: str
    conversation_id: str | None
    at: datetime
    data: str
    traceparent: str | None = None


_encode = msgspec.json.Encoder().encode


def event_row(tenant_id: str, fact: Fact, at: datetime) -> EventRow:
    return EventRow(
        tenant_id,
        new_id("evt"),
        fact.type,
        fact.data.get("conversation_id"),
        at,
        _encode(fact.data).decode(),
        tracing.traceparent(),
    )


_APPEND = """
    INSERT INTO events_pending (tenant_id, id, type, conversation_id, at, data, traceparent)
    SELECT tenant_id, id, type, conversation_id, at, data::jsonb, traceparent
    FROM ROWS FROM (json_to_recordset($1::json) AS (tenant_id text, id text, type text, conversation_id text, at timestamptz,
        data text, traceparent text)) WITH ORDINALITY AS v (tenant_id, id, type, conversation_id, at, data, traceparent, n)
    ORDER BY n
"""


def appending(rows: Sequence[EventRow]) -> Statement:
    """Appends facts in order. Whoever writes facts of a conversation holds its row lock, so their order is its order."""
    return Statement(_APPEND, (recordset(rows),))


async def append(connection: Connection, rows: Sequence[EventRow]) -> None:
    if rows:
        statement = appending(rows)
        await connection.execute(statement.sql, *statement.args)
