"""Reads consents."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from agent_api.consents.schemas import RecordedConsent
from backbone.storage.database import Connection

_COLUMNS = ", ".join(RecordedConsent.model_fields)
_MERGED_MOST = 100


async def has_point(connection: Connection, contact_id: str, account_id: str, address: str) -> bool:
    found = await connection.fetchval(
        "SELECT 1 FROM contact_points WHERE account_id = $1 AND address = $2 AND contact_id = $3",
        account_id,
        address,
        contact_id,
    )
    return found is not None


async def wrote(connection: Connection, contact_id: str, message_id: str) -> bool:
    """Whether the message is one of this contact's own."""
    found = await connection.fetchval(
        "SELECT 1 FROM messages m JOIN conversations c ON c.id = m.conversation_id "
        "WHERE m.id = $1 AND m.direction = 'in' AND c.contact_id = $2",
        message_id,
        contact_id,
    )
    return found is not None


async def find(connection: Connection, consent_id: str) -> Any:
    return await connection.fetchrow(f"SELECT {_COLUMNS} FROM consents WHERE id = $1", consent_id)


async def page(
    connection: Connection, contact_id: str, before: tuple[datetime, str] | None, limit: int
) -> Sequence[Any]:
    """Up to `limit + 1` of the contact and of those it took in, the newest first."""
    return await connection.fetch(
        f"""
        SELECT {_COLUMNS} FROM consents WHERE contact_id = ANY (ARRAY(
            SELECT from_id FROM contact_merges WHERE into_id = $1 AND undone_at IS NULL LIMIT $5) || $1)
        AND ($2::timestamptz IS NULL OR (at, id) < ($2, $3)) ORDER BY at DESC, id DESC LIMIT $4
        """,
        contact_id,
        before[0] if before else None,
        before[1] if before else None,
        limit + 1,
        _MERGED_MOST,
    )
