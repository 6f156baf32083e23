"""Reads actions on messages; who asks for them is a use case's business."""

from collections.abc import Sequence
from typing import Any

from backbone.storage.database import Connection

_COLUMNS = "id, action, state, error_code, error_detail, created_at, state_at"
MOST = 50


async def of_message(connection: Connection, message_id: str) -> Sequence[Any]:
    """The newest first, at most 50."""
    return await connection.fetch(
        f"SELECT {_COLUMNS} FROM message_actions WHERE message_id = $1 ORDER BY created_at DESC, id DESC LIMIT {MOST}",
        message_id,
    )


async def find(connection: Connection, action_id: str) -> Any:
    return await connection.fetchrow(f"SELECT {_COLUMNS} FROM message_actions WHERE id = $1", action_id)
