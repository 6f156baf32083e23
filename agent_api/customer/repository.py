"""Reads and keeps what is a visitor's own. Every statement names the account and the address."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from backbone.errors import Unauthenticated
from backbone.storage.database import Connection

HISTORY = 50
_CONVERSATIONS_MOST = 100
_STRAGGLERS = timedelta(minutes=10)
_LINKS_MOST = 20
ANONYMOUS = "vis_"
# By contact, since that is indexed, and then by address: a contact may have others, which this visitor did not prove.
_OWN = """
    FROM contact_points p JOIN conversations c ON c.contact_id = p.contact_id
    WHERE p.account_id = $1 AND p.address = $2 AND c.account_id = $1 AND c.contact_address = $2
"""


async def refuse_retired(connection: Connection, account_id: str, visitor_id: str) -> None:
    """Raises `Unauthenticated` for an anonymous visitor who signed in since: whoever kept that token must not read on."""
    if not visitor_id.startswith(ANONYMOUS):
        return
    if await link_of(connection, account_id, visitor_id) is not None:
        raise Unauthenticated("This visitor signed in: begin a session as who they are.")


async def link_of(connection: Connection, account_id: str, visitor_id: str) -> str | None:
    """The address of whom an anonymous visitor turned out to be."""
    found = await connection.fetchval(
        "SELECT address FROM customer_links WHERE account_id = $1 AND visitor_id = $2", account_id, visitor_id
    )
    return None if found is None else str(found)


async def add_link(
    connection: Connection, tenant_id: str, account_id: str, visitor_id: str, address: str, now: datetime
) -> None:
    """Once: who signs in later in the same browser gets nothing of what was said before by somebody else."""
    await connection.execute(
        "INSERT INTO customer_links (account_id, visitor_id, tenant_id, address, at) VALUES ($1, $2, $3, $4, $5) "
        "ON CONFLICT DO NOTHING",
        account_id,
        visitor_id,
        tenant_id,
        address,
        now,
    )


async def links_to(connection: Connection, account_id: str, visitor_id: str | None, address: str, now: datetime) -> Any:
    """The visitors to take over: the one of this browser, and those of minutes ago, whose last words may have come since."""
    rows = await connection.fetch(
        "SELECT visitor_id FROM customer_links WHERE account_id = $1 AND address = $2 AND (at > $3 OR visitor_id = $4) "
        "ORDER BY visitor_id = $4 DESC, at DESC LIMIT $5",
        account_id,
        address,
        now - _STRAGGLERS,
        visitor_id or "",
        _LINKS_MOST,
    )
    return [row["visitor_id"] for row in rows]


async def conversation_ids(connection: Connection, account_id: str, address: str) -> list[str]:
    """The visitor's conversations, the newest first."""
    rows = await connection.fetch(
        f"SELECT c.id {_OWN} ORDER BY c.opened_at DESC LIMIT $3", account_id, address, _CONVERSATIONS_MOST
    )
    return [row["id"] for row in rows]


async def own_conversation(connection: Connection, account_id: str, address: str, conversation_id: str) -> Any:
    """The row, locked, if it is the visitor's; else None."""
    return await connection.fetchrow(
        "SELECT id, status, agent_id, team_id, channel FROM conversations "
        "WHERE id = $3 AND account_id = $1 AND contact_address = $2 FOR UPDATE",
        account_id,
        address,
        conversation_id,
    )


