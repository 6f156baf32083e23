"""Reads and writes API keys; only hashes are stored."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from backbone.storage.database import Connection

_COLUMNS = "id, name, role, role_id, agent_id, prefix, created_at, expires_at, revoked_at, last_used_at"


async def page(connection: Connection, before: str | None, limit: int) -> Sequence[Any]:
    """Up to `limit + 1` keys with ids below `before`, the newest first."""
    return await connection.fetch(
        f"SELECT {_COLUMNS} FROM api_keys WHERE $1::text IS NULL OR id < $1 ORDER BY id DESC LIMIT $2",
        before,
        limit + 1,
    )


async def agent_exists(connection: Connection, agent_id: str) -> bool:
    return await connection.fetchval("SELECT 1 FROM agents WHERE id = $1", agent_id) is not None


async def insert(connection: Connection, values: Sequence[object]) -> Any:
    return await connection.fetchrow(
        "INSERT INTO api_keys (id, tenant_id, agent_id, name, role, role_id, prefix, hash, created_at, expires_at) "
        f"VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING {_COLUMNS}",
        *values,
    )


async def revoke(connection: Connection, key_id: str, now: datetime) -> bool:
    """False if there is no such key. One that is revoked already keeps its time."""
    found = await connection.fetchval(
        "UPDATE api_keys SET revoked_at = coalesce(revoked_at, $2) WHERE id = $1 RETURNING 1", key_id, now
    )
    return found is not None
