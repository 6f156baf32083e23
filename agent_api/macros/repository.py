"""Reads and changes macros."""

from collections.abc import Sequence
from typing import Any

from backbone.storage.database import Connection

MOST = 200
_COLUMNS = "id, name, steps, created_at, version"


async def every(connection: Connection) -> Sequence[Any]:
    return await connection.fetch(f"SELECT {_COLUMNS} FROM macros ORDER BY name LIMIT $1", MOST)


async def count(connection: Connection) -> int:
    return int(await connection.fetchval("SELECT count(*) FROM macros"))


async def find(connection: Connection, macro_id: str, *, lock: bool = False) -> Any:
    return await connection.fetchrow(
        f"SELECT {_COLUMNS} FROM macros WHERE id = $1 {'FOR UPDATE' if lock else ''}", macro_id
    )


async def insert(connection: Connection, values: Sequence[object]) -> Any:
    return await connection.fetchrow(
        f"INSERT INTO macros (id, tenant_id, name, steps, created_at) VALUES ($1, $2, $3, $4, $5) RETURNING {_COLUMNS}",
        *values,
    )


async def replace(connection: Connection, macro_id: str, name: str, steps: object) -> Any:
    return await connection.fetchrow(
        f"UPDATE macros SET name = $2, steps = $3, version = version + 1 WHERE id = $1 RETURNING {_COLUMNS}",
        macro_id,
        name,
        steps,
    )


async def delete(connection: Connection, macro_id: str) -> None:
    await connection.execute("DELETE FROM macros WHERE id = $1", macro_id)
