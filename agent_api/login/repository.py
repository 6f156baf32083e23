"""Reads and writes passwords, sessions and tries; only hashes are stored."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from backbone.storage.database import Connection

_KEPT = timedelta(days=30)


async def take(connection: Connection, keys: Sequence[bytes], most: Sequence[int], span: timedelta) -> float | None:
    """Counts one try for each key; answers the seconds to wait where there were too many."""
    found: float | None = await connection.fetchval("SELECT take_login($1, $2, $3)", keys, most, span)
    return found


async def forgive(connection: Connection, account: bytes, address: bytes, span: timedelta) -> None:
    await connection.execute("SELECT forgive_login($1, $2, $3)", account, address, span)


async def accounts(connection: Connection, email: str) -> Sequence[Any]:
    """Up to four agents of this address, over tenants, with the hash of their password."""
    return await connection.fetch("SELECT * FROM login_accounts($1)", email)


async def password_hash(connection: Connection, agent_id: str) -> str | None:
    found: str | None = await connection.fetchval("SELECT hash FROM agent_passwords WHERE agent_id = $1", agent_id)
    return found


async def set_password(connection: Connection, tenant_id: str, agent_id: str, hashed: str, now: datetime) -> None:
    await connection.execute(
        "INSERT INTO agent_passwords (agent_id, tenant_id, hash, changed_at) VALUES ($1, $2, $3, $4) "
        "ON CONFLICT (agent_id) DO UPDATE SET hash = excluded.hash, changed_at = excluded.changed_at",
        agent_id,
        tenant_id,
        hashed,
        now,
    )


async def insert(connection: Connection, values: Sequence[object], now: datetime) -> None:
    """Stores a session, and removes those of the same agent that ended long ago."""
    await connection.execute(
        "INSERT INTO login_sessions (id, tenant_id, agent_id, hash, method, created_at, expires_at) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7)",
        *values,
    )
    await connection.execute(
        "DELETE FROM login_sessions WHERE agent_id = $1 AND expires_at < $2", values[2], now - _KEPT
    )


async def session(connection: Connection, session_id: str) -> Any:
    """With the agent's name and role, those of its own role, and the tenant's name."""
    return await connection.fetchrow(
        "SELECT s.id, s.tenant_id, t.name AS tenant_name, s.agent_id, a.name AS agent_name, a.email, a.role, a.role_id, "
        "r.permissions, s.method, s.created_at, s.expires_at FROM login_sessions s JOIN agents a ON a.id = s.agent_id "
        "JOIN tenants t ON t.id = s.tenant_id LEFT JOIN roles r ON r.id = a.role_id WHERE s.id = $1",
        session_id,
    )


async def end(connection: Connection, session_id: str, now: datetime) -> None:
    await connection.execute(
        "UPDATE login_sessions SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL", session_id, now
    )


async def end_all(connection: Connection, agent_id: str, now: datetime, *, but: str | None = None) -> None:
    await connection.execute(
        "UPDATE login_sessions SET revoked_at = $2 "
        "WHERE agent_id = $1 AND expires_at > $2 AND revoked_at IS NULL AND id IS DISTINCT FROM $3",
        agent_id,
        now,
        but,
    )


async def agent(connection: Connection, agent_id: str) -> Any:
    """Names, role and own role's permissions; the row is locked. None if there is no such agent."""
    return await connection.fetchrow(
        "SELECT a.id, a.name, a.email, a.role, "
        "(SELECT r.permissions FROM roles r WHERE r.id = a.role_id) AS permissions "
        "FROM agents a WHERE a.id = $1 FOR UPDATE",
        agent_id,
    )
