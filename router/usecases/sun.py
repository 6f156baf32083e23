"""Teams that follow the sun: what waits for one that has closed goes to one that is awake, with its age and a deadline of there."""

from collections.abc import Sequence
from datetime import datetime

from backbone.storage.database import Connection
from router.config import TenantConfig
from router.domain import conversation as rules
from router.domain.conversation import Fact, Rules
from router.repositories import conversations, events, timers
from router.repositories.conversations import Saving
from router.repositories.events import event_row
from router.usecases.common import timer_rows

BATCH = 200


async def follow(
    connection: Connection, config: TenantConfig, queue: Sequence[tuple[str, str | None]], now: datetime
) -> int:
    """Moves at most 200 of `queue` (conversations without an owner, with their team); answers how many moved."""
    wanted: dict[str, str] = {}
    for conversation_id, team_id in queue:
        awake = config.awake(team_id, now)
        if awake is not None and awake != team_id and len(wanted) < BATCH:
            wanted[conversation_id] = awake
    if not wanted:
        return 0
    held = await conversations.lock_many(connection, sorted(wanted), skip_locked=True)
    moved = [c for c in held if c.agent_id is None and c.status == "open" and c.team_id != wanted[c.id]]
    for current in moved:
        before, current.team_id = current.team_id, wanted[current.id]
        told = [Fact("conversation.transferred", current.base() | {"from_team_id": before, "by": None})]
        change = rules.recompute(current, now, Rules(config.policies, config.hours_of(current.team_id)), "team_changed")
        await timers.put(connection, timer_rows(current, change))
        await events.append(connection, [event_row(current.tenant_id, fact, now) for fact in (*told, *change.facts)])
    await conversations.save(connection, [Saving(current) for current in moved])
    return len(moved)
