"""What callers do with promises to call back, each inside one transaction of theirs."""

from datetime import UTC

from agent_api.call_backs.schemas import BookCallBack, CallBack, CallBackList, CallBackSlot, CallBackSlots
from agent_api.conversations.service import after_change, author_of, visible
from agent_api.http.call import Answer, Call
from agent_api.http.versions import expected_version
from backbone.storage.database import Connection
from router.config import ConfigCache, TenantConfig
from router.usecases import call_backs


async def config_of(connection: Connection, call: Call) -> TenantConfig:
    """The tenant's rules, read anew: the API's processes keep none."""
    tenant_id = call.principal.tenant_id
    found = await ConfigCache(call.parts.clock).get(connection, [tenant_id])
    return found.get(tenant_id) or TenantConfig(tenant_id, call.now)


async def slots(connection: Connection, call: Call, team_id: str) -> Answer:
    config = await config_of(connection, call)
    found = await call_backs.offered(connection, config, team_id, call.now)
    width = call_backs.plan_of(config.settings).width
    return Answer(
        CallBackSlots(
            items=[CallBackSlot(start=slot.start, free=slot.free) for slot in found],
            minutes=int(width.total_seconds() // 60),
        )
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
