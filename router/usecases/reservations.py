"""What an agent does with an offer, and what becomes of offers when somebody decides otherwise."""

from dataclasses import replace
from datetime import datetime

from backbone.errors import NotFound, ReservationEnded
from backbone.storage.database import Connection
from backbone.storage.wake import notify
from router.domain.conversation import Conversation, Fact
from router.domain.teamwork import DECLINED_FOR
from router.repositories import conversations, events, reservations
from router.repositories.reservations import Ending, Reservation
from router.usecases.common import finish


async def accept(connection: Connection, *, tenant_id: str, reservation_id: str, agent_id: str, now: datetime) -> None:
    """The agent takes the conversation; whoever was asked beside them is no longer. Accepting twice is accepting once.

    Raises `NotFound` (no such offer to this agent) and `ReservationEnded`: the time is over, or somebody else has it.
    """
    asked, current = await _lock(connection, tenant_id, reservation_id, agent_id)
    if asked.state == "accepted" and current.agent_id == agent_id:
        return
    _refuse_ended(asked, current, now)
    others = [one for one in await reservations.offered(connection, [current.id]) if one.id != asked.id]
    endings: dict[str, tuple[Ending, str | None]] = {one.id: ("withdrawn", "accepted_by_other") for one in others}
    endings[asked.id] = ("accepted", None)
    await reservations.end(connection, endings, now, now - DECLINED_FOR)
    current.agent_id = agent_id
    await connection.execute(
        "UPDATE conversations SET agent_id = $2, assigned_at = $3, unassigned_reason = NULL, held_units = $4, "
        "held_interruptible = $5, last_agent_id = $2, direct_agent_id = NULL, offered_until = NULL, declined_by = '{}' WHERE id = $1",
        current.id,
        agent_id,
        now,
        asked.units,
        asked.interruptible,
    )
    data = current.base() | {"from_agent_id": None, "by": agent_id, "reason": "accepted"}
    await finish(connection, current, now, facts=[Fact("conversation.assigned", data)])
    await events.append(connection, reservations.told(tenant_id, [asked, *others], endings, now))


async def decline(
    connection: Connection, *, tenant_id: str, reservation_id: str, agent_id: str, reason: str | None, now: datetime
) -> None:
    """The agent doesn't take it; it goes on to others with its age. Declining twice is declining once.

    Raises as `accept` does.
    """
    asked, current = await _lock(connection, tenant_id, reservation_id, agent_id)
    if asked.state == "declined":
        return
    _refuse_ended(asked, current, now)
    endings: dict[str, tuple[Ending, str | None]] = {asked.id: ("declined", reason)}
    await reservations.end(connection, endings, now, now - DECLINED_FOR)
    await events.append(connection, reservations.told(tenant_id, [asked], endings, now))
    await notify(connection, "changed", tenant_id)


async def withdraw(connection: Connection, current: Conversation, reason: str, now: datetime) -> None:
    """Ends what is on offer of a locked conversation, so that its units are free for what was decided instead."""
    live = await reservations.offered(connection, [current.id])
    endings: dict[str, tuple[Ending, str | None]] = {one.id: ("withdrawn", reason) for one in live}
    await reservations.end(connection, endings, now, now - DECLINED_FOR)
    await events.append(connection, reservations.told(current.tenant_id, live, endings, now))


async def _lock(
    connection: Connection, tenant_id: str, reservation_id: str, agent_id: str
) -> tuple[Reservation, Conversation]:
    """The offer as it is under the lock of its conversation, under which alone it may change."""
    found = await reservations.find(connection, tenant_id, reservation_id)
    current = None if found is None else await conversations.lock(connection, found.conversation_id)
    if found is None or current is None or found.agent_id != agent_id:
        raise NotFound("There is no such offer, or not to you.")
    again = await reservations.find(connection, tenant_id, reservation_id)
    return again or replace(found, state="withdrawn"), current


def _refuse_ended(asked: Reservation, current: Conversation, now: datetime) -> None:
    waits = current.agent_id is None and current.status == "open" and current.waiting_since is not None
    if asked.state == "offered" and asked.expires_at > now and waits:
        return
    state = "timed_out" if asked.state == "offered" and waits else asked.state
    raise ReservationEnded(extensions={"state": "withdrawn" if state == "offered" else state})
