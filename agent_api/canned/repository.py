"""Reads and changes canned replies."""

from collections.abc import Sequence
from typing import Any

from backbone.storage.database import Connection

MOST = 500
_COLUMNS = "id, shortcut, title, body, created_at, version"


async def every(connection: Connection) -> Sequence[Any]:
    return await connection.fetch(f"SELECT {_COLUMNS} FROM canned_replies ORDER BY shortcut LIMIT $1", MOST)


async def count(connection: Connection) -> int:
    return int(await connection.fetchval("SELECT count(*) FROM canned_replies"))


async def find(connection: Connection, canned_id: str, *, lock: bool = False) -> Any:
    return await connection.fetchrow(
        f"SELECT {_COLUMNS} FROM canned_replies WHERE id = $1 {'FOR UPDATE' if lock else ''}", canned_id
    )


async def insert(connection: Connection, values: Sequence[object]) -> Any:
    return await connection.fetchrow(
        "INSERT INTO canned_replies (id, tenant_id, shortcut, title, body, created_at) VALUES ($1, $2, $3, $4, $5, $6) "
        f"RETURNING {_COLUMNS}",
        *values,
    )


async def replace(connection: Connection, canned_id: str, shortcut: str, title: str, body: str) -> Any:
    return await connection.fetchrow(
        "UPDATE canned_replies SET shortcut = $2, title = $3, body = $4, version = version + 1 WHERE id = $1 "
        f"RETURNING {_COLUMNS}",
        canned_id,
        shortcut,
        title,
        body,
    )


async def delete(connection: Connection, canned_id: str) -> None:
    await connection.execute("DELETE FROM canned_replies WHERE id = $1", canned_id)


async def name_of_agent(connection: Connection, agent_id: str | None) -> str | None:
    found = await connection.fetchval("SELECT name FROM agents WHERE id = $1", agent_id)
    return None if found is None else str(found)
