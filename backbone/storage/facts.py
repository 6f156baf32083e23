"""Facts that processes other than the router write to the stream: changes of configuration, who types, what went wrong."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from backbone.ids import new_id
from backbone.storage.database import Connection
from backbone.storage.wake import notify
from schemas.events import EventType


async def announce(
    connection: Connection,
    tenant_id: str,
    kind: EventType,
    data: Mapping[str, Any],
    now: datetime,
    conversation_id: str | None = None,
) -> None:
    """Appends one event with the caller's transaction and wakes the router, which numbers it. Ids only, never text."""
    await connection.execute(
        "INSERT INTO events_pending (tenant_id, id, type, conversation_id, at, data) VALUES ($1, $2, $3, $4, $5, $6)",
        tenant_id,
        new_id("evt"),
        kind.value,
        conversation_id,
        now,
        dict(data),
    )
    await notify(connection, "changed", tenant_id)
