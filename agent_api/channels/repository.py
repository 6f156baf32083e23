"""Reads and changes channel accounts; how their settings are sealed is the storage's."""

from collections.abc import Sequence
from typing import Any

from backbone.storage.database import Connection

_COLUMNS = "id, tenant_id, channel, name, external_id, team_id, state, created_at, updated_at, version"


async def page(connection: Connection, after: str, limit: int) -> Sequence[Any]:
    """Up to `limit + 1` accounts with ids beyond `after`, without their settings."""
    return await connection.fetch(
        f"SELECT {_COLUMNS} FROM channel_accounts WHERE id > $1 ORDER BY id LIMIT $2", after, limit + 1
    )


async def find(connection: Connection, account_id: str, *, lock: bool = False) -> Any:
    return await connection.fetchrow(
        f"SELECT {_COLUMNS} FROM channel_accounts WHERE id = $1 {'FOR UPDATE' if lock else ''}", account_id
    )


async def taken(connection: Connection, channel: str, external_id: str) -> bool:
    """Whether the tenant has this number, page or mailbox already."""
    found = await connection.fetchval(
        "SELECT 1 FROM channel_accounts WHERE channel = $1 AND external_id = $2", channel, external_id
    )
    return found is not None


async def team_exists(connection: Connection, team_id: str) -> bool:
    return await connection.fetchval("SELECT 1 FROM teams WHERE id = $1", team_id) is not None


async def update(
    connection: Connection, account_id: str, *, name: str, state: str, team_id: str | None, config: bytes | None
) -> Any:
    """`config` None keeps the sealed settings."""
    return await connection.fetchrow(
        f"""
        UPDATE channel_accounts SET name = $2, state = $3, team_id = $4, config = coalesce($5, config),
            version = version + 1, updated_at = clock_timestamp()
        WHERE id = $1 RETURNING {_COLUMNS}
        """,
        account_id,
        name,
        state,
        team_id,
        config,
    )
