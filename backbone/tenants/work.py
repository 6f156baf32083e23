"""Making, suspending, counting and removing tenants, each step safe to repeat."""

import asyncio
from datetime import datetime
from typing import Any

from backbone.bus.port import TopicSpec
from backbone.errors import Conflict, NotFound
from backbone.ids import new_id
from backbone.storage.blobs import BlobStore
from backbone.storage.wake import notify
from backbone.tenants.export import blob_keys
from backbone.tenants.tables import Table, tables

BATCH = 5000
ROUNDS = 5
SETTLE = 3.0
"""Seconds between two rounds of a removal: gateways learn within 2 s that the accounts are paused or gone."""
BUS_KEEPS = TopicSpec("any").retention

_USAGE = """
SELECT (SELECT count(*) FROM agents WHERE tenant_id = $1) AS agents,
    (SELECT count(*) FROM channel_accounts WHERE tenant_id = $1) AS accounts,
    (SELECT count(*) FROM contacts WHERE tenant_id = $1) AS contacts,
    (SELECT count(*) FROM conversations WHERE tenant_id = $1) AS conversations,
    (SELECT count(*) FROM conversations WHERE tenant_id = $1 AND status <> 'resolved') AS unresolved,
    (SELECT coalesce(sum(message_count), 0) FROM conversations WHERE tenant_id = $1)::bigint AS messages,
    (SELECT coalesce(sum(received), 0) FROM account_traffic WHERE tenant_id = $1 AND hour >= $2)::bigint AS received,
    (SELECT coalesce(sum(refused), 0) FROM account_traffic WHERE tenant_id = $1 AND hour >= $2)::bigint AS refused,
    (SELECT coalesce(sum(size), 0) FROM attachments WHERE tenant_id = $1)::bigint AS attachment_bytes,
    (SELECT count(*) FROM dead_letters WHERE tenant_id = $1 AND state = 'open') AS dead_letters
"""


async def create(connection: Any, name: str, tenant_id: str | None = None) -> str:
    """Answers its id; one that is there with the same id and name is left as it is. Raises `Conflict`."""
    tenant_id = tenant_id or new_id("ten")
    await connection.execute(
        "INSERT INTO tenants (id, name) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING", tenant_id, name
    )
    if await connection.fetchval("SELECT name FROM tenants WHERE id = $1", tenant_id) != name:
        raise Conflict(f"{tenant_id} is there with another name")
    return tenant_id


async def listed(connection: Any, most: int) -> list[dict[str, Any]]:
    rows = await connection.fetch(
        """
        SELECT t.id, t.name, t.created_at, s.at AS suspended_at, s.reason FROM tenants t
        LEFT JOIN tenant_suspensions s ON s.tenant_id = t.id ORDER BY t.id LIMIT $1
        """,
        most,
    )
    return [dict(row) for row in rows]


async def suspend(connection: Any, tenant_id: str, reason: str, now: datetime) -> int:
    """Its accounts take and send nothing until `resume`, whoever tries to open them; answers how many were open."""
    async with connection.transaction():
        await _must_exist(connection, tenant_id)
        await connection.execute(
            """
            INSERT INTO tenant_suspensions (tenant_id, at, reason, accounts) SELECT $1, $2, $3, coalesce(array_agg(id), '{}')
            FROM channel_accounts WHERE tenant_id = $1 AND state = 'active' ON CONFLICT (tenant_id) DO NOTHING
            """,
            tenant_id,
            now,
            reason[:500],
        )
        done = await connection.execute(
            """
            UPDATE channel_accounts SET state = 'paused', updated_at = $2, version = version + 1
            WHERE tenant_id = $1 AND state <> 'paused'
            """,
            tenant_id,
            now,
        )
        await notify(connection, "config")
    return int(done.rpartition(" ")[2])


async def resume(connection: Any, tenant_id: str, now: datetime) -> int:
    """Opens the accounts that were open before; answers how many. Not suspended: changes nothing."""
    async with connection.transaction():
        await _must_exist(connection, tenant_id)
        accounts = await connection.fetchval(
            "DELETE FROM tenant_suspensions WHERE tenant_id = $1 RETURNING accounts", tenant_id
        )
        done = await connection.execute(
            """
            UPDATE channel_accounts SET state = 'active', updated_at = $3, version = version + 1
            WHERE tenant_id = $1 AND id = ANY ($2) AND state = 'paused'
            """,
            tenant_id,
            accounts or [],
            now,
        )
        await notify(connection, "config")
    return int(done.rpartition(" ")[2])


async def usage(connection: Any, tenant_id: str, since: datetime) -> dict[str, int]:
    """What it has, and what its accounts received and refused since then (counts are kept 35 days)."""
    await _must_exist(connection, tenant_id)
    return {"tenant_id": tenant_id, **dict(await connection.fetchrow(_USAGE, tenant_id, since))}


async def remove(
    connection: Any, blobs: BlobStore, tenant_id: str, now: datetime, *, settle: float = SETTLE
) -> dict[str, Any]:
    """Removes every row and blob, in batches; answers what a certificate says. One that was cut off is run again.

    Not removed: records on the bus, which end with its retention; backups; logs, which hold ids only.
    """
    await _stop(connection, tenant_id, now)
    removed: dict[str, int] = {}
    gone = 0
    for turn in range(ROUNDS):
        if turn:
            await asyncio.sleep(settle)
        before = sum(removed.values())
        for table in reversed(await tables(connection)):
            gone += await _empty(connection, blobs, table, tenant_id, removed)
        if turn and sum(removed.values()) == before:
            break
    else:
        raise Conflict("others go on writing rows of this tenant: stop its traffic, then delete again")
    return {
        "tenant_id": tenant_id, "at": now.isoformat(), "rows": dict(sorted(removed.items())), "blobs": gone,
        "bus": {"topics": "all", "gone_by": (now + BUS_KEEPS).isoformat()},
        "not_covered": ["backups of the database", "copies at providers and partners"],
    }  # fmt: skip


async def _stop(connection: Any, tenant_id: str, now: datetime) -> None:
    if await connection.fetchval("SELECT true FROM tenants WHERE id = $1", tenant_id):
        await suspend(connection, tenant_id, "is being deleted", now)


async def _empty(connection: Any, blobs: BlobStore, table: Table, tenant_id: str, removed: dict[str, int]) -> int:
    """Blobs go before the rows that name them: what is cut off in between is found again. Answers how many blobs."""
    gone = 0
    while True:
        async with connection.transaction():
            rows = await connection.fetch(
                f"""
                WITH gone AS (DELETE FROM "{table.name}" WHERE ctid = ANY (ARRAY(
                    SELECT ctid FROM "{table.name}" WHERE {table.key} = $1 LIMIT $2)) RETURNING *)
                SELECT (to_jsonb(gone) - $3::text[])::text AS text FROM gone
                """,
                tenant_id,
                BATCH,
                sorted(table.sealed),
            )
            keys = {key for row in rows for key in blob_keys(tenant_id, row["text"])}
            for key in keys:
                await blobs.delete(key)
        gone += len(keys)
        if rows:
            removed[table.name] = removed.get(table.name, 0) + len(rows)
        if len(rows) < BATCH:
            return gone


async def _must_exist(connection: Any, tenant_id: str) -> None:
    if not await connection.fetchval("SELECT true FROM tenants WHERE id = $1", tenant_id):
        raise NotFound(f"there is no tenant {tenant_id}")
