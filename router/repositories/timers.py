"""Timers: one row for each conversation and kind; set, replaced and cancelled with the change that causes it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from backbone.storage.database import Connection
from backbone.storage.statement import Statement, columns

SLA = "sla"
SNOOZE = "snooze"
HELD = "held"
CALL = "call"
RESOLVE = "resolve"
"""The clock of a conversation's resolution."""
SATISFACTION = "satisfaction"
"""When the customer of a resolved case is asked how it went."""
ADVOCATE = "advocate"
"""When a customer who rated well is invited to tell others."""


@dataclass(frozen=True, slots=True)
class TimerRow:
    tenant_id: str
    conversation_id: str
    kind: str
    due_at: datetime
    step: str


_PUT = """
    INSERT INTO timers AS t (tenant_id, conversation_id, kind, due_at, step)
    SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[], $5::text[])
    ON CONFLICT (conversation_id, kind) DO UPDATE SET due_at = excluded.due_at, step = excluded.step
"""


def putting(rows: Sequence[TimerRow]) -> Statement:
    """Sets timers; one of the same conversation and kind is replaced."""
    return Statement(_PUT, columns((r.tenant_id, r.conversation_id, r.kind, r.due_at, r.step) for r in rows))


async def put(connection: Connection, rows: Sequence[TimerRow]) -> None:
    if rows:
        statement = putting(rows)
        await connection.execute(statement.sql, *statement.args)


def cancelling(conversation_ids: Sequence[str], kind: str) -> Statement:
    return Statement(
        "DELETE FROM timers WHERE conversation_id = ANY($1::text[]) AND kind = $2", (list(conversation_ids), kind)
    )


async def cancel(connection: Connection, conversation_ids: Sequence[str], kind: str) -> None:
    if conversation_ids:
        statement = cancelling(conversation_ids, kind)
        await connection.execute(statement.sql, *statement.args)


async def put_earlier(connection: Connection, row: TimerRow) -> None:
    """Sets a timer unless an earlier one of its conversation and kind runs."""
    await connection.execute(
        """
        INSERT INTO timers AS t (tenant_id, conversation_id, kind, due_at, step) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (conversation_id, kind) DO UPDATE SET due_at = least(t.due_at, excluded.due_at)
        """,
        row.tenant_id,
        row.conversation_id,
        row.kind,
        row.due_at,
        row.step,
    )
