"""Routes of the audit log."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from agent_api.audit import service
from agent_api.audit.schemas import AuditCheck, AuditPage
from agent_api.http.call import Call, May
from agent_api.http.docs import reading
from agent_api.http.inputs import Page
from agent_api.http.pages import page_response
from agent_api.permissions import Permission

router = APIRouter(prefix="/v1/audit-log", tags=["Audit and reports"])

Read = Annotated[Call, Depends(May(Permission.AUDIT_READ))]


@router.get(
    "", operation_id="listAuditLines", summary="Read the audit log", response_model=AuditPage, responses=reading()
)
async def list_lines(call: Read, page: Page) -> Response:
    """Changes of configuration and refusals, the newest first: who, what, when; ids only."""
    found = await call.read(lambda connection: service.list_lines(connection, page.cursor, page.limit))
    return page_response(call.request, found)


@router.get(
    "/check",
    operation_id="checkAuditLog",
    summary="Check that the audit log is whole",
    response_model=AuditCheck,
    responses=reading(),
)
async def check_lines(
    call: Read, after: Annotated[int, Query(ge=0, le=10**15, description="Begin behind this line.")] = 0
) -> Response:
    """Computes the chain again, 5,000 lines in a call."""
    return (await call.read(lambda connection: service.check_lines(connection, after))).response()
