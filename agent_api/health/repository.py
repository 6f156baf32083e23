"""Reads what tells how an account is doing; each question is answered by an index and bounded."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from backbone.storage.database import Connection

_MOST = 10_000


async def account(connection: Connection, account_id: str) -> Any:
    return await connection.fetchrow("SELECT id, channel, state FROM channel_accounts WHERE id = $1", account_id)


async def traffic(connection: Connection, account_id: str, since: datetime) -> Sequence[Any]:
    return await connection.fetch(
        "SELECT hour, received, stored, doubled, refused, found_by_poll FROM account_traffic "
        "WHERE account_id = $1 AND hour > $2 ORDER BY hour DESC LIMIT 25",
        account_id,
        since,
    )


async def notices(connection: Connection, account_id: str) -> Sequence[Any]:
    return await connection.fetch(
        "SELECT code, severity, detail, at FROM account_notices WHERE account_id = $1 ORDER BY at DESC LIMIT 20",
        account_id,
    )


async def token(connection: Connection, account_id: str) -> Any:
    return await connection.fetchrow(
        "SELECT expires_at, failures, needs_person, last_error, updated_at FROM provider_tokens WHERE account_id = $1",
        account_id,
    )


async def poll(connection: Connection, account_id: str) -> Any:
    return await connection.fetchrow(
        "SELECT polled_at, next_poll_at, quota_used, last_error, updated_at FROM poll_cursors WHERE account_id = $1",
        account_id,
    )


async def deliveries(connection: Connection, account_id: str, since: datetime) -> Any:
    return await connection.fetchrow(
        """
        SELECT waiting.many AS waiting, waiting.oldest, failed.many AS failed FROM
            (SELECT count(*) AS many, min(created_at) AS oldest FROM (SELECT created_at FROM deliveries
                WHERE account_id = $1 AND state IN ('queued', 'sending') LIMIT $3) AS w) AS waiting,
            (SELECT count(*) AS many FROM (SELECT 1 FROM deliveries
                WHERE account_id = $1 AND state = 'failed' AND updated_at > $2 LIMIT $3) AS f) AS failed
        """,
        account_id,
        since,
        _MOST,
    )


async def last_failure(connection: Connection, account_id: str) -> Any:
    return await connection.fetchrow(
        "SELECT error_code, error_detail, updated_at FROM deliveries WHERE account_id = $1 AND state = 'failed' "
        "ORDER BY updated_at DESC LIMIT 1",
        account_id,
    )
