"""Reads and changes saved views."""

from collections.abc import Sequence
from typing import Any

from backbone.storage.database import Connection

MOST = 50
EACH = 25
_COLUMNS = "id, owner, shared, name, filters, created_at, version"


async def seen_by(connection: Connection, owner: str) -> Sequence[Any]:
    return await connection.fetch(
        f"SELECT {_COLUMNS} FROM saved_views WHERE owner = $1 OR shared ORDER BY name, id LIMIT $2", owner, MOST
    )


async def counts(connection: Connection, owner: str) -> tuple[int, int]:
    """How many are the caller's, and how many are shared."""
    row = await connection.fetchrow(
        "SELECT count(*) FILTER (WHERE owner = $1) AS own, count(*) FILTER (WHERE shared) AS shared FROM saved_views",
        owner,
    )
    return row["own"], row["shared"]


async def find(connection: Connection, view_id: str, owner: str, *, lock: bool = False) -> Any:
    """One that the caller sees."""
    return await connection.fetchrow(
        f"SELECT {_COLUMNS} FROM saved_views WHERE id = $1 AND (owner = $2 OR shared) {'FOR UPDATE' if lock else ''}",
        view_id,
        owner,
    )


async def insert(connection: Connection, values: Sequence[object]) -> Any:
    return await connection.fetchrow(
        "INSERT INTO saved_views (id, tenant_id, owner, shared, name, filters, created_at) "
        f"VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING {_COLUMNS}",
        *values,
    )


async def replace(connection: Connection, view_id: str, name: str, filters: object, *, shared: bool) -> Any:
    return await connection.fetchrow(
        "UPDATE saved_views SET name = $2, filters = $3, shared = $4, version = version + 1 WHERE id = $1 "
        f"RETURNING {_COLUMNS}",
        view_id,
        name,
        filters,
        shared,
    )


async def delete(connection: Connection, view_id: str) -> None:
    await connection.execute("DELETE FROM saved_views WHERE id = $1", view_id)
