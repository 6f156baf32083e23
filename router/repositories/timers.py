"""Timers: one row for each conversation and kind; set, replaced and cancelled with the change that causes it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from backbone.storage.database import Connection

SLA = "sla"
SNOOZE = "snooze"


@dataclass(frozen=True, slots=True)
class TimerRow:
    tenant_id: str
    conversation_id: str
    kind: str
    due_at: datetime
    step: str


async def put(connection: Connection, rows: Sequence[TimerRow]) -> None:
    if not rows:
        return
    await connection.execute(
        """
        INSERT INTO timers AS t (tenant_id, conversation_id, kind, due_at, step)
        SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[], $5::text[])
        ON CONFLICT (conversation_id, kind) DO UPDATE SET due_at = excluded.due_at, step = excluded.step
        """,
        [row.tenant_id for row in rows],
        [row.conversation_id for row in rows],
        [row.kind for row in rows],
        [row.due_at for row in rows],
        [row.step for row in rows],
    )


async def cancel(connection: Connection, conversation_ids: Sequence[str], kind: str) -> None:
    if conversation_ids:
        await connection.execute(
            "DELETE FROM timers WHERE conversation_id = ANY($1::text[]) AND kind = $2", list(conversation_ids), kind
        )
