"""Routes of roles."""

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from agent_api.agents.schemas import Agent
from agent_api.http.call import Call, IfMatch, May, MayPost
from agent_api.http.docs import posting, problems, reading, versioned
from agent_api.http.inputs import AgentPath, RolePath
from agent_api.permissions import Permission
from agent_api.roles import service
from agent_api.roles.schemas import OwnRole, RoleIn, RoleList, SetRole

router = APIRouter(prefix="/v1", tags=["Roles"])

Read = Annotated[Call, Depends(May(Permission.AGENTS_READ))]
Manage = Annotated[Call, Depends(May(Permission.ROLES_MANAGE))]
PostManage = Annotated[Call, Depends(MayPost(Permission.ROLES_MANAGE))]


@router.get("/roles", operation_id="listRoles", summary="List roles", response_model=RoleList, responses=reading())
async def list_roles(call: Read) -> Response:
    """The tenant's own, and what the built-in ones may do."""
    return (await call.read(service.list_roles)).response()


@router.post(
    "/roles",
    operation_id="createRole",
    summary="Add a role",
    status_code=201,
    response_model=OwnRole,
    responses=posting(),
)
async def create_role(call: PostManage, body: RoleIn) -> Response:
    """With permissions that the caller has too."""
    return await call.once(lambda connection: service.create_role(connection, call, body))


@router.put(
    "/roles/{role_id}",
    operation_id="replaceRole",
    summary="Replace a role",
    response_model=OwnRole,
    responses=versioned(),
)
async def replace_role(call: Manage, role_id: RolePath, body: RoleIn, if_match: IfMatch = None) -> Response:
    """Live sockets of those who have it are cut within 5 s, to come back with what they may do now."""
    return await call.change(lambda connection: service.replace_role(connection, call, role_id, body, if_match))


@router.delete(
    "/roles/{role_id}",
    operation_id="deleteRole",
    summary="Remove a role",
    status_code=204,
    response_class=Response,
    responses=problems(404, 409, 412, 428),
)
async def delete_role(call: Manage, role_id: RolePath, if_match: IfMatch = None) -> Response:
    """Once nobody has it: 409 until then."""
    return await call.change(lambda connection: service.delete_role(connection, call, role_id, if_match))


@router.put(
    "/agents/{agent_id}/role",
    operation_id="setAgentRole",
    summary="Set what a person may do",
    response_model=Agent,
    responses=versioned(),
)
async def set_role(call: Manage, agent_id: AgentPath, body: SetRole, if_match: IfMatch = None) -> Response:
    """Holds for their sessions within 5 s; live ones come back. Their API keys keep the role they were made with."""
    return await call.change(lambda connection: service.set_role(connection, call, agent_id, body, if_match))
