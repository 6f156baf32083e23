"""The index of messages: filling it, and asking it by a function that keeps to the tenant."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select

from agent_api.conversations.repository import scope
from backbone.storage.compile import compiled, one_of
from backbone.storage.database import Connection
from backbone.storage.models.tables import conversations as c
from backbone.storage.models.tables import messages as m
from backbone.web.auth import Principal

_TYPES = ["message.received", "message.sent", "message.edited", "message.deleted", "note.added"]


async def behind(connection: Connection, most: int) -> list[str]:
    """Tenants whose stream has grown since they were read."""
    return [row["tenant_id"] for row in await connection.fetch("SELECT tenant_id FROM search_behind($1)", most)]


async def lock_position(connection: Connection, tenant_id: str) -> int | None:
    """How far the tenant was read; None while another process reads it."""
    await connection.execute(
        "INSERT INTO search_positions (tenant_id, read_seq) VALUES ($1, 0) ON CONFLICT DO NOTHING", tenant_id
    )
    found = await connection.fetchval(
        "SELECT read_seq FROM search_positions WHERE tenant_id = $1 FOR UPDATE SKIP LOCKED", tenant_id
    )
    return None if found is None else int(found)


async def events_after(connection: Connection, tenant_id: str, after: int, most: int) -> tuple[int | None, list[str]]:
    """The number of the last of the next events, and the messages that they name."""
    rows = await connection.fetch(
        "SELECT seq, type, data FROM events WHERE tenant_id = $1 AND seq > $2 ORDER BY seq LIMIT $3",
        tenant_id,
        after,
        most,
    )
    named = {row["data"].get("message_id") for row in rows if row["type"] in _TYPES} - {None}
    return (rows[-1]["seq"] if rows else None), sorted(named)


async def index(connection: Connection, message_ids: Sequence[str]) -> None:
    """Writes these messages as they are now; those without a text, or taken back, are removed."""
    await connection.execute(
        """
        WITH text AS (
            SELECT m.id, m.tenant_id, m.conversation_id, m.direction = 'note' AS note, m.sort_at, m.content ->> 'text' AS words
            FROM messages m WHERE m.id = ANY($1::text[]) AND m.deleted_at IS NULL AND coalesce(m.content ->> 'text', '') <> ''
        ), gone AS (
            DELETE FROM message_search s WHERE s.message_id = ANY($1::text[])
                AND NOT EXISTS (SELECT 1 FROM text WHERE text.id = s.message_id)
        )
        INSERT INTO message_search (message_id, tenant_id, conversation_id, note, at, document)
        SELECT id, tenant_id, conversation_id, note, sort_at,
            to_tsvector('simple', search_text(words)) || array_to_tsvector(ARRAY['tenant ' || tenant_id]) FROM text
        ON CONFLICT (message_id) DO UPDATE SET document = excluded.document, at = excluded.at
        """,
        list(message_ids),
    )


async def advance(connection: Connection, tenant_id: str, seq: int) -> None:
    await connection.execute("UPDATE search_positions SET read_seq = $2 WHERE tenant_id = $1", tenant_id, seq)


async def matches(
    connection: Connection,
    tenant_id: str,
    words: str,
    *,
    notes: bool,
    before: tuple[datetime, str] | None,
    most: int,
) -> Sequence[Any]:
    """Messages of the tenant with all of these words, the newest first."""
    at, last_id = before or (None, None)
    return await connection.fetch(
        "SELECT message_id, at FROM search_messages($1, $2, $3, $4, $5, $6)", tenant_id, words, notes, at, last_id, most
    )


async def shown(connection: Connection, principal: Principal, message_ids: Sequence[str]) -> Sequence[Any]:
    """Of these, the messages whose conversation the caller may see, the newest first."""
    joined = select(m).join(c, c.c.id == m.c.conversation_id)
    wanted = joined.where(one_of(m.c.id, message_ids), scope(principal), m.c.deleted_at.is_(None))
    sql, args = compiled(wanted.order_by(m.c.sort_at.desc(), m.c.id.desc()))
    return await connection.fetch(sql, *args)
