"""Actions on messages: asked for, and settled by the gateway's reports."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from backbone.storage.database import Connection

PREFIX = "act_"


@dataclass(frozen=True, slots=True)
class ActionRow:
    id: str
    tenant_id: str
    conversation_id: str
    message_id: str
    action: str
    content: str
    author_kind: str
    author_id: str | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Waiting:
    """An action whose report has come."""

    id: str
    message_id: str
    action: str
    content: Mapping[str, Any]


async def insert(connection: Connection, row: ActionRow) -> None:
    await connection.execute(
        """
        INSERT INTO message_actions (id, tenant_id, conversation_id, message_id, action, content, author_kind, author_id,
            created_at, state_at) VALUES ($1, $2, $3, $4, $5, $6::text::jsonb, $7, $8, $9, $9)
        """,
        row.id,
        row.tenant_id,
        row.conversation_id,
        row.message_id,
        row.action,
        row.content,
        row.author_kind,
        row.author_id,
        row.created_at,
    )


async def settle(
    connection: Connection, action_id: str, state: str, now: datetime, error: tuple[str | None, str | None]
) -> Waiting | None:
    """Moves a queued action to its end; None where there is none, or it has ended before."""
    row = await connection.fetchrow(
        """
        UPDATE message_actions SET state = $2, state_at = $3, error_code = $4, error_detail = $5
        WHERE id = $1 AND state = 'queued' RETURNING id, message_id, action, content
        """,
        action_id,
        state,
        now,
        *error,
    )
    return None if row is None else Waiting(*row)


async def of_message(connection: Connection, message_id: str, most: int) -> Sequence[Any]:
    """The newest actions on a message."""
    rows: Sequence[Any] = await connection.fetch(
        "SELECT id, action, state, error_code, error_detail, created_at, state_at FROM message_actions "
        "WHERE message_id = $1 ORDER BY created_at DESC LIMIT $2",
        message_id,
        most,
    )
    return rows
