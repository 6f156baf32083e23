"""The route of an account's health."""

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from agent_api.health import service
from agent_api.health.schemas import ChannelHealth
from agent_api.http.call import Call, May
from agent_api.http.docs import reading
from agent_api.http.inputs import AccountPath
from agent_api.permissions import Permission

router = APIRouter(prefix="/v1/channels", tags=["Channels"])

Read = Annotated[Call, Depends(May(Permission.CHANNELS_READ))]


@router.get(
    "/{account_id}",
    operation_id="getChannelHealth",
    summary="How a channel account is doing",
    response_model=ChannelHealth,
    responses=reading(404),
)
async def get_health(call: Read, account_id: AccountPath) -> Response:
    """Counts, recent traffic, the last error, and what the provider says. Counts are written every few seconds."""
    return (await call.read(lambda connection: service.get_health(connection, call, account_id))).response()
