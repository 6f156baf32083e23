"""Reads and writes teams."""

from collections.abc import Sequence
from typing import Any

from backbone.storage.database import Connection

_COLUMNS = "id, name, hours, routing, created_at, version"


async def page(connection: Connection, after: str, limit: int) -> Sequence[Any]:
    """Up to `limit + 1` teams with ids beyond `after`."""
    return await connection.fetch(f"SELECT {_COLUMNS} FROM teams WHERE id > $1 ORDER BY id LIMIT $2", after, limit + 1)


async def find(connection: Connection, team_id: str, *, lock: bool = False) -> Any:
    return await connection.fetchrow(
        f"SELECT {_COLUMNS} FROM teams WHERE id = $1 {'FOR UPDATE' if lock else ''}", team_id
    )


async def insert(connection: Connection, values: Sequence[object]) -> Any:
    """Id, tenant, name, hours, routing and the time; answers the row."""
    return await connection.fetchrow(
        "INSERT INTO teams (id, tenant_id, name, hours, routing, created_at) VALUES ($1, $2, $3, $4, $5, $6) "
        f"RETURNING {_COLUMNS}",
        *values,
    )


async def update(
    connection: Connection, team_id: str, name: str, hours: dict[str, Any] | None, routing: dict[str, Any]
) -> Any:
    return await connection.fetchrow(
        f"UPDATE teams SET name = $2, hours = $3, routing = $4, version = version + 1 WHERE id = $1 RETURNING {_COLUMNS}",
        team_id,
        name,
        hours,
        routing,
    )


async def unknown(connection: Connection, teams: Sequence[str], agents: Sequence[str]) -> Sequence[str]:
    """Those of these ids that are no team or agent of this tenant."""
    rows = await connection.fetch(
        """
        SELECT id FROM unnest($1::text[]) AS v (id) WHERE NOT EXISTS (SELECT 1 FROM teams t WHERE t.id = v.id)
        UNION ALL
        SELECT id FROM unnest($2::text[]) AS v (id) WHERE NOT EXISTS (SELECT 1 FROM agents a WHERE a.id = v.id)
        """,
        list(teams),
        list(agents),
    )
    return [row["id"] for row in rows]
