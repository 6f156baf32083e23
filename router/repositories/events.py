"""Facts on their way to the stream: written without a number, which the sequencer gives them after commit."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from backbone.ids import new_id
from backbone.storage.database import Connection
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


async def append(connection: Connection, rows: Sequence[EventRow]) -> None:
    """Appends facts in order. Whoever writes facts of a conversation holds its row lock, so their order is its order."""
    if not rows:
        return
    await connection.execute(
        """
        INSERT INTO events_pending (tenant_id, id, type, conversation_id, at, data, traceparent)
        SELECT t, i, y, c, a, d::jsonb, p
        FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::text[], $7::text[])
            WITH ORDINALITY AS v (t, i, y, c, a, d, p, n) ORDER BY n
        """,
        [row.tenant_id for row in rows],
        [new_id("evt") for _ in rows],
        [row.type for row in rows],
        [row.conversation_id for row in rows],
        [row.at for row in rows],
        [row.data for row in rows],
        [row.traceparent for row in rows],
    )
