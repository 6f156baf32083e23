"""What every use case begins and ends with: lock, check the version, save, announce, wake."""

from collections.abc import Sequence
from datetime import datetime

from backbone.clock import SystemClock
from backbone.errors import NotFound, PreconditionFailed
from backbone.storage.database import Connection
from backbone.storage.wake import notify
from router.config import TenantConfig, config_now
from router.domain.conversation import Change, Conversation, Fact, Rules
from router.repositories import conversations, events, timers
from router.repositories.conversations import Saving
from router.repositories.events import event_row
from router.repositories.timers import RESOLVE, SLA, TimerRow


async def lock(
    connection: Connection, tenant_id: str, conversation_id: str, expected_version: int | None
) -> Conversation:
    """The conversation, its row locked. Raises `NotFound`, or `PreconditionFailed` if it has another version."""
    current = await conversations.lock(connection, conversation_id)
    if current is None or current.tenant_id != tenant_id:
        raise NotFound("no such conversation")
    if expected_version is not None and current.version != expected_version:
        raise PreconditionFailed(f"the conversation is at version {current.version}, not {expected_version}")
    return current


async def finish(
    connection: Connection,
    current: Conversation,
    now: datetime,
    *,
    change: Change | None = None,
    facts: Sequence[Fact] = (),
    preview: str | None = None,
    messages: int = 0,
) -> int:
    """Saves the conversation with the facts and timers of what happened, and wakes the router; answers the new version."""
    change = change or Change()
    if change.cancel:
        await timers.cancel(connection, [current.id], SLA)
    if change.resolve_cancel:
        await timers.cancel(connection, [current.id], RESOLVE)
    await timers.put(connection, timer_rows(current, change))
    await conversations.save(connection, [Saving(current, preview, messages)])
    await events.append(connection, [event_row(current.tenant_id, fact, now) for fact in (*change.facts, *facts)])
    await notify(connection, "changed", current.tenant_id)
    return current.version


def timer_rows(current: Conversation, change: Change) -> list[TimerRow]:
    """The timers that a change sets."""
    return [
        TimerRow(current.tenant_id, current.id, kind, timer.due_at, timer.encode())
        for kind, timer in ((SLA, change.timer), (RESOLVE, change.resolve))
        if timer is not None
    ]


async def channel_of(connection: Connection, current: Conversation) -> str:
    return str(await connection.fetchval("SELECT channel FROM conversations WHERE id = $1", current.id))


async def config_of(connection: Connection, current: Conversation) -> TenantConfig:
    """The tenant's rules. Read anew: what a person changes is rare, and the API's processes keep no configuration in memory."""
    return await config_now(connection, current.tenant_id, SystemClock().now())


async def rules_of(connection: Connection, current: Conversation) -> Rules:
    """What decides about this conversation now."""
    config = await config_of(connection, current)
    return config.rules(await channel_of(connection, current), current.team_id)


async def free(connection: Connection, current: Conversation, wraps_up_until: datetime | None = None) -> None:
    """Gives what this conversation holds back to its agent, who is given nothing new before `wraps_up_until`."""
    if current.agent_id is None:
        return
    await connection.execute(
        """
        WITH gone AS (UPDATE conversations SET held_units = 0, held_interruptible = false WHERE id = $1)
        UPDATE agents SET used = greatest(0, used - $3), interruptible_used = greatest(0, interruptible_used - $4),
            wrap_up_until = greatest(wrap_up_until, $5) WHERE id = $2
        """,
        current.id,
        current.agent_id,
        0 if current.held_interruptible else current.held_units,
        current.held_units if current.held_interruptible else 0,
        wraps_up_until,
    )
    current.held_units, current.held_interruptible = 0, False
