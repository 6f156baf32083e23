"""Presence and capacity of agents. Both wake the dispatcher with the commit."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from backbone.errors import InputInvalid, NotFound
from backbone.storage.database import Connection
from backbone.storage.wake import notify
from router.domain.conversation import Fact
from router.repositories import events
from router.repositories.events import event_row

PRESENCES = ("online", "away", "draining", "offline")
LONGEST_DRAIN = timedelta(hours=24)


async def set_presence(
    connection: Connection,
    *,
    tenant_id: str,
    agent_id: str,
    presence: str,
    reason: str | None,
    now: datetime,
    offline_at: datetime | None = None,
) -> int:
    """Sets presence; answers the agent's version. Waiting work of an agent who goes offline is assigned anew.

    Who drains is given nothing new, and the router takes them offline at `offline_at`. Raises `NotFound` and `InputInvalid`.
    Setting what is set already announces nothing.
    """
    _check_presence(presence, offline_at, now)
    row = await connection.fetchrow(
        "SELECT presence, presence_reason, offline_at, version FROM agents WHERE id = $1 AND tenant_id = $2 FOR UPDATE",
        agent_id,
        tenant_id,
    )
    if row is None:
        raise NotFound("no such agent")
    if (row["presence"], row["presence_reason"], row["offline_at"]) == (presence, reason, offline_at):
        return int(row["version"])
    version = await connection.fetchval(
        "UPDATE agents SET presence = $3, presence_reason = $4, presence_changed_at = $5, offline_at = $6, version = version + 1 "
        "WHERE id = $1 AND tenant_id = $2 RETURNING version",
        agent_id,
        tenant_id,
        presence,
        reason,
        now,
        offline_at,
    )
    data = {"agent_id": agent_id, "from": row["presence"], "to": presence, "reason": reason}
    if offline_at is not None:
        data["offline_at"] = offline_at.isoformat()
    await events.append(connection, [event_row(tenant_id, Fact("agent.presence_changed", data), now)])
    await notify(connection, "changed", tenant_id)
    return int(version)


def _check_presence(presence: str, offline_at: datetime | None, now: datetime) -> None:
    if presence not in PRESENCES:
        raise InputInvalid(f"presence is one of {', '.join(PRESENCES)}", pointers={"/presence": "unknown"})
    if presence != "draining" and offline_at is not None:
        raise InputInvalid("only who drains has a time", pointers={"/offline_at": "not with this presence"})
    if presence == "draining" and (offline_at is None or not now < offline_at <= now + LONGEST_DRAIN):
        raise InputInvalid("who drains says when they go, within a day", pointers={"/offline_at": "within 24 hours"})


@dataclass(frozen=True, slots=True)
class Capacity:
    """What an agent takes at once: common units, a supervisor's override on top, and units for work that may lie."""

    units: int
    override: int | None = None
    interruptible: int | None = None


async def set_capacity(
    connection: Connection, *, tenant_id: str, agent_id: str, capacity: Capacity, now: datetime
) -> int:
    """Sets capacity in units; answers the agent's version. Lowering it stops new work, it takes none away. What is None
    stays.

    Raises `NotFound` and `InputInvalid`.
    """
    limits = (("capacity", capacity.units, 1000), ("override", capacity.override, 100))
    for name, value, most in (*limits, ("interruptible", capacity.interruptible, 1000)):
        if value is not None and not 0 <= value <= most:
            raise InputInvalid(f"{name} is from 0 to {most} units", pointers={f"/{name}": "out of range"})
    row = await connection.fetchrow(
        "UPDATE agents SET capacity = $3, capacity_override = coalesce($4, capacity_override), "
        "interruptible_capacity = coalesce($5, interruptible_capacity), version = version + 1 "
        "WHERE id = $1 AND tenant_id = $2 RETURNING version, capacity_override, interruptible_capacity",
        agent_id,
        tenant_id,
        capacity.units,
        capacity.override,
        capacity.interruptible,
    )
    if row is None:
        raise NotFound("no such agent")
    data = {
        "agent_id": agent_id,
        "capacity": capacity.units,
        "capacity_override": row["capacity_override"],
        "interruptible_capacity": row["interruptible_capacity"],
    }
    await events.append(connection, [event_row(tenant_id, Fact("agent.updated", data), now)])
    await notify(connection, "changed", tenant_id)
    return int(row["version"])
