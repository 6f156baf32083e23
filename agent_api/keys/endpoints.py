"""Routes of API keys."""

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from agent_api.http.call import Call, May, MayPost
from agent_api.http.docs import posting, reading
from agent_api.http.inputs import KeyPath, Page
from agent_api.http.pages import page_response
from agent_api.keys import service
from agent_api.keys.schemas import ApiKeyPage, CreateApiKey, NewApiKey
from agent_api.permissions import Permission

router = APIRouter(prefix="/v1/api-keys", tags=["API keys"])

Manage = Annotated[Call, Depends(May(Permission.KEYS_MANAGE))]
PostManage = Annotated[Call, Depends(MayPost(Permission.KEYS_MANAGE))]


@router.get("", operation_id="listApiKeys", summary="List API keys", response_model=ApiKeyPage, responses=reading())
async def list_keys(call: Manage, page: Page) -> Response:
    """Without their secret parts, the newest first."""
    found = await call.read(lambda connection: service.list_keys(connection, page.cursor, page.limit))
    return page_response(call.request, found)


@router.post(
    "",
    operation_id="createApiKey",
    summary="Make an API key",
    status_code=201,
    response_model=NewApiKey,
    responses=posting(),
)
async def create_key(call: PostManage, body: CreateApiKey) -> Response:
    """The key is in this answer only: we keep a hash. A repeat with the same Idempotency-Key gives the same key."""
    return await call.once(lambda connection: service.create_key(connection, call, body))


@router.delete(
    "/{key_id}",
    operation_id="revokeApiKey",
    summary="Revoke an API key",
    status_code=204,
    response_class=Response,
    responses=reading(404),
)
async def revoke_key(call: Manage, key_id: KeyPath) -> Response:
    """It stops working, and its live sockets are cut, within 5 s."""
    return await call.change(lambda connection: service.revoke_key(connection, call, key_id))
