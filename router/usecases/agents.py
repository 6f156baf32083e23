"""Presence and capacity of agents. Both wake the dispatcher with the commit."""

from datetime import datetime

from backbone.errors import InputInvalid, NotFound
from backbone.storage.database import Connection
from backbone.storage.wake import notify
from router.domain.conversation import Fact
from router.repositories import events
from router.repositories.events import event_row

PRESENCES = ("online", "away", "offline")


async def set_presence(
    connection: Connection, *, tenant_id: str, agent_id: str, presence: str, reason: str | None, now: datetime
) -> int:
    """Sets presence; answers the agent's version. Waiting work of an agent who goes offline is assigned anew.

    Raises `NotFound` and `InputInvalid`. Setting what is set already announces nothing.
    """
    if presence not in PRESENCES:
        raise InputInvalid(f"presence is one of {', '.join(PRESENCES)}", pointers={"/presence": "unknown"})
    row = await connection.fetchrow(
        "SELECT presence, presence_reason, version FROM agents WHERE id = $1 AND tenant_id = $2 FOR UPDATE",
        agent_id,
        tenant_id,
    )
    if row is None:
        raise NotFound("no such agent")
    if row["presence"] == presence and row["presence_reason"] == reason:
        return int(row["version"])
    version = await connection.fetchval(
        "UPDATE agents SET presence = $3, presence_reason = $4, presence_changed_at = $5, version = version + 1 "
        "WHERE id = $1 AND tenant_id = $2 RETURNING version",
        agent_id,
        tenant_id,
        presence,
        reason,
        now,
    )
    data = {"agent_id": agent_id, "from": row["presence"], "to": presence, "reason": reason}
    await events.append(connection, [event_row(tenant_id, Fact("agent.presence_changed", data), now)])
    await notify(connection, "changed", tenant_id)
    return int(version)


async def set_capacity(connection: Connection, *, tenant_id: str, agent_id: str, capacity: int, now: datetime) -> int:
    """Sets capacity in units; answers the agent's version. Lowering it stops new work, it takes none away.

    Raises `NotFound` and `InputInvalid`.
    """
    if not 0 <= capacity <= 1000:
        raise InputInvalid("the capacity is from 0 to 1000 units", pointers={"/capacity": "out of range"})
    version = await connection.fetchval(
        "UPDATE agents SET capacity = $3, version = version + 1 WHERE id = $1 AND tenant_id = $2 RETURNING version",
        agent_id,
        tenant_id,
        capacity,
    )
    if version is None:
        raise NotFound("no such agent")
    data = {"agent_id": agent_id, "capacity": capacity}
    await events.append(connection, [event_row(tenant_id, Fact("agent.updated", data), now)])
    await notify(connection, "changed", tenant_id)
    return int(version)
