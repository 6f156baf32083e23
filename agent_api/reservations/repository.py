"""Reads an agent's reservations with what they are about."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select, tuple_

from backbone.storage.compile import compiled
from backbone.storage.database import Connection
from backbone.storage.models.tables import conversations as c
from backbone.storage.models.tables import reservations as r

Position = tuple[datetime, str]
_CASE = ("channel", "contact_name", "subject", "priority", "waiting_since", "due_at")


def _read(agent_id: str) -> Select[Any]:
    case = [c.c[name] for name in _CASE]
    joined = select(r, *case).join(c, c.c.id == r.c.conversation_id)
    return joined.where(r.c.agent_id == agent_id)


async def page(
    connection: Connection, agent_id: str, state: str | None, after: Position | None, limit: int
) -> Sequence[Any]:
    """Up to `limit + 1` reservations of this agent, the newest first."""
    statement = _read(agent_id)
    if state is not None:
        statement = statement.where(r.c.state == state)
    if after is not None:
        statement = statement.where(tuple_(r.c.offered_at, r.c.id) < tuple_(*after))
    sql, args = compiled(statement.order_by(r.c.offered_at.desc(), r.c.id.desc()).limit(limit + 1))
    return await connection.fetch(sql, *args)


async def find(connection: Connection, agent_id: str, reservation_id: str) -> Any:
    """One of this agent's, or None."""
    sql, args = compiled(_read(agent_id).where(r.c.id == reservation_id))
    return await connection.fetchrow(sql, *args)
