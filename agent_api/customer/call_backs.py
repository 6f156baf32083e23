"""Times at which a customer can be called back, and the one they choose, each inside one transaction of their own."""

from datetime import UTC
from typing import Any

from agent_api.call_backs.schemas import BookCallBack, CallBackSlots
from agent_api.call_backs.service import slots_of
from agent_api.customer import repository
from agent_api.customer.call import CustomerCall
from backbone.errors import Conflict
from backbone.storage.database import Connection
from router.config import TenantConfig, config_now
from router.usecases import call_backs
from router.usecases.types import SYSTEM


async def slots(connection: Connection, call: CustomerCall) -> CallBackSlots:
    """Those of the team that has the customer's open conversation, else of the chat's. Empty where none is offered."""
    config = await _config(connection, call)
    found = await _case(connection, call)
    team_id = found["team_id"] if found is not None else None
    team_id = team_id or await repository.team_of(connection, call.account.tenant_id, call.account.id)
    return await slots_of(connection, config, team_id, call.now)


async def book(connection: Connection, call: CustomerCall, body: BookCallBack) -> BookCallBack:
    """Raises `Conflict` without an open conversation, and as the use case does."""
    config = await _config(connection, call)
    found = await _case(connection, call)
    if found is None:
        raise Conflict("Write first: a call-back belongs to a conversation.")
    at = body.at.astimezone(UTC)
    await call_backs.book(connection, config, conversation_id=str(found["id"]), at=at, actor=SYSTEM, now=call.now)
    return BookCallBack(at=at)


async def _case(connection: Connection, call: CustomerCall) -> Any:
    return await repository.open_conversation(connection, call.account.id, call.visitor_id)


async def _config(connection: Connection, call: CustomerCall) -> TenantConfig:
    """Raises `Conflict` where the chat offers no call-backs."""
    if not call.account.look.call_backs:
        raise Conflict("This chat offers no call-backs.")
    return await config_now(connection, call.account.tenant_id, call.now)
