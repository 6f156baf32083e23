"""Reads and changes the block list."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from agent_api.blocks.schemas import AddBlock
from backbone.storage.compile import compiled
from backbone.storage.database import Connection
from backbone.storage.models.tables import blocked_addresses as b


async def page(connection: Connection, before: str | None, limit: int, *, lifted: bool) -> Sequence[Any]:
    """Up to `limit + 1` blocks with ids below `before`, the newest first."""
    statement = select(b).order_by(b.c.id.desc()).limit(limit + 1)
    if before is not None:
        statement = statement.where(b.c.id < before)
    if not lifted:
        statement = statement.where(b.c.lifted_at.is_(None))
    sql, args = compiled(statement)
    return await connection.fetch(sql, *args)


async def find(connection: Connection, block_id: str) -> Any:
    sql, args = compiled(select(b).where(b.c.id == block_id))
    return await connection.fetchrow(sql, *args)


async def active(connection: Connection, tenant_id: str, most: int) -> int:
    """How many hold now; counts no further than `most`."""
    return int(
        await connection.fetchval(
            "SELECT count(*) FROM (SELECT 1 FROM blocked_addresses WHERE tenant_id = $1 AND lifted_at IS NULL "
            "AND (until IS NULL OR until > now()) LIMIT $2) AS held",
            tenant_id,
            most,
        )
    )


async def account_exists(connection: Connection, account_id: str) -> bool:
    return await connection.fetchval("SELECT 1 FROM channel_accounts WHERE id = $1", account_id) is not None


async def insert(connection: Connection, block_id: str, tenant_id: str, body: AddBlock, by: str, now: Any) -> Any:
    """None where this address is blocked there already; one that is over makes room."""
    await connection.execute(
        "UPDATE blocked_addresses SET lifted_at = until, lifted_note = 'it was over' WHERE tenant_id = $1 "
        "AND account_id = $2 AND address = $3 AND lifted_at IS NULL AND until <= $4",
        tenant_id,
        body.account_id or "",
        body.address,
        now,
    )
    return await connection.fetchrow(
        """
        INSERT INTO blocked_addresses (id, tenant_id, account_id, address, reason, blocked_by, blocked_at, until)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        ON CONFLICT (tenant_id, account_id, address) WHERE lifted_at IS NULL DO NOTHING RETURNING *
        """,
        block_id,
        tenant_id,
        body.account_id or "",
        body.address,
        body.reason,
        by,
        now,
        body.until,
    )


async def lift(connection: Connection, block_id: str, by: str, note: str, now: Any) -> Any:
    """None where there is no such block that holds."""
    return await connection.fetchrow(
        "UPDATE blocked_addresses SET lifted_at = $2, lifted_by = $3, lifted_note = $4 "
        "WHERE id = $1 AND lifted_at IS NULL RETURNING *",
        block_id,
        now,
        by,
        note,
    )
