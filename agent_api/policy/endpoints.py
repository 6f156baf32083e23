"""Routes of the policy document."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from starlette.responses import JSONResponse, Response

from agent_api.http.call import Call, IfMatch, May, MayGet, MayPost
from agent_api.http.docs import NOT_MODIFIED, posting, reading, versioned
from agent_api.permissions import Permission
from agent_api.policy import document, service
from agent_api.policy.schemas import (
    ApplyPolicy,
    CheckPolicy,
    PolicyCheck,
    PolicyNow,
    PolicySchema,
    PolicyTrial,
    PolicyVersionList,
    PolicyVersionQuery,
    PolicyVersionWhole,
    RollBackPolicy,
    TryPolicy,
)

router = APIRouter(prefix="/v1/policy", tags=["SLA policies"])

Read = Annotated[Call, Depends(May(Permission.POLICIES_READ))]
GetRead = Annotated[Call, Depends(MayGet(Permission.POLICIES_READ))]
Write = Annotated[Call, Depends(May(Permission.POLICIES_WRITE))]
PostWrite = Annotated[Call, Depends(MayPost(Permission.POLICIES_WRITE))]
Number = Annotated[int, Path(ge=1, le=10**15, description="The number of the version.", examples=[3])]


@router.get(
    "",
    operation_id="getPolicy",
    summary="Read the whole policy",
    response_model=PolicyNow,
    responses=reading() | NOT_MODIFIED,
)
async def get_policy(call: GetRead) -> Response:
    """SLA policies in their order and the settings of routing, as one document. Its ETag is the version that changes must name."""
    return await call.get(lambda connection: service.get_policy(connection, call))


@router.put("", operation_id="applyPolicy", summary="Apply a policy", response_model=PolicyNow, responses=versioned())
async def apply_policy(call: Write, body: ApplyPolicy, if_match: IfMatch = None) -> Response:
    """It becomes the next version; SLA policies keep their ids by name. Running deadlines are computed anew within seconds."""
    return await call.change(lambda connection: service.apply(connection, call, body, if_match))


@router.get(
    "/schema",
    operation_id="getPolicySchema",
    summary="JSON Schema of the policy",
    response_model=PolicySchema,
    responses=reading(),
)
async def get_schema(call: Read) -> Response:  # noqa: ARG001  the call is what checks the key
    """For editors, and for checks before a file gets here."""
    return JSONResponse(document.schema(), headers={"Cache-Control": "no-store"})


@router.post(
    "/check",
    operation_id="checkPolicy",
    summary="Try a policy without applying it",
    response_model=PolicyCheck,
    responses=posting(),
)
async def check_policy(call: PostWrite, body: CheckPolicy) -> Response:
    """What differs from what holds now, and what it would do to the clocks that run. Nothing is changed."""
    return await call.once(lambda connection: service.check(connection, call, body))


@router.post(
    "/whatif",
    operation_id="tryPolicy",
    summary="Play the past under another policy or staffing",
    response_model=PolicyTrial,
    responses=posting(),
)
async def try_policy(call: PostWrite, body: TryPolicy) -> Response:
    """Up to 3,000 cases of up to 14 days, with the product's own routing; takes seconds. Nothing is changed."""
    return await call.once_apart(lambda: service.compare(call, body))


@router.post(
    "/rollback",
    operation_id="rollBackPolicy",
    summary="Go back to an earlier version",
    response_model=PolicyNow,
    responses=posting() | versioned(),
)
async def roll_back_policy(call: PostWrite, body: RollBackPolicy, if_match: IfMatch = None) -> Response:
    """Its document holds again, as a new version."""
    return await call.once(lambda connection: service.roll_back(connection, call, body, if_match))


@router.get(
    "/versions",
    operation_id="listPolicyVersions",
    summary="List versions of the policy",
    response_model=PolicyVersionList,
    responses=reading(),
)
async def list_versions(call: Read, query: Annotated[PolicyVersionQuery, Query()]) -> Response:
    """The newest first. Decisions of the routing name the version they were made under."""
    return (await call.read(lambda connection: service.list_versions(connection, call, query))).response()


@router.get(
    "/versions/{version}",
    operation_id="getPolicyVersion",
    summary="Read one version of the policy",
    response_model=PolicyVersionWhole,
    responses=reading(404),
)
async def get_version(call: Read, version: Number) -> Response:
    """With its document."""
    return (await call.read(lambda connection: service.get_version(connection, call, version))).response()
