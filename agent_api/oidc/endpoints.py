"""Routes of identity providers, and of what the login page shows."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.requests import Request
from starlette.responses import Response

from agent_api.http.call import Call, IfMatch, May, MayPost
from agent_api.http.docs import posting, problems, reading, versioned
from agent_api.http.inputs import ProviderPath
from agent_api.http.quota import address_of, count
from agent_api.oidc import service
from agent_api.oidc.schemas import (
    IdentityProvider,
    IdentityProviderIn,
    IdentityProviderList,
    LoginWays,
    LoginWaysQuery,
)
from agent_api.parts import parts_of
from agent_api.permissions import Permission

router = APIRouter(prefix="/v1", tags=["Login"])

Manage = Annotated[Call, Depends(May(Permission.LOGIN_MANAGE))]
PostManage = Annotated[Call, Depends(MayPost(Permission.LOGIN_MANAGE))]


@router.get(
    "/identity-providers",
    operation_id="listIdentityProviders",
    summary="List identity providers",
    response_model=IdentityProviderList,
    responses=reading(),
)
async def list_providers(call: Manage) -> Response:
    """The oldest first."""
    return (await call.read(lambda connection: service.list_providers(connection, call))).response()


@router.post(
    "/identity-providers",
    operation_id="createIdentityProvider",
    summary="Add an identity provider",
    status_code=201,
    response_model=IdentityProvider,
    responses=posting(),
)
async def create_provider(call: PostManage, body: IdentityProviderIn) -> Response:
    """Whom it vouches for comes in as the agent of that address. Only for callers who may do everything."""
    return await call.once(lambda connection: service.create_provider(connection, call, body))


@router.put(
    "/identity-providers/{provider_id}",
    operation_id="replaceIdentityProvider",
    summary="Replace an identity provider",
    response_model=IdentityProvider,
    responses=versioned(),
)
async def replace_provider(
    call: Manage, provider_id: ProviderPath, body: IdentityProviderIn, if_match: IfMatch = None
) -> Response:
    """With another issuer nobody is known there yet, and addresses count again."""
    return await call.change(lambda connection: service.replace_provider(connection, call, provider_id, body, if_match))


@router.delete(
    "/identity-providers/{provider_id}",
    operation_id="deleteIdentityProvider",
    summary="Remove an identity provider",
    status_code=204,
    response_class=Response,
    responses=problems(404, 412, 428),
)
async def delete_provider(call: Manage, provider_id: ProviderPath, if_match: IfMatch = None) -> Response:
    """Sessions that it began go on until they end: log people out for that."""
    return await call.change(lambda connection: service.delete_provider(connection, call, provider_id, if_match))


@router.get(
    "/login/providers",
    operation_id="listLoginProviders",
    summary="Find the ways to log in",
    response_model=LoginWays,
    responses=problems(422),
)
async def list_login_providers(request: Request, query: Annotated[LoginWaysQuery, Query()]) -> Response:
    """By an address's domain, before anybody is known. Needs no key."""
    parts = parts_of(request)
    count(request, parts.readers, f"login/{address_of(request)}")
    return (await service.ways(parts, query.email)).response()
