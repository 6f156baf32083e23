"""Reads and changes tags and custom fields."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from backbone.storage.database import Connection

TAGS_MOST = 50
FIELDS_MOST = 50
_COUNT_MOST = 1000
_LIST_MOST = 200


async def tags(connection: Connection, conversation_id: str) -> list[str]:
    rows = await connection.fetch(
        "SELECT tag FROM conversation_tags WHERE conversation_id = $1 ORDER BY tag", conversation_id
    )
    return [row["tag"] for row in rows]


async def fields(connection: Connection, conversation_id: str) -> dict[str, Any]:
    found = await connection.fetchval(
        "SELECT fields FROM conversation_fields WHERE conversation_id = $1", conversation_id
    )
    return dict(found or {})


async def add(
    connection: Connection, tenant_id: str, conversation_id: str, wanted: Sequence[str], now: datetime
) -> None:
    await connection.execute(
        "INSERT INTO conversation_tags (tenant_id, conversation_id, tag, added_at) "
        "SELECT $1, $2, tag, $4 FROM unnest($3::text[]) AS tag ON CONFLICT DO NOTHING",
        tenant_id,
        conversation_id,
        list(wanted),
        now,
    )


async def remove(connection: Connection, conversation_id: str, unwanted: Sequence[str]) -> None:
    await connection.execute(
        "DELETE FROM conversation_tags WHERE conversation_id = $1 AND tag = ANY($2::text[])",
        conversation_id,
        list(unwanted),
    )


async def put_fields(
    connection: Connection, tenant_id: str, conversation_id: str, values: Mapping[str, object]
) -> None:
    await connection.execute(
        "INSERT INTO conversation_fields (conversation_id, tenant_id, fields) VALUES ($1, $2, $3) "
        "ON CONFLICT (conversation_id) DO UPDATE SET fields = excluded.fields",
        conversation_id,
        tenant_id,
        dict(values),
    )


async def in_use(connection: Connection) -> Sequence[Any]:
    """Each tag once with its count: a walk along the index, not a scan of every row."""
    return await connection.fetch(
        """
        WITH RECURSIVE walk AS (
            (SELECT tag FROM conversation_tags WHERE tenant_id = current_setting('frontdesk.tenant') ORDER BY tag LIMIT 1)
            UNION ALL
            SELECT (SELECT t.tag FROM conversation_tags t WHERE t.tenant_id = current_setting('frontdesk.tenant')
                AND t.tag > walk.tag ORDER BY t.tag LIMIT 1)
            FROM walk WHERE walk.tag IS NOT NULL
        )
        SELECT w.tag, (SELECT count(*) FROM (SELECT 1 FROM conversation_tags t
            WHERE t.tenant_id = current_setting('frontdesk.tenant') AND t.tag = w.tag LIMIT $2) AS counted) AS count
        FROM walk w WHERE w.tag IS NOT NULL LIMIT $1
        """,
        _LIST_MOST,
        _COUNT_MOST,
    )
