"""Reads and changes webhook endpoints and reads their deliveries; the queue's own rules are the storage's."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from backbone.storage.database import Connection

MOST = 100
REPLAY_MOST = 1000
_LOG_MOST = 100
_ENDPOINT = (
    "id, tenant_id, name, url, event_types, filter, state, disabled_reason, failing_since, last_success_at, skipped, "
    "created_at, updated_at, version"
)
_DELIVERY = (
    "id, endpoint_id, event_id, seq, type, conversation_id, at, data, state, attempts, late, position, "
    "CASE WHEN state = 'queued' THEN next_at END AS next_at, last_status, last_cause, created_at, delivered_at"
)


async def page(connection: Connection, after: str, limit: int) -> Sequence[Any]:
    """Up to `limit + 1` endpoints with ids beyond `after`."""
    return await connection.fetch(
        f"SELECT {_ENDPOINT} FROM webhook_endpoints WHERE id > $1 ORDER BY id LIMIT $2", after, limit + 1
    )


async def count(connection: Connection) -> int:
    return int(await connection.fetchval("SELECT count(*) FROM webhook_endpoints"))


async def find(connection: Connection, endpoint_id: str, *, lock: bool = False) -> Any:
    return await connection.fetchrow(
        f"SELECT {_ENDPOINT}, secrets FROM webhook_endpoints WHERE id = $1 {'FOR UPDATE' if lock else ''}", endpoint_id
    )


async def insert(connection: Connection, values: Sequence[object]) -> Any:
    """It begins at the stream's head: what happened before is not sent."""
    return await connection.fetchrow(
        f"""
        INSERT INTO webhook_endpoints (id, tenant_id, name, url, event_types, filter, secrets, created_at, updated_at, read_seq)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8, coalesce((SELECT last_seq FROM streams WHERE tenant_id = $2), 0))
        RETURNING {_ENDPOINT}
        """,
        *values,
    )


async def update(connection: Connection, endpoint_id: str, values: Sequence[object]) -> Any:
    """An endpoint that is made active again begins with a clean record."""
    return await connection.fetchrow(
        f"""
        UPDATE webhook_endpoints SET name = $2, url = $3, event_types = $4, filter = $5, state = $6,
            disabled_reason = CASE WHEN $6 = 'disabled' THEN disabled_reason END,
            failing_since = CASE WHEN $6 = 'active' AND state <> 'active' THEN NULL ELSE failing_since END,
            updated_at = $7, version = version + 1
        WHERE id = $1 RETURNING {_ENDPOINT}
        """,
        endpoint_id,
        *values,
    )


async def set_secrets(connection: Connection, endpoint_id: str, sealed: bytes, now: datetime) -> None:
    await connection.execute(
        "UPDATE webhook_endpoints SET secrets = $2, updated_at = $3, version = version + 1 WHERE id = $1",
        endpoint_id,
        sealed,
        now,
    )


async def delete(connection: Connection, endpoint_id: str) -> None:
    """With its deliveries and their log."""
    await connection.execute("DELETE FROM webhook_endpoints WHERE id = $1", endpoint_id)


async def deliveries(
    connection: Connection, endpoint_id: str, state: str | None, before: int | None, limit: int
) -> Sequence[Any]:
    """Up to `limit + 1` deliveries, the newest first."""
    return await connection.fetch(
        f"SELECT {_DELIVERY} FROM webhook_deliveries WHERE endpoint_id = $1 AND ($2::text IS NULL OR state = $2) "
        "AND ($3::bigint IS NULL OR position < $3) ORDER BY position DESC LIMIT $4",
        endpoint_id,
        state,
        before,
        limit + 1,
    )


async def find_delivery(connection: Connection, delivery_id: str) -> Any:
    return await connection.fetchrow(f"SELECT {_DELIVERY} FROM webhook_deliveries WHERE id = $1", delivery_id)


async def attempts(connection: Connection, delivery_id: str) -> Sequence[Any]:
    return await connection.fetch(
        "SELECT number, at, latency_ms, status, cause FROM webhook_attempts WHERE delivery_id = $1 "
        "ORDER BY number DESC LIMIT $2",
        delivery_id,
        _LOG_MOST,
    )


async def settled_since(connection: Connection, endpoint_id: str, since: datetime, states: Sequence[str]) -> list[str]:
    """Ids of settled deliveries of events since then, the oldest first, one more than fit in a replay."""
    rows = await connection.fetch(
        "SELECT id FROM webhook_deliveries WHERE endpoint_id = $1 AND at >= $2 AND state = ANY($3::text[]) "
        "ORDER BY position LIMIT $4",
        endpoint_id,
        since,
        list(states),
        REPLAY_MOST + 1,
    )
    return [row["id"] for row in rows]
