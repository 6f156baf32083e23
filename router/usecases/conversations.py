"""What changes a conversation's owner and status. Capacity moves with it, in the same transaction."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from backbone.errors import Conflict, InputInvalid, NotFound
from backbone.storage.database import Connection
from router.domain import conversation as rules
from router.domain.conversation import Conversation, Fact
from router.repositories import timers
from router.repositories.timers import SNOOZE, TimerRow
from router.usecases import reservations, satisfaction
from router.usecases.capacity import Held, admit, lock_agents
from router.usecases.common import config_of, finish, free, lock, rules_of
from router.usecases.messages import store_note
from router.usecases.types import Author
from schemas.content import Content

STATUSES = ("open", "pending", "snoozed", "resolved")


async def assign(
    connection: Connection,
    *,
    tenant_id: str,
    conversation_id: str,
    agent_id: str | None,
    actor: Author,
    now: datetime,
    expected_version: int | None = None,
    when_free: bool = False,
) -> int:
    """Gives the conversation to an agent, or back to the queue (None). A person's choice is final for the router.

    With `when_free` it waits for that agent and goes to nobody else: at once if they are online and have room. Raises
    `NotFound`, `PreconditionFailed`, `Conflict` (resolved) and, unless it waits, `CapacityExhausted`. It does not check
    presence: a supervisor may assign to somebody who is away.
    """
    current = await lock(connection, tenant_id, conversation_id, expected_version)
    if current.status == "resolved":
        raise Conflict("the conversation is resolved: open it first")
    if current.agent_id == agent_id:
        # Back to the queue, of one that was meant for somebody: now anybody may have it.
        await connection.execute("UPDATE conversations SET direct_agent_id = NULL WHERE id = $1", current.id)
        return current.version
    if when_free and agent_id is not None:
        return await _mean_for(connection, current, agent_id, actor, now)
    facts = await give(connection, current, agent_id, actor, now)
    return await finish(connection, current, now, facts=facts)


async def _mean_for(connection: Connection, current: Conversation, agent_id: str, actor: Author, now: datetime) -> int:
    known = await connection.fetchval(
        "SELECT 1 FROM agents WHERE id = $1 AND tenant_id = $2", agent_id, current.tenant_id
    )
    if known is None:
        raise NotFound("no such agent")
    facts = await give(connection, current, None, actor, now)
    await connection.execute("UPDATE conversations SET direct_agent_id = $2 WHERE id = $1", current.id, agent_id)
    data = current.base() | {"direct_agent_id": agent_id, "by": actor.id}
    return await finish(connection, current, now, facts=[*facts, Fact("conversation.updated", data)])


async def transfer(
    connection: Connection,
    *,
    tenant_id: str,
    conversation_id: str,
    team_id: str,
    agent_id: str | None,
    note: str | None,
    actor: Author,
    now: datetime,
    expected_version: int | None = None,
) -> int:
    """Moves the conversation to a team (to one of its agents, or its queue), with a note for whoever takes it.

    Raises as `assign` does. Deadlines stay: the customer has been waiting all along.
    """
    current = await lock(connection, tenant_id, conversation_id, expected_version)
    if current.status == "resolved":
        raise Conflict("the conversation is resolved: open it first")
    if await connection.fetchval("SELECT 1 FROM teams WHERE id = $1 AND tenant_id = $2", team_id, tenant_id) is None:
        raise NotFound("no such team")
    before, current.team_id = current.team_id, team_id
    facts = [Fact("conversation.transferred", current.base() | {"from_team_id": before, "by": actor.id})]
    if agent_id != current.agent_id:
        facts.extend(await give(connection, current, agent_id, actor, now))
    version = await finish(connection, current, now, facts=facts)
    if note:
        version = (
            await store_note(connection, current, author=actor, content=Content(text=note), now=now)
        ).conversation_version
    return version


async def change_status(
    connection: Connection,
    *,
    tenant_id: str,
    conversation_id: str,
    status: str,
    snoozed_until: datetime | None,
    actor: Author,
    now: datetime,
    expected_version: int | None = None,
) -> int:
    """Opens, parks, snoozes or resolves. Resolving frees the agent; a snooze needs a time in the future.

    Raises `InputInvalid`, `NotFound`, `PreconditionFailed` and `Conflict` (a newer conversation of the thread is open).
    """
    _check(status, snoozed_until, now)
    current = await lock(connection, tenant_id, conversation_id, expected_version)
    if current.status == status and status != "snoozed":
        return current.version
    if current.status == "resolved":
        await _refuse_second_open(connection, current)
    if status == "resolved":
        config = await config_of(connection, current)
        wrap_up = config.work_of(current.team_id).wrap_up
        await free(connection, current, now + wrap_up if wrap_up else None)
        await satisfaction.resolved(connection, config, current, current.agent_id, now)
    change = rules.change_status(
        current, status, now=now, snoozed_until=snoozed_until, rules=await rules_of(connection, current), by=actor.id
    )
    await timers.cancel(connection, [current.id], SNOOZE)
    if snoozed_until is not None:
        await timers.put(connection, [TimerRow(tenant_id, current.id, SNOOZE, snoozed_until, "wake")])
    return await finish(connection, current, now, change=change)


async def set_priority(
    connection: Connection,
    *,
    tenant_id: str,
    conversation_id: str,
    priority: int,
    actor: Author,
    now: datetime,
    expected_version: int | None = None,
) -> int:
    """Sets the priority from 0 to 10; each step counts as ten minutes sooner due. Raises as `assign` does."""
    if not 0 <= priority <= 10:
        raise InputInvalid("the priority is from 0 to 10", pointers={"/priority": "out of range"})
    current = await lock(connection, tenant_id, conversation_id, expected_version)
    if current.priority == priority:
        return current.version
    before, current.priority = current.priority, priority
    data = current.base() | {"priority": priority, "from_priority": before, "by": actor.id}
    return await finish(connection, current, now, facts=[Fact("conversation.updated", data)])


async def set_needs(
    connection: Connection,
    *,
    tenant_id: str,
    conversation_id: str,
    needs: Sequence[Mapping[str, Any]],
    actor: Author,
    now: datetime,
    expected_version: int | None = None,
) -> int:
    """Sets the skills it asks for: `{skill, level, relaxes_after_seconds}`, whose shape the caller has checked. Who has it
    keeps it. Raises as `assign` does, save for the status.
    """
    current = await lock(connection, tenant_id, conversation_id, expected_version)
    await connection.execute(
        "UPDATE conversations SET needs = $2 WHERE id = $1", current.id, [dict(need) for need in needs]
    )
    data = current.base() | {"needs": sorted(str(need["skill"]) for need in needs), "by": actor.id}
    return await finish(connection, current, now, facts=[Fact("conversation.updated", data)])


async def give(
    connection: Connection,
    current: Conversation,
    agent_id: str | None,
    actor: Author,
    now: datetime,
    *,
    reason: str = "assigned_by_person",
) -> list[Fact]:
    """Gives a locked conversation to an agent, or back to the queue; the caller saves it. Raises as `assign` does.

    Who gives it to a bot means that a bot may have it again.
    """
    before = current.agent_id
    await reservations.withdraw(connection, current, reason, now)
    await lock_agents(connection, before, agent_id)
    await free(connection, current)
    held = await admit(connection, current, agent_id, now) if agent_id is not None else Held(0, interruptible=False)
    current.agent_id, current.held_units, current.held_interruptible = agent_id, held.units, held.interruptible
    # Who gave it away, or lost it by somebody's choice, is not the one the router gives it to next.
    await connection.execute(
        """
        UPDATE conversations SET agent_id = $2, assigned_at = $3, unassigned_reason = NULL, held_units = $4, held_interruptible = $5,
            last_agent_id = coalesce($2, last_agent_id), direct_agent_id = NULL,
            wants_human = wants_human AND NOT EXISTS (SELECT 1 FROM agents WHERE id = $2 AND role = 'bot'),
            declined_by = CASE WHEN $2 IS NULL AND $6::text IS NOT NULL THEN ARRAY[$6::text] ELSE '{}' END, declined_at = $7
        WHERE id = $1
        """,
        current.id,
        agent_id,
        now if agent_id else None,
        held.units,
        held.interruptible,
        before,
        now,
    )
    data = current.base() | {"from_agent_id": before, "by": actor.id, "reason": reason}
    return [Fact("conversation.assigned" if agent_id else "conversation.unassigned", data)]


def _check(status: str, snoozed_until: datetime | None, now: datetime) -> None:
    if status not in STATUSES:
        raise InputInvalid(f"the status is one of {', '.join(STATUSES)}", pointers={"/status": "unknown"})
    if status == "snoozed" and (snoozed_until is None or snoozed_until <= now):
        raise InputInvalid("a snooze needs a time in the future", pointers={"/snoozed_until": "must be in the future"})
    if status != "snoozed" and snoozed_until is not None:
        raise InputInvalid("only a snooze has a time", pointers={"/snoozed_until": "not with this status"})


async def _refuse_second_open(connection: Connection, current: Conversation) -> None:
    newer = await connection.fetchval(
        "SELECT id FROM conversations WHERE account_id = $1 AND thread_key = $2 AND status <> 'resolved'",
        current.account_id,
        current.thread_key,
    )
    if newer is not None:
        raise Conflict(f"the customer already has the open conversation {newer} on this thread")
