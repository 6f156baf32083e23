"""Reads and writes teams."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from backbone.storage.database import Connection

_COLUMNS = "id, name, hours, created_at, version"


async def page(connection: Connection, after: str, limit: int) -> Sequence[Any]:
    """Up to `limit + 1` teams with ids beyond `after`."""
    return await connection.fetch(f"SELECT {_COLUMNS} FROM teams WHERE id > $1 ORDER BY id LIMIT $2", after, limit + 1)


async def find(connection: Connection, team_id: str, *, lock: bool = False) -> Any:
    return await connection.fetchrow(
        f"SELECT {_COLUMNS} FROM teams WHERE id = $1 {'FOR UPDATE' if lock else ''}", team_id
    )


async def insert(
    connection: Connection, tenant_id: str, team_id: str, name: str, hours: dict[str, Any] | None, now: datetime
) -> Any:
    return await connection.fetchrow(
        f"INSERT INTO teams (id, tenant_id, name, hours, created_at) VALUES ($1, $2, $3, $4, $5) RETURNING {_COLUMNS}",
        team_id,
        tenant_id,
        name,
        hours,
        now,
    )


async def update(connection: Connection, team_id: str, name: str, hours: dict[str, Any] | None) -> Any:
    return await connection.fetchrow(
        f"UPDATE teams SET name = $2, hours = $3, version = version + 1 WHERE id = $1 RETURNING {_COLUMNS}",
        team_id,
        name,
        hours,
    )
