"""Reads and writes calendars."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from backbone.storage.database import Connection

MOST = 50
_COLUMNS = "id, name, source, days, refreshed_at, error, created_at, version"


async def every(connection: Connection) -> Sequence[Any]:
    return await connection.fetch(f"SELECT {_COLUMNS} FROM calendars ORDER BY name LIMIT $1", MOST)


async def count(connection: Connection) -> int:
    return int(await connection.fetchval("SELECT count(*) FROM calendars"))


async def find(connection: Connection, calendar_id: str, *, lock: bool = False) -> Any:
    return await connection.fetchrow(
        f"SELECT {_COLUMNS} FROM calendars WHERE id = $1 {'FOR UPDATE' if lock else ''}", calendar_id
    )


async def insert(
    connection: Connection,
    tenant_id: str,
    calendar_id: str,
    name: str,
    source: Mapping[str, Any],
    now: datetime,
) -> Any:
    """Due to be read at once."""
    return await connection.fetchrow(
        f"INSERT INTO calendars (id, tenant_id, name, source, created_at) VALUES ($1, $2, $3, $4, $5) RETURNING {_COLUMNS}",
        calendar_id,
        tenant_id,
        name,
        dict(source),
        now,
    )


async def replace(connection: Connection, calendar_id: str, name: str, source: Mapping[str, Any]) -> Any:
    """Due to be read at once; the days known stay until then."""
    return await connection.fetchrow(
        "UPDATE calendars SET name = $2, source = $3, next_at = clock_timestamp(), error = NULL, version = version + 1 "
        f"WHERE id = $1 RETURNING {_COLUMNS}",
        calendar_id,
        name,
        dict(source),
    )


async def delete(connection: Connection, calendar_id: str) -> None:
    await connection.execute("DELETE FROM calendars WHERE id = $1", calendar_id)
