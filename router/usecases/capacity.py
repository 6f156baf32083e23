"""What agents are charged with: taken by compare-and-set, given back in sets, always in the order that everybody locks in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from backbone.errors import CapacityExhausted, NotFound
from backbone.storage.database import Connection
from router.domain.conversation import Conversation
from router.repositories.routing import ASIDE, WEIGHT


@dataclass(frozen=True, slots=True)
class Held:
    """What a conversation takes of its agent."""

    units: int
    interruptible: bool


_NAMES = {"class": "$5", "agent": "a", "units": "$3"}
_ASIDE, _WEIGHT = ASIDE.format(**_NAMES), WEIGHT.format(**_NAMES)
_ADMIT = f"""
    UPDATE agents a SET last_assigned_at = $4, used = a.used + CASE WHEN {_ASIDE} THEN 0 ELSE {_WEIGHT} END,
        interruptible_used = a.interruptible_used + CASE WHEN {_ASIDE} THEN $3 ELSE 0 END
    WHERE a.id = $1 AND a.tenant_id = $2 AND CASE WHEN {_ASIDE} THEN a.interruptible_used + $3 <= a.interruptible_capacity
        ELSE a.used + {_WEIGHT} <= a.capacity + a.capacity_override END
    RETURNING CASE WHEN {_ASIDE} THEN $3 ELSE {_WEIGHT} END AS units, {_ASIDE} AS interruptible
"""


async def try_admit(connection: Connection, current: Conversation, agent_id: str, now: datetime) -> Held | None:
    """Charges the agent with the conversation; None where it doesn't fit or there is no such agent."""
    row = await connection.fetchrow(_ADMIT, agent_id, current.tenant_id, current.units, now, current.channel_class)
    return None if row is None else Held(row["units"], row["interruptible"])


async def admit(connection: Connection, current: Conversation, agent_id: str, now: datetime) -> Held:
    """As `try_admit`. Raises `NotFound` or `CapacityExhausted`."""
    held = await try_admit(connection, current, agent_id, now)
    if held is not None:
        return held
    known = await connection.fetchval(
        "SELECT 1 FROM agents WHERE id = $1 AND tenant_id = $2", agent_id, current.tenant_id
    )
    if known is None:
        raise NotFound("no such agent")
    raise CapacityExhausted


async def lock_agents(connection: Connection, *agent_ids: str | None) -> None:
    """Locks several agents in the one order, so that two who move work between the same two don't wait in a circle."""
    wanted = sorted({agent_id for agent_id in agent_ids if agent_id is not None})
    if len(wanted) > 1:
        await connection.execute(
            "SELECT 1 FROM agents WHERE id = ANY($1::text[]) ORDER BY id FOR NO KEY UPDATE", wanted
        )


_LET_GO = """
    WITH idle AS (
        UPDATE conversations SET held_units = 0, held_interruptible = false WHERE id = ANY($1::text[])
    ), freed AS (
        SELECT * FROM unnest($2::text[], $3::int[], $4::int[]) AS v (id, units, aside)
    ), there AS MATERIALIZED (
        SELECT a.id FROM agents a WHERE a.id IN (SELECT id FROM freed) ORDER BY a.id FOR NO KEY UPDATE
    )
    UPDATE agents a SET used = greatest(0, a.used - freed.units), interruptible_used = greatest(0, a.interruptible_used - freed.aside)
    FROM freed, there WHERE a.id = there.id AND freed.id = a.id
"""


async def let_go(connection: Connection, held: Sequence[Conversation]) -> None:
    """Gives back what locked conversations hold of their agents, who still own them."""
    units: dict[str, int] = {}
    aside: dict[str, int] = {}
    for one in held:
        if one.agent_id is not None:
            kind = aside if one.held_interruptible else units
            kind[one.agent_id] = kind.get(one.agent_id, 0) + one.held_units
        one.held_units, one.held_interruptible = 0, False
    agents = sorted({*units, *aside})
    if agents:
        await connection.execute(
            _LET_GO,
            [one.id for one in held],
            agents,
            [units.get(agent, 0) for agent in agents],
            [aside.get(agent, 0) for agent in agents],
        )
