"""Calls for whoever is at one: the same steps for an agent over REST or a socket, and for a customer."""

from datetime import datetime

from agent_api.calls.config import CallConfig
from agent_api.calls.ice import ice_servers
from agent_api.calls.livekit import room_of, room_token
from agent_api.calls.parties import Someone
from agent_api.calls.schemas import BrowserCall, BrowserCallList, CallConnection, CallIceServer, CallRoom
from backbone.errors import Conflict
from backbone.storage.database import Connection
from router.usecases import calls as usecases
from schemas.calls import CallKind, Via


def call_of(call: usecases.Call) -> BrowserCall:
    return BrowserCall(
        id=call.id,
        conversation_id=call.conversation_id,
        kind=call.kind,
        via=call.via,
        state=call.state,
        started_by=call.started_by,
        agent_id=call.agent_id,
        started_at=call.started_at,
        rings_until=call.rings_until,
        answered_at=call.answered_at,
        ended_at=call.ended_at,
        cause=call.cause,
    )


def way_of(call: usecases.Call, who: Someone, config: CallConfig, now: datetime) -> CallConnection:
    """The way to the other side, with credentials of this call and side alone."""
    servers = ice_servers(config.ice, f"{call.id}-{who.side}", now)
    shown = [CallIceServer(urls=list(one.urls), username=one.username, credential=one.credential) for one in servers]
    room = _room_of(call, who, config, now)
    return CallConnection(call_id=call.id, polite=who.side == "customer", ice_servers=shown, room=room)


def _room_of(call: usecases.Call, who: Someone, config: CallConfig, now: datetime) -> CallRoom | None:
    """None for who is not in the call (yet): a colleague who may see it must not listen."""
    if config.room is None or call.via != "room" or call.state == "ended":
        return None
    inside = call.state == "active" or who.side == call.started_by
    if not inside or (who.side == "agent" and who.party(None).agent_id != call.agent_id):
        return None
    token = room_token(config.room, room_of(call.tenant_id, call.id), who.side, now)
    return CallRoom(url=config.room.url, token=token)


async def start(
    connection: Connection,
    who: Someone,
    config: CallConfig,
    now: datetime,
    *,
    conversation_id: str | None,
    kind: CallKind,
    via: Via,
    device: str,
) -> usecases.Call:
    """Rings. Raises `NotFound`, `Forbidden`, and as the use case does."""
    found = await who.conversation(connection, conversation_id)
    party = who.party(device)
    if via == "room" and config.room is None:
        raise Conflict("No room server is configured.")
    return await usecases.start(
        connection,
        tenant_id=who.tenant_id,
        conversation_id=found,
        party=party,
        kind=kind,
        via=via,
        rings=config.rings,
        now=now,
    )


async def find(connection: Connection, who: Someone, call_id: str) -> usecases.Call:
    """Raises `NotFound` where it is not this one's to see."""
    call = await usecases.find(connection, call_id)
    await who.conversation(connection, call.conversation_id)
    return call


async def answer(connection: Connection, who: Someone, call_id: str, device: str, now: datetime) -> usecases.Call:
    """Takes it on this device. Raises as `start` does."""
    await find(connection, who, call_id)
    party = who.party(device)
    return await usecases.answer(connection, tenant_id=who.tenant_id, call_id=call_id, party=party, now=now)


async def end(connection: Connection, who: Someone, call_id: str, now: datetime) -> usecases.Call:
    """Hangs up, cancels or declines."""
    await find(connection, who, call_id)
    side = who.party(None).side
    return await usecases.end(connection, tenant_id=who.tenant_id, call_id=call_id, side=side, now=now)


async def join(connection: Connection, who: Someone, call_id: str, device: str, now: datetime) -> usecases.Call:
    """A sign of life of the page that has the call. Raises `Conflict` for any other."""
    await find(connection, who, call_id)
    return await usecases.join(connection, call_id=call_id, party=who.party(device), now=now)


async def recent(connection: Connection, who: Someone, conversation_id: str) -> BrowserCallList:
    found = await who.conversation(connection, conversation_id)
    return BrowserCallList(items=[call_of(call) for call in await usecases.recent(connection, found)])
