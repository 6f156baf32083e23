"""What tests of routing ask the database: who owns what, what each holds, and whether the sums are right."""

import json
from typing import Any

from tests.support.desk import Desk, rows


async def set_routing(url: str, desk: Desk, **routing: object) -> None:
    """Stores how the desk's team works, before any router has read it."""
    await rows(url, "UPDATE teams SET routing = $2::jsonb WHERE id = $1", desk.team_id, json.dumps(routing))


async def owners(url: str) -> dict[str, str | None]:
    """The agent of each conversation, by thread key."""
    return {r["thread_key"]: r["agent_id"] for r in await rows(url, "SELECT thread_key, agent_id FROM conversations")}


async def reservations(url: str) -> list[Any]:
    """All offers, the oldest first."""
    return list(await rows(url, "SELECT * FROM reservations ORDER BY offered_at, id"))


async def used(url: str) -> dict[str, int]:
    return {r["id"]: r["used"] for r in await rows(url, "SELECT id, used FROM agents")}


_SUMS = """
    SELECT a.id, a.used, a.interruptible_used, a.capacity + a.capacity_override AS room, a.interruptible_capacity,
        coalesce((SELECT sum(held_units) FROM conversations c WHERE c.agent_id = a.id AND NOT held_interruptible), 0)
            + coalesce((SELECT sum(units) FROM reservations r WHERE r.agent_id = a.id AND r.state = 'offered' AND NOT r.interruptible), 0)
            AS held,
        coalesce((SELECT sum(held_units) FROM conversations c WHERE c.agent_id = a.id AND held_interruptible), 0)
            + coalesce((SELECT sum(units) FROM reservations r WHERE r.agent_id = a.id AND r.state = 'offered' AND r.interruptible), 0)
            AS held_aside
    FROM agents a
"""


async def wrong_sums(url: str) -> list[dict[str, Any]]:
    """Agents whose counters are not what their conversations and offers hold, or are beyond what they have room for."""
    return [
        dict(r)
        for r in await rows(url, _SUMS)
        if r["used"] != r["held"]
        or r["interruptible_used"] != r["held_aside"]
        or r["used"] > r["room"]
        or r["interruptible_used"] > r["interruptible_capacity"]
    ]
