"""Reads messages. Whether the caller may see their conversation is checked before."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select, tuple_

from backbone.storage.compile import compiled
from backbone.storage.database import Connection
from backbone.storage.models.tables import messages as m


async def page(
    connection: Connection,
    conversation_id: str,
    *,
    with_notes: bool,
    oldest_first: bool,
    after: tuple[datetime, str] | None,
    limit: int,
) -> Sequence[Any]:
    """Up to `limit + 1` messages of a conversation."""
    statement = select(m).where(m.c.conversation_id == conversation_id)
    if not with_notes:
        statement = statement.where(m.c.direction != "note")
    if after is not None:
        position = tuple_(m.c.sort_at, m.c.id)
        statement = statement.where(position > tuple_(*after) if oldest_first else position < tuple_(*after))
    order = (m.c.sort_at, m.c.id) if oldest_first else (m.c.sort_at.desc(), m.c.id.desc())
    sql, args = compiled(statement.order_by(*order).limit(limit + 1))
    return await connection.fetch(sql, *args)


async def find(connection: Connection, message_id: str) -> Any:
    """One row of any conversation of the tenant, or None."""
    sql, args = compiled(select(m).where(m.c.id == message_id))
    return await connection.fetchrow(sql, *args)
