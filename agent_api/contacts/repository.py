"""Reads contacts with their addresses."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from backbone.errors import NotFound
from backbone.storage.compile import compiled
from backbone.storage.database import Connection
from backbone.storage.models.tables import contact_points as p
from backbone.storage.models.tables import contacts as c

POINTS_MOST = 50


async def check_exists(connection: Connection, contact_id: str) -> None:
    """Raises `NotFound`."""
    if await connection.fetchval("SELECT 1 FROM contacts WHERE id = $1", contact_id) is None:
        raise NotFound("There is no such contact.")


async def page(connection: Connection, address: str | None, before: str | None, limit: int) -> Sequence[Any]:
    """Up to `limit + 1` contacts with ids below `before`, the newest first."""
    statement = select(c)
    if address is not None:
        statement = statement.where(c.c.id.in_(select(p.c.contact_id).where(p.c.address == address)))
    if before is not None:
        statement = statement.where(c.c.id < before)
    sql, args = compiled(statement.order_by(c.c.id.desc()).limit(limit + 1))
    return await connection.fetch(sql, *args)


async def find(connection: Connection, contact_id: str) -> Any:
    sql, args = compiled(select(c).where(c.c.id == contact_id))
    return await connection.fetchrow(sql, *args)


async def points(connection: Connection, contact_ids: Sequence[str]) -> Sequence[Any]:
    """Addresses of these contacts, at most `POINTS_MOST` each."""
    return await connection.fetch(
        """
        SELECT k.id AS contact_id, p.account_id, a.channel, p.address, p.name FROM unnest($1::text[]) AS k (id)
        CROSS JOIN LATERAL (
            SELECT * FROM contact_points q WHERE q.contact_id = k.id ORDER BY q.created_at, q.address LIMIT $2) p
        JOIN channel_accounts a ON a.id = p.account_id
        """,
        list(contact_ids),
        POINTS_MOST,
    )
