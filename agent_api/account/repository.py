"""Reads names and counts."""

from datetime import datetime

from backbone.storage.database import Connection


async def names(connection: Connection, tenant_id: str, agent_id: str | None) -> tuple[str, str | None]:
    """The tenant's and the agent's."""
    row = await connection.fetchrow(
        "SELECT t.name, (SELECT a.name FROM agents a WHERE a.id = $2) AS agent FROM tenants t WHERE t.id = $1",
        tenant_id,
        agent_id,
    )
    return row["name"], row["agent"]


async def dead_letters(connection: Connection) -> tuple[int, datetime | None]:
    """How many are open, counted up to 10,000, and since when the oldest is."""
    row = await connection.fetchrow(
        "SELECT count(*) AS open, min(created_at) AS oldest FROM "
        "(SELECT created_at FROM dead_letters WHERE state = 'open' ORDER BY created_at, id LIMIT 10000) AS waiting"
    )
    return row["open"], row["oldest"]
