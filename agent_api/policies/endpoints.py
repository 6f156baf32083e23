"""Routes of SLA policies."""

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from agent_api.http.call import Call, IfMatch, May, MayGet, MayPost
from agent_api.http.docs import NOT_MODIFIED, posting, problems, reading, versioned
from agent_api.http.inputs import PolicyPath
from agent_api.permissions import Permission
from agent_api.policies import service
from agent_api.policies.schemas import Policy, PolicyIn, PolicyList

router = APIRouter(prefix="/v1/sla-policies", tags=["SLA policies"])

Read = Annotated[Call, Depends(May(Permission.POLICIES_READ))]
GetRead = Annotated[Call, Depends(MayGet(Permission.POLICIES_READ))]
Write = Annotated[Call, Depends(May(Permission.POLICIES_WRITE))]
PostWrite = Annotated[Call, Depends(MayPost(Permission.POLICIES_WRITE))]


@router.get(
    "", operation_id="listSlaPolicies", summary="List SLA policies", response_model=PolicyList, responses=reading()
)
async def list_policies(call: Read) -> Response:
    """In their order: the first whose match covers a case applies; where none does, built-in ones do."""
    return (await call.read(service.list_policies)).response()


@router.get(
    "/{policy_id}",
    operation_id="getSlaPolicy",
    summary="Read one SLA policy",
    response_model=Policy,
    responses=reading(404) | NOT_MODIFIED,
)
async def get_policy(call: GetRead, policy_id: PolicyPath) -> Response:
    """Its ETag is the version that changes must name."""
    return await call.get(lambda connection: service.get_policy(connection, policy_id))


@router.post(
    "",
    operation_id="createSlaPolicy",
    summary="Add an SLA policy",
    status_code=201,
    response_model=Policy,
    responses=posting(),
)
async def create_policy(call: PostWrite, body: PolicyIn) -> Response:
    """It applies to waits that begin from now on."""
    return await call.once(lambda connection: service.create_policy(connection, call, body))


@router.put(
    "/{policy_id}",
    operation_id="replaceSlaPolicy",
    summary="Replace an SLA policy",
    response_model=Policy,
    responses=versioned(),
)
async def replace_policy(call: Write, policy_id: PolicyPath, body: PolicyIn, if_match: IfMatch = None) -> Response:
    """Deadlines that run under it are computed anew within seconds, in batches; each that moves says so on the stream."""
    return await call.change(lambda connection: service.replace_policy(connection, call, policy_id, body, if_match))


@router.delete(
    "/{policy_id}",
    operation_id="deleteSlaPolicy",
    summary="Remove an SLA policy",
    status_code=204,
    response_class=Response,
    responses=problems(404, 412, 428),
)
async def delete_policy(call: Write, policy_id: PolicyPath, if_match: IfMatch = None) -> Response:
    """Deadlines that run under it go on under the policy that covers their case now."""
    return await call.change(lambda connection: service.delete_policy(connection, call, policy_id, if_match))
