"""Reads and writes identity providers and whom they know."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from backbone.storage.database import Connection

MOST = 20
_COLUMNS = "id, name, issuer, client_id, secret IS NOT NULL AS has_secret, domains, trusts_emails, enabled, created_at, version"


async def every(connection: Connection) -> Sequence[Any]:
    return await connection.fetch(f"SELECT {_COLUMNS} FROM identity_providers ORDER BY created_at, id LIMIT $1", MOST)


async def count(connection: Connection) -> int:
    return int(await connection.fetchval("SELECT count(*) FROM identity_providers"))


async def find(connection: Connection, provider_id: str, *, lock: bool = False) -> Any:
    return await connection.fetchrow(
        f"SELECT {_COLUMNS} FROM identity_providers WHERE id = $1 {'FOR UPDATE' if lock else ''}", provider_id
    )


async def insert(connection: Connection, values: Sequence[object]) -> Any:
    return await connection.fetchrow(
        "INSERT INTO identity_providers (id, tenant_id, name, issuer, client_id, secret, domains, trusts_emails, enabled, created_at) "
        f"VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING {_COLUMNS}",
        *values,
    )


async def replace(connection: Connection, values: Sequence[object], *, secret: bool) -> Any:
    """Without `secret` the one that is stored stays."""
    return await connection.fetchrow(
        "UPDATE identity_providers SET name = $2, issuer = $3, client_id = $4, secret = CASE WHEN $9 THEN $5 ELSE secret END, "
        f"domains = $6, trusts_emails = $7, enabled = $8, version = version + 1 WHERE id = $1 RETURNING {_COLUMNS}",
        *values,
        secret,
    )


async def forget_people(connection: Connection, provider_id: str) -> None:
    """Subjects are an issuer's own: those of another one name other people."""
    await connection.execute("DELETE FROM agent_identities WHERE provider_id = $1", provider_id)


async def delete(connection: Connection, provider_id: str) -> None:
    await connection.execute("DELETE FROM identity_providers WHERE id = $1", provider_id)


async def for_domain(connection: Connection, domain: str) -> Sequence[Any]:
    """Over tenants, at most ten."""
    return await connection.fetch("SELECT * FROM login_providers($1)", domain)


async def for_login(connection: Connection, provider_id: str) -> Any:
    """Over tenants: what is needed to ask this provider; None where there is none, or it is switched off."""
    return await connection.fetchrow("SELECT * FROM login_provider($1)", provider_id)


async def known(connection: Connection, provider_id: str, subject: str) -> str | None:
    """The agent that this subject was before; None if they never came, or are no agent's any more."""
    found: str | None = await connection.fetchval(
        "SELECT i.agent_id FROM agent_identities i JOIN agents a ON a.id = i.agent_id "
        "WHERE i.provider_id = $1 AND i.subject = $2 AND a.role <> 'bot'",
        provider_id,
        subject,
    )
    return found


async def by_email(connection: Connection, email: str) -> Sequence[str]:
    """Up to two agents of the tenant with this address; never bots."""
    rows = await connection.fetch(
        "SELECT id FROM agents WHERE lower(email) = lower($1) AND role <> 'bot' ORDER BY id LIMIT 2", email
    )
    return [row["id"] for row in rows]


async def remember(
    connection: Connection, provider_id: str, subject: str, tenant_id: str, agent_id: str, now: datetime
) -> bool:
    """False where the agent is another subject of this provider already: an address that was given to somebody else."""
    found = await connection.fetchval(
        "INSERT INTO agent_identities (provider_id, subject, tenant_id, agent_id, created_at) VALUES ($1, $2, $3, $4, $5) "
        "ON CONFLICT DO NOTHING RETURNING 1",
        provider_id,
        subject,
        tenant_id,
        agent_id,
        now,
    )
    return found is not None
