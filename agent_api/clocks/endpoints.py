"""Routes of clocks."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from agent_api.clocks import service
from agent_api.clocks.schemas import ClockReport, ClockReportQuery, ConversationClocks
from agent_api.http.call import Call, May
from agent_api.http.docs import reading
from agent_api.http.inputs import ConversationPath
from agent_api.permissions import Permission

router = APIRouter(prefix="/v1", tags=["SLA policies"])

Read = Annotated[Call, Depends(May(Permission.CONVERSATIONS_READ))]
ReadReport = Annotated[Call, Depends(May(Permission.REPORTS_READ))]


@router.get(
    "/conversations/{conversation_id}/clocks",
    operation_id="getConversationClocks",
    summary="Its clocks, interval by interval",
    response_model=ConversationClocks,
    responses=reading(404),
)
async def clocks(call: Read, conversation_id: ConversationPath) -> Response:
    """Deadlines now, whose time it was from the beginning with causes, and how each clock ended. The last 500 of each."""
    return (await call.read(lambda connection: service.clocks(connection, call, conversation_id))).response()


@router.get(
    "/reports/clocks",
    operation_id="reportClocks",
    summary="Targets met and missed, and by whom",
    response_model=ClockReport,
    responses=reading(),
)
async def report(call: ReadReport, query: Annotated[ClockReportQuery, Query()]) -> Response:
    """Runs of clocks by when they began, with the seconds of each leg and the leg to blame for breaches."""
    return (await call.read(lambda connection: service.report(connection, query))).response()
