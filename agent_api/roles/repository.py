"""Reads and changes roles, and who has them."""

from collections.abc import Sequence
from typing import Any

from backbone.storage.database import Connection

MOST = 100
_COLUMNS = "id, name, permissions, created_at, version"


async def every(connection: Connection) -> Sequence[Any]:
    return await connection.fetch(f"SELECT {_COLUMNS} FROM roles ORDER BY name LIMIT $1", MOST)


async def count(connection: Connection) -> int:
    return int(await connection.fetchval("SELECT count(*) FROM roles"))


async def find(connection: Connection, role_id: str, *, lock: bool = False) -> Any:
    return await connection.fetchrow(
        f"SELECT {_COLUMNS} FROM roles WHERE id = $1 {'FOR UPDATE' if lock else ''}", role_id
    )


async def insert(connection: Connection, values: Sequence[object]) -> Any:
    return await connection.fetchrow(
        f"INSERT INTO roles (id, tenant_id, name, permissions, created_at) VALUES ($1, $2, $3, $4, $5) RETURNING {_COLUMNS}",
        *values,
    )


async def replace(connection: Connection, role_id: str, name: str, permissions: Sequence[str]) -> Any:
    return await connection.fetchrow(
        f"UPDATE roles SET name = $2, permissions = $3, version = version + 1 WHERE id = $1 RETURNING {_COLUMNS}",
        role_id,
        name,
        permissions,
    )


async def delete(connection: Connection, role_id: str) -> None:
    await connection.execute("DELETE FROM roles WHERE id = $1", role_id)


async def agent(connection: Connection, agent_id: str) -> Any:
    """Version, role and own role's permissions of an agent whose row is locked; None if there is none."""
    return await connection.fetchrow(
        "SELECT a.version, a.role, (SELECT r.permissions FROM roles r WHERE r.id = a.role_id) AS permissions "
        "FROM agents a WHERE a.id = $1 FOR UPDATE",
        agent_id,
    )


async def other_admins(connection: Connection, agent_id: str) -> bool:
    return (
        await connection.fetchval(
            "SELECT 1 FROM agents WHERE role = 'admin' AND role_id IS NULL AND id <> $1 LIMIT 1", agent_id
        )
        is not None
    )


async def set_role(connection: Connection, agent_id: str, role: str, role_id: str | None) -> None:
    await connection.execute(
        "UPDATE agents SET role = $2, role_id = $3, version = version + 1 WHERE id = $1", agent_id, role, role_id
    )
