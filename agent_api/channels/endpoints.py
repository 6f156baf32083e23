"""Routes of channels and channel accounts."""

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from agent_api.channels import service
from agent_api.channels.schemas import (
    ChangeChannelAccount,
    ChannelAccount,
    ChannelAccountPage,
    ChannelList,
    CreateChannelAccount,
)
from agent_api.http.call import Answer, Call, IfMatch, May, MayGet, MayPost
from agent_api.http.docs import NOT_MODIFIED, posting, reading, versioned
from agent_api.http.inputs import AccountPath, Page
from agent_api.http.pages import page_response
from agent_api.permissions import Permission

router = APIRouter(prefix="/v1", tags=["Channels"])

Write = Annotated[Call, Depends(May(Permission.CHANNELS_WRITE))]
PostWrite = Annotated[Call, Depends(MayPost(Permission.CHANNELS_WRITE))]
GetWrite = Annotated[Call, Depends(MayGet(Permission.CHANNELS_WRITE))]


@router.get(
    "/channels",
    operation_id="listChannels",
    summary="List channels",
    response_model=ChannelList,
    responses=reading(),
    dependencies=[Depends(May(Permission.CHANNELS_READ))],
)
async def list_channels() -> Response:
    """What each kind of medium can carry: go by these, never by a channel's name."""
    return Answer(service.list_channels()).response()


@router.get(
    "/channel-accounts",
    operation_id="listChannelAccounts",
    summary="List channel accounts",
    response_model=ChannelAccountPage,
    responses=reading(),
)
async def list_accounts(call: Write, page: Page) -> Response:
    """The tenant's numbers, pages and mailboxes, the oldest first. Their settings are never shown."""
    found = await call.read(lambda connection: service.list_accounts(connection, call, page.cursor, page.limit))
    return page_response(call.request, found)


@router.get(
    "/channel-accounts/{account_id}",
    operation_id="getChannelAccount",
    summary="Read one channel account",
    response_model=ChannelAccount,
    responses=reading(404) | NOT_MODIFIED,
)
async def get_account(call: GetWrite, account_id: AccountPath) -> Response:
    """Its settings are never shown."""
    return await call.get(lambda connection: service.get_account(connection, call, account_id))


@router.post(
    "/channel-accounts",
    operation_id="createChannelAccount",
    summary="Add a channel account",
    status_code=201,
    response_model=ChannelAccount,
    responses=posting(),
)
async def create_account(call: PostWrite, body: CreateChannelAccount) -> Response:
    """Settings are sealed as they are; the gateway tells by `doctor` if the channel can't use them."""
    return await call.once(lambda connection: service.create_account(connection, call, body))


@router.patch(
    "/channel-accounts/{account_id}",
    operation_id="changeChannelAccount",
    summary="Pause or change a channel account",
    response_model=ChannelAccount,
    responses=versioned(),
)
async def change_account(
    call: Write, account_id: AccountPath, body: ChangeChannelAccount, if_match: IfMatch = None
) -> Response:
    """Gateways take it up within seconds."""
    return await call.change(lambda connection: service.change_account(connection, call, account_id, body, if_match))
