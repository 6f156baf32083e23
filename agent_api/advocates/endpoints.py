"""Routes of invitations, and the address that a review link visits first."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from agent_api.advocates import service
from agent_api.advocates.schemas import AdvocatesQuery, AdvocatesReport, Invitation, UseReferral
from agent_api.http.call import Call, May, MayPost
from agent_api.http.docs import posting, reading
from agent_api.http.quota import address_of, count
from agent_api.parts import parts_of
from agent_api.permissions import Permission

router = APIRouter(prefix="/v1", tags=["Goodwill"])

Reports = Annotated[Call, Depends(May(Permission.REPORTS_READ))]
PostHonour = Annotated[Call, Depends(MayPost(Permission.GOODWILL_HONOUR))]


@router.post(
    "/advocates/uses",
    operation_id="useReferral",
    summary="Say that a friend came with a code",
    response_model=Invitation,
    responses=posting(404),
)
async def use(call: PostHonour, body: UseReferral) -> Response:
    """Each Idempotency-Key counts once: send the order's number."""
    return await call.once(lambda connection: service.use(connection, call, body))


@router.get(
    "/reports/advocates",
    operation_id="reportAdvocates",
    summary="What came of invitations",
    response_model=AdvocatesReport,
    responses=reading(),
)
async def report(call: Reports, query: Annotated[AdvocatesQuery, Query()]) -> Response:
    """How many customers were invited to tell others, how many links were opened, and how many codes were used."""
    return (await call.read(lambda connection: service.report(connection, query))).response()


async def open_invitation(request: Request) -> Response:
    """To the review page that the tenant set, and to no other. Not for programs, so not in the API document."""
    parts = parts_of(request)
    count(request, parts.readers, address_of(request))
    link = await service.open_invitation(parts, request.path_params["code"])
    return RedirectResponse(link, 303, headers={"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"})
