"""Routes of reports and ratings."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from agent_api.http.call import Call, May, MayPost
from agent_api.http.docs import posting, reading
from agent_api.http.inputs import ConversationPath, Page
from agent_api.http.pages import page_response
from agent_api.permissions import Permission
from agent_api.reports import service
from agent_api.reports.schemas import (
    ConversationReport,
    HoursQuery,
    HoursReport,
    RateConversation,
    Rating,
    RatingPage,
    ReportQuery,
    SatisfactionQuery,
    SatisfactionReport,
)

router = APIRouter(prefix="/v1", tags=["Audit and reports"])

Read = Annotated[Call, Depends(May(Permission.REPORTS_READ))]
PostClose = Annotated[Call, Depends(MayPost(Permission.CONVERSATIONS_CLOSE))]


@router.get(
    "/reports/conversations",
    operation_id="reportConversations",
    summary="Figures of conversations",
    response_model=ConversationReport,
    responses=reading(),
)
async def report(call: Read, query: Annotated[ReportQuery, Query()]) -> Response:
    """Volumes, first replies and ratings by day, channel or team."""
    return (await call.read(lambda connection: service.report(connection, query))).response()


@router.get(
    "/reports/hours",
    operation_id="reportHours",
    summary="Busiest hours of the week",
    response_model=HoursReport,
    responses=reading(),
)
async def report_hours(call: Read, query: Annotated[HoursQuery, Query()]) -> Response:
    """Volumes and first replies by weekday and hour, as the clocks of a zone say them, summer time included."""
    return (await call.read(lambda connection: service.report_hours(connection, query))).response()


@router.get(
    "/reports/satisfaction",
    operation_id="reportSatisfaction",
    summary="Satisfaction and resolution",
    response_model=SatisfactionReport,
    responses=reading(),
)
async def report_satisfaction(call: Read, query: Annotated[SatisfactionQuery, Query()]) -> Response:
    """What customers said, how many of those asked answered, and how many cases needed no further contact in 72 hours."""
    return (await call.read(lambda connection: service.report_satisfaction(connection, query))).response()


@router.get(
    "/ratings", operation_id="listRatings", summary="List ratings", response_model=RatingPage, responses=reading()
)
async def list_ratings(call: Read, page: Page) -> Response:
    """The newest first."""
    found = await call.read(lambda connection: service.list_ratings(connection, page))
    return page_response(call.request, found)


@router.post(
    "/conversations/{conversation_id}/rating",
    operation_id="rateConversation",
    summary="Note what the customer thought",
    response_model=Rating,
    responses=posting(404),
)
async def rate(call: PostClose, conversation_id: ConversationPath, body: RateConversation) -> Response:
    """For bots that ask, and agents who were told."""
    return await call.once(lambda connection: service.rate(connection, call, conversation_id, body))
