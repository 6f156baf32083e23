"""Deadlines that run are computed anew after a change of policy, hours or holidays: asked for here, done in batches by id."""

from datetime import datetime

from backbone.storage.database import Connection
from router.config import TenantConfig
from router.domain import conversation as rules
from router.domain.conversation import Rules
from router.repositories import conversations, events, timers
from router.repositories.conversations import Saving
from router.repositories.events import EventRow, event_row
from router.repositories.timers import RESOLVE, SLA, TimerRow
from router.usecases.common import timer_rows

BATCH = 200


async def ask(connection: Connection, tenant_id: str, cause: str) -> None:
    """Has all running deadlines of the tenant computed anew: at once, and again when no process keeps the old terms in memory.

    `cause` is policy_changed, hours_changed or holidays_changed.
    """
    await connection.execute(
        """
        INSERT INTO recompute_requests (tenant_id, cause) VALUES ($1, $2)
        ON CONFLICT (tenant_id) DO UPDATE SET cause = excluded.cause, after_id = '', passes = 2, due_at = clock_timestamp()
        """,
        tenant_id,
        cause,
    )


async def recompute(
    connection: Connection, config: TenantConfig, after_id: str, cause: str, now: datetime
) -> str | None:
    """The next 200 conversations with a running clock behind `after_id`; answers the last id, None at the end."""
    rows = await connection.fetch(
        "SELECT id FROM conversations WHERE tenant_id = $1 AND id > $2 AND status <> 'resolved' "
        "AND (due_at IS NOT NULL OR clocks IS NOT NULL) ORDER BY id LIMIT $3",
        config.tenant_id,
        after_id,
        BATCH,
    )
    if not rows:
        return None
    saved: list[Saving] = []
    told: list[EventRow] = []
    set_timers: list[TimerRow] = []
    ended: dict[str, list[str]] = {SLA: [], RESOLVE: []}
    for current in await conversations.lock_many(connection, [row["id"] for row in rows]):
        if current.status == "resolved":
            continue
        change = rules.recompute(current, now, Rules(config.policies, config.hours_of(current.team_id)), cause)
        if not change.facts:
            continue
        saved.append(Saving(current))
        told += [event_row(current.tenant_id, fact, now) for fact in change.facts]
        set_timers += timer_rows(current, change)
        ended[SLA] += [current.id] if change.cancel else []
        ended[RESOLVE] += [current.id] if change.resolve_cancel else []
    for kind, ids in ended.items():
        await timers.cancel(connection, ids, kind)
    await timers.put(connection, set_timers)
    await conversations.save(connection, saved)
    await events.append(connection, told)
    return str(rows[-1]["id"])
