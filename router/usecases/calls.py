"""Voice and video between a customer and an agent in their browsers: who rings, answers and ends; what time does to it.

Every change holds the conversation's lock, so that two who answer, or one who answers what was just cancelled, come one
after the other.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from backbone.errors import ActionUnsupported, Conflict, NotFound
from backbone.ids import new_id
from backbone.storage.database import Connection
from router.config import capabilities
from router.domain import calls as rules
from router.domain import conversation as conversation_rules
from router.domain.calls import Call, Kind, Side
from router.domain.conversation import Change, Conversation, Fact
from router.repositories import calls, timers
from router.repositories.timers import CALL, TimerRow
from router.usecases.common import channel_of, finish, lock, rules_of
from router.usecases.conversations import assign
from router.usecases.types import Author

__all__ = ["Call", "Party", "answer", "end", "find", "in_room", "join", "look", "recent", "room_over", "start"]

LISTED = 100


@dataclass(frozen=True, slots=True)
class Party:
    """Who acts: a side, and which of its pages. `agent_id` is set on the agent's side."""

    side: Side
    agent_id: str | None = None
    device: str | None = None


async def start(
    connection: Connection,
    *,
    tenant_id: str,
    conversation_id: str,
    party: Party,
    kind: Kind,
    via: str,
    rings: timedelta,
    now: datetime,
) -> Call:
    """Rings the other side; a customer's call also waits for an agent as a message does.

    Where the agent it would ring at is in another call it has ended at once, busy. Raises `NotFound`, `ActionUnsupported`
    where the customer's channel carries no calls, and `Conflict` (resolved; a call goes on; the caller is in another one).
    """
    current = await lock(connection, tenant_id, conversation_id, None)
    if not capabilities(await channel_of(connection, current)).calls:
        raise ActionUnsupported("customers of this channel can't be called in a browser")
    if current.status == "resolved":
        raise Conflict("the conversation is resolved: open it first")
    ours = party.side == "agent"
    call = Call(
        id=new_id("cal"),
        tenant_id=tenant_id,
        conversation_id=current.id,
        kind=kind,
        via="room" if via == "room" else "peer",
        state="ringing",
        started_by=party.side,
        agent_id=party.agent_id if ours else None,
        agent_device=party.device if ours else None,
        agent_seen_at=now if ours else None,
        customer_device=None if ours else party.device,
        customer_seen_at=None if ours else now,
        started_at=now,
        rings_until=now + rings,
    )
    change = Change() if ours else await _customer_waits(connection, current, now)
    facts = [rules.ring(call, current)]
    if not ours and current.agent_id is not None and await calls.is_busy(connection, current.agent_id):
        facts.append(rules.close(call, current, "busy", by=None, now=now))
    if not await calls.insert(connection, call):
        raise Conflict("there is a call already: in this conversation, or of yours")
    if call.state == "ringing":
        await timers.put(connection, [TimerRow(tenant_id, current.id, CALL, rules.due(call), call.id)])
    await finish(connection, current, now, change=change, facts=facts)
    return call


async def _customer_waits(connection: Connection, current: Conversation, now: datetime) -> Change:
    return conversation_rules.receive(
        current, received_at=now, said_at=now, automatic=False, rules=await rules_of(connection, current)
    )


async def answer(connection: Connection, *, tenant_id: str, call_id: str, party: Party, now: datetime) -> Call:
    """Takes it on the party's device; the first wins. An agent's answer ends the customer's wait, and a conversation that
    nobody had is theirs then.

    Raises `NotFound`, `CapacityExhausted`, and `Conflict` (it rings no more, is another's to take, or the agent is in another call).
    """
    current, call = await _locked(connection, tenant_id, call_id)
    if party.device is None or party.side != call.callee:
        raise Conflict("who calls can't answer")
    if call.state == "active" and call.device(party.side) == party.device:
        return call
    if call.state != "ringing":
        raise Conflict("the call rings no more")
    if party.side == "agent":
        await _take(connection, current, party, now)
        current = await lock(connection, tenant_id, current.id, None)
    fact = rules.answer(call, current, agent_id=party.agent_id, device=party.device, now=now)
    await calls.save(connection, call)
    change = Change()
    if party.side == "agent":
        change = conversation_rules.reply(current, now=now, automatic=False)
    await timers.put(connection, [TimerRow(tenant_id, current.id, CALL, rules.due(call), call.id)])
    await finish(connection, current, now, change=change, facts=[fact])
    return call


