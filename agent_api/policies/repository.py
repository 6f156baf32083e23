"""Reads and writes SLA policies."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from backbone.storage.database import Connection

MOST = 500
_COLUMNS = "id, name, position, document, created_at, version"


async def every(connection: Connection) -> Sequence[Any]:
    return await connection.fetch(f"SELECT {_COLUMNS} FROM sla_policies ORDER BY position, id LIMIT $1", MOST)


async def count(connection: Connection) -> int:
    return int(await connection.fetchval("SELECT count(*) FROM sla_policies"))


async def find(connection: Connection, policy_id: str, *, lock: bool = False) -> Any:
    return await connection.fetchrow(
        f"SELECT {_COLUMNS} FROM sla_policies WHERE id = $1 {'FOR UPDATE' if lock else ''}", policy_id
    )


async def insert(
    connection: Connection,
    tenant_id: str,
    policy_id: str,
    name: str,
    position: int,
    document: Mapping[str, Any],
    now: datetime,
) -> Any:
    return await connection.fetchrow(
        "INSERT INTO sla_policies (id, tenant_id, name, position, document, created_at) VALUES ($1, $2, $3, $4, $5, $6) "
        f"RETURNING {_COLUMNS}",
        policy_id,
        tenant_id,
        name,
        position,
        dict(document),
        now,
    )


async def replace(connection: Connection, policy_id: str, name: str, position: int, document: Mapping[str, Any]) -> Any:
    return await connection.fetchrow(
        "UPDATE sla_policies SET name = $2, position = $3, document = $4, version = version + 1 WHERE id = $1 "
        f"RETURNING {_COLUMNS}",
        policy_id,
        name,
        position,
        dict(document),
    )


async def delete(connection: Connection, policy_id: str) -> None:
    await connection.execute("DELETE FROM sla_policies WHERE id = $1", policy_id)
