"""What callers do with promises to call back, each inside one transaction of theirs."""

from datetime import UTC, datetime

from agent_api.call_backs.schemas import BookCallBack, CallBack, CallBackList, CallBackSlot, CallBackSlots
from agent_api.conversations.service import after_change, author_of, visible
from agent_api.http.call import Answer, Call
from agent_api.http.versions import expected_version
from backbone.storage.database import Connection
from router.config import TenantConfig, config_now
from router.usecases import call_backs


async def config_of(connection: Connection, call: Call) -> TenantConfig:
    """The tenant's rules, read anew: the API's processes keep none."""
    return await config_now(connection, call.principal.tenant_id, call.now)


async def slots(connection: Connection, call: Call, team_id: str) -> Answer:
    return Answer(await slots_of(connection, await config_of(connection, call), team_id, call.now))


async def slots_of(connection: Connection, config: TenantConfig, team_id: str | None, now: datetime) -> CallBackSlots:
    """Of a team, as agents and customers see them; none where there is no team."""
    free = [] if team_id is None else await call_backs.offered(connection, config, team_id, now)
    width = call_backs.plan_of(config.settings).width
    return CallBackSlots(
        items=[CallBackSlot(start=slot.start, free=slot.free) for slot in free],
        minutes=int(width.total_seconds() // 60),
    )


async def book(
    connection: Connection, call: Call, conversation_id: str, body: BookCallBack, if_match: str | None
) -> Answer:
    expected = expected_version(if_match)
    await visible(connection, call.principal, conversation_id)
    await call_backs.book(
        connection,
        await config_of(connection, call),
        conversation_id=conversation_id,
        at=body.at.astimezone(UTC),
        actor=author_of(call.principal),
        now=call.now,
        expected_version=expected,
    )
    return await after_change(connection, call, conversation_id)


async def promised(connection: Connection, call: Call, conversation_id: str) -> Answer:
    await visible(connection, call.principal, conversation_id)
    found = await call_backs.promised(connection, conversation_id)
    items = [] if found is None else [CallBack(at=found.at, booked_by=found.booked_by, created_at=found.created_at)]
    return Answer(CallBackList(items=items))


async def keep(connection: Connection, call: Call, conversation_id: str, if_match: str | None) -> Answer:
    expected = expected_version(if_match)
    await visible(connection, call.principal, conversation_id)
    await call_backs.keep(
        connection,
        await config_of(connection, call),
        conversation_id=conversation_id,
        now=call.now,
        expected_version=expected,
    )
    return await after_change(connection, call, conversation_id)