async def _take(connection: Connection, current: Conversation, party: Party, now: datetime) -> None:
    """Gives the conversation to who answers, unless a person has it already."""
    agent_id = party.agent_id
    if agent_id is None:
        raise Conflict("this key acts as no agent, who could talk")
    if await calls.is_busy(connection, agent_id):
        raise Conflict("you are in another call")
    if current.agent_id == agent_id:
        return
    if current.agent_id is not None:
        role = await connection.fetchval("SELECT role FROM agents WHERE id = $1", current.agent_id)
        if role != "bot":
            raise Conflict("the call rings at the agent who has the conversation")
    await assign(
        connection,
        tenant_id=current.tenant_id,
        conversation_id=current.id,
        agent_id=agent_id,
        actor=Author("agent", agent_id),
        now=now,
    )


async def end(connection: Connection, *, tenant_id: str, call_id: str, side: Side, now: datetime) -> Call:
    """Hangs up, cancels or declines; one that is over stays as it is. Raises `NotFound`."""
    current, call = await _locked(connection, tenant_id, call_id)
    if call.state == "ended":
        return call
    fact = rules.end(call, current, by=side, now=now)
    await calls.save(connection, call)
    await timers.cancel(connection, [current.id], CALL)
    await finish(connection, current, now, facts=[fact])
    return call


async def join(connection: Connection, *, call_id: str, party: Party, now: datetime) -> Call:
    """A sign of life of a device that is in the call. Raises `NotFound`, and `Conflict` where it is not, or not any more."""
    call = await find(connection, call_id)
    if party.device is None or not await calls.seen(connection, call_id, party.side, party.device, now):
        raise Conflict("this page is not in the call: it is over, or was answered elsewhere")
    return call


async def in_room(
    connection: Connection, *, tenant_id: str, call_id: str, side: Side, present: bool, now: datetime
) -> None:
    """A side came into the call's room, or left it; what is known, or about a call that is over, changes nothing.

    Raises `NotFound`.
    """
    current, call = await _locked(connection, tenant_id, call_id)
    fact = rules.moved(call, current, side, present=present) if call.state != "ended" else None
    if fact is not None:
        await calls.save(connection, call)
        await finish(connection, current, now, facts=[fact])


async def room_over(connection: Connection, *, tenant_id: str, call_id: str, now: datetime) -> None:
    """The room is empty and gone: an answered call is over, one that rings goes on. Raises `NotFound`."""
    current, call = await _locked(connection, tenant_id, call_id)
    if call.state == "active":
        fact = rules.close(call, current, "hung_up", by=None, now=now)
        await calls.save(connection, call)
        await timers.cancel(connection, [current.id], CALL)
        await finish(connection, current, now, facts=[fact])


async def find(connection: Connection, call_id: str) -> Call:
    """Raises `NotFound`."""
    call = await calls.find(connection, call_id)
    if call is None:
        raise NotFound("there is no such call")
    return call


async def recent(connection: Connection, conversation_id: str) -> list[Call]:
    """The latest calls of a conversation, the newest first, at most 100."""
    return list(await calls.recent(connection, conversation_id, LISTED))


async def look(connection: Connection, current: Conversation, now: datetime) -> tuple[list[Fact], datetime | None]:
    """What time has done to the live call of this conversation, and when to look again if nothing.

    The caller holds the conversation's lock.
    """
    call = await calls.live_of(connection, current.id)
    if call is None:
        return [], None
    fact = rules.look(call, current, now)
    if fact is None:
        return [], rules.due(call)
    await calls.save(connection, call)
    return [fact], None


async def _locked(connection: Connection, tenant_id: str, call_id: str) -> tuple[Conversation, Call]:
    """The call as it is now, its conversation locked."""
    before = await find(connection, call_id)
    current = await lock(connection, tenant_id, before.conversation_id, None)
    return current, await find(connection, call_id)
