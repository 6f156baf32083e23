"""The table of reply leases, and what lies in a conversation at a moment."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select

from backbone.storage.compile import compiled
from backbone.storage.database import Connection
from backbone.storage.models.tables import messages as m

RECENT = 50
"""How far back one looks: what is older than so many messages is not news."""


async def find(connection: Connection, conversation_id: str) -> Any:
    return await connection.fetchrow("SELECT * FROM reply_leases WHERE conversation_id = $1", conversation_id)


async def lock_conversation(connection: Connection, conversation_id: str) -> None:
    """Nothing is added to the conversation until the caller's commit."""
    await connection.execute("SELECT 1 FROM conversations WHERE id = $1 FOR UPDATE", conversation_id)


async def recent(connection: Connection, conversation_id: str) -> Sequence[Any]:
    """The latest messages and notes, the oldest first."""
    statement = select(m).where(m.c.conversation_id == conversation_id)
    sql, args = compiled(statement.order_by(m.c.sort_at.desc(), m.c.id.desc()).limit(RECENT))
    return list(reversed(await connection.fetch(sql, *args)))


async def put(connection: Connection, values: Sequence[object]) -> Any:
    """Stores who has it now."""
    return await connection.fetchrow(
        """
        INSERT INTO reply_leases (conversation_id, tenant_id, holder, agent_id, number, seen, expires_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT (conversation_id) DO UPDATE SET holder = $3, agent_id = $4, number = $5, seen = $6, expires_at = $7
        RETURNING *
        """,
        *values,
    )


async def end(connection: Connection, conversation_id: str, now: datetime) -> None:
    """The row stays: its number must never be given twice."""
    await connection.execute("UPDATE reply_leases SET expires_at = $2 WHERE conversation_id = $1", conversation_id, now)