async def conversations(
    connection: Connection, account_id: str, address: str, before: tuple[datetime, str] | None, limit: int
) -> Sequence[Any]:
    """Up to `limit + 1`, the newest first, each with its last message that is no note, what is unread, and its rating."""
    at, last_id = before or (None, None)
    return await connection.fetch(
        f"""
        SELECT c.id, c.status, c.opened_at, c.last_message_at, a.name AS agent, r.score, l.content, l.deleted_at, u.unread
        FROM (SELECT c.* {_OWN} AND ($3::timestamptz IS NULL OR (c.opened_at, c.id) < ($3, $4))
            ORDER BY c.opened_at DESC, c.id DESC LIMIT $5) AS c
        LEFT JOIN agents a ON a.id = c.agent_id
        LEFT JOIN ratings r ON r.conversation_id = c.id
        LEFT JOIN LATERAL (SELECT m.content, m.deleted_at FROM messages m
            WHERE m.conversation_id = c.id AND m.direction <> 'note' ORDER BY m.sort_at DESC, m.id DESC LIMIT 1) AS l ON true
        CROSS JOIN LATERAL (SELECT count(*) AS unread FROM (SELECT m.direction, m.state FROM messages m
            WHERE m.conversation_id = c.id ORDER BY m.sort_at DESC, m.id DESC LIMIT 100) AS m
            WHERE m.direction = 'out' AND m.state <> 'read') AS u
        ORDER BY c.opened_at DESC, c.id DESC
        """,
        account_id,
        address,
        at,
        last_id,
        limit + 1,
    )


async def messages(
    connection: Connection, ids: Sequence[str], before: tuple[datetime, str] | None = None, limit: int = HISTORY
) -> list[Any]:
    """Up to `limit + 1` messages of these conversations, the newest first, without notes."""
    at, last_id = before or (None, None)
    return list(
        await connection.fetch(
            """
            SELECT m.* FROM unnest($1::text[]) AS k (id) CROSS JOIN LATERAL (
                SELECT * FROM messages WHERE conversation_id = k.id AND direction <> 'note'
                    AND ($2::timestamptz IS NULL OR (sort_at, id) < ($2, $3)) ORDER BY sort_at DESC, id DESC LIMIT $4) AS m
            ORDER BY m.sort_at DESC, m.id DESC LIMIT $4
            """,
            list(ids),
            at,
            last_id,
            limit + 1,
        )
    )


async def uploads(connection: Connection, owner: str, ids: Sequence[str]) -> dict[str, Any]:
    """The files among these that this owner uploaded, by id."""
    rows = await connection.fetch(
        "SELECT id, blob, filename, mime, size, sha256 FROM attachments WHERE id = ANY($1::text[]) AND by_key = $2",
        list(ids),
        owner,
    )
    return {row["id"]: row for row in rows}


async def uploaded_since(connection: Connection, owner: str, since: datetime) -> tuple[int, int]:
    """How many files, and bytes, an owner uploaded."""
    row: Any = await connection.fetchrow(
        "SELECT count(*) AS files, coalesce(sum(size), 0)::bigint AS bytes FROM attachments "
        "WHERE by_key = $1 AND created_at > $2",
        owner,
        since,
    )
    return row["files"], row["bytes"]


async def add_upload(connection: Connection, values: Sequence[object]) -> None:
    await connection.execute(
        "INSERT INTO attachments (id, tenant_id, blob, filename, mime, size, sha256, by_key, created_at) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        *values,
    )


async def open_conversation(connection: Connection, account_id: str, visitor_id: str) -> Any:
    """`id` and `team_id` of the one they are in now; None without one."""
    return await connection.fetchrow(
        f"SELECT c.id, c.team_id {_OWN} AND c.status <> 'resolved' ORDER BY c.opened_at DESC LIMIT 1",
        account_id,
        visitor_id,
    )


async def team_of(connection: Connection, tenant_id: str, account_id: str) -> str | None:
    """The team that what is written here goes to: the account's, else the tenant's first."""
    found = await connection.fetchval(
        "SELECT coalesce(a.team_id, (SELECT t.id FROM teams t WHERE t.tenant_id = $1 ORDER BY t.created_at, t.id LIMIT 1)) "
        "FROM channel_accounts a WHERE a.tenant_id = $1 AND a.id = $2",
        tenant_id,
        account_id,
    )
    return None if found is None else str(found)
