"""Routes of a tenant's settings."""

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from agent_api.http.call import Call, IfMatch, May, MayGet
from agent_api.http.docs import NOT_MODIFIED, reading, versioned
from agent_api.permissions import Permission
from agent_api.settings import service
from agent_api.settings.schemas import SettingsIn, TenantSettings

router = APIRouter(prefix="/v1/settings", tags=["Account"])


@router.get(
    "",
    operation_id="getSettings",
    summary="Read the tenant's settings",
    response_model=TenantSettings,
    responses=reading() | NOT_MODIFIED,
)
async def get_settings(call: Annotated[Call, Depends(MayGet(Permission.SETTINGS_READ))]) -> Response:
    """With every default written out. The settings of routing stand in the policy, those of offers in theirs."""
    return await call.get(lambda connection: service.get_settings(connection, call))


@router.put(
    "",
    operation_id="replaceSettings",
    summary="Replace the tenant's settings",
    response_model=TenantSettings,
    responses=versioned(),
)
async def replace_settings(
    call: Annotated[Call, Depends(May(Permission.SETTINGS_WRITE))], body: SettingsIn, if_match: IfMatch = None
) -> Response:
    """They hold within seconds, for what arrives from then on: what was kept before is not gone through again."""
    return await call.change(lambda connection: service.replace_settings(connection, call, body, if_match))
