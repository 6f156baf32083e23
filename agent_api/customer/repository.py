"""Reads a visitor's own conversations and messages. Every statement names the account and the address."""

from collections.abc import Sequence
from typing import Any

from backbone.storage.database import Connection

HISTORY = 50
_CONVERSATIONS_MOST = 100


async def conversation_ids(connection: Connection, account_id: str, address: str) -> list[str]:
    """The visitor's conversations, the newest first. By contact, since that is indexed, and then by address: a contact
    may have other addresses, which this token does not prove.
    """
    rows = await connection.fetch(
        """
        SELECT c.id FROM contact_points p JOIN conversations c ON c.contact_id = p.contact_id
        WHERE p.account_id = $1 AND p.address = $2 AND c.account_id = $1 AND c.contact_address = $2
        ORDER BY c.opened_at DESC LIMIT $3
        """,
        account_id,
        address,
        _CONVERSATIONS_MOST,
    )
    return [row["id"] for row in rows]


async def last_messages(connection: Connection, ids: Sequence[str]) -> list[Any]:
    """The last messages of these conversations, oldest first, without notes."""
    rows = await connection.fetch(
        "SELECT * FROM messages WHERE conversation_id = ANY($1::text[]) AND direction <> 'note' "
        "ORDER BY sort_at DESC, id DESC LIMIT $2",
        list(ids),
        HISTORY,
    )
    return list(reversed(rows))
