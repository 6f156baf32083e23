"""Calls in the browser. Who changes one holds its conversation's lock."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from backbone.storage.database import Connection
from router.domain.calls import Call, Side

_COLUMNS = """id, tenant_id, conversation_id, kind, via, state, started_by, agent_id, agent_device, agent_seen_at, customer_device,
    customer_seen_at, started_at, rings_until, answered_at, ended_at, cause, in_room"""


def _load(row: Any) -> Call | None:
    return None if row is None else Call(*row)


async def find(connection: Connection, call_id: str) -> Call | None:
    return _load(await connection.fetchrow(f"SELECT {_COLUMNS} FROM calls WHERE id = $1", call_id))


async def live_of(connection: Connection, conversation_id: str) -> Call | None:
    """The call that rings or goes on in this conversation."""
    return _load(
        await connection.fetchrow(
            f"SELECT {_COLUMNS} FROM calls WHERE conversation_id = $1 AND state <> 'ended'", conversation_id
        )
    )


async def recent(connection: Connection, conversation_id: str, most: int) -> Sequence[Call]:
    """The latest calls of a conversation, the newest first."""
    rows = await connection.fetch(
        f"SELECT {_COLUMNS} FROM calls WHERE conversation_id = $1 ORDER BY started_at DESC, id DESC LIMIT $2",
        conversation_id,
        most,
    )
    return [Call(*row) for row in rows]


async def is_busy(connection: Connection, agent_id: str) -> bool:
    return (
        await connection.fetchval("SELECT 1 FROM calls WHERE agent_id = $1 AND state <> 'ended'", agent_id) is not None
    )


async def insert(connection: Connection, call: Call) -> bool:
    """False where the agent or the conversation has another call by now."""
    done = await connection.fetchval(
        f"INSERT INTO calls ({_COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18) "
        "ON CONFLICT DO NOTHING RETURNING 1",
        call.id, call.tenant_id, call.conversation_id, call.kind, call.via, call.state, call.started_by, call.agent_id,
        call.agent_device, call.agent_seen_at, call.customer_device, call.customer_seen_at, call.started_at, call.rings_until,
        call.answered_at, call.ended_at, call.cause, call.in_room,
    )  # fmt: skip
    return done is not None


async def save(connection: Connection, call: Call) -> None:
    """What may have changed. A broken rule of the schema is the database's error: the agent has another call."""
    await connection.execute(
        """
        UPDATE calls SET state = $2, agent_id = $3, agent_device = $4, agent_seen_at = $5, customer_device = $6,
            customer_seen_at = $7, answered_at = $8, ended_at = $9, cause = $10, in_room = $11 WHERE id = $1
        """,
        call.id, call.state, call.agent_id, call.agent_device, call.agent_seen_at, call.customer_device, call.customer_seen_at,
        call.answered_at, call.ended_at, call.cause, call.in_room,
    )  # fmt: skip


_SEEN = {
    "agent": "UPDATE calls SET agent_seen_at = $2 WHERE id = $1 AND state <> 'ended' AND agent_device = $3 RETURNING 1",
    "customer": "UPDATE calls SET customer_seen_at = $2 WHERE id = $1 AND state <> 'ended' AND customer_device = $3 RETURNING 1",
}


async def seen(connection: Connection, call_id: str, side: Side, device: str, now: datetime) -> bool:
    """Notes a sign of life of a side's device; False where it is not in the call."""
    return await connection.fetchval(_SEEN[side], call_id, now, device) is not None
