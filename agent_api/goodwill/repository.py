"""Reads goodwill."""

from collections.abc import Sequence
from typing import Any

from agent_api.goodwill.schemas import Goodwill
from backbone.storage.database import Connection

_COLUMNS = ", ".join(Goodwill.model_fields)


async def find(connection: Connection, goodwill_id: str) -> Any:
    return await connection.fetchrow(f"SELECT {_COLUMNS} FROM goodwill WHERE id = $1", goodwill_id)


async def page(connection: Connection, state: str | None, before: str | None, limit: int) -> Sequence[Any]:
    """Up to `limit + 1`, the newest first."""
    only = "AND state = $3" if state is not None else "AND $3::text IS NULL"
    return await connection.fetch(
        f"SELECT {_COLUMNS} FROM goodwill WHERE tenant_id = current_setting('frontdesk.tenant') {only} "
        "AND ($1::text IS NULL OR id < $1) ORDER BY id DESC LIMIT $2",
        before,
        limit + 1,
        state,
    )
