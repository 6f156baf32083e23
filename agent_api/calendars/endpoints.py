"""Routes of calendars."""

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from agent_api.calendars import service
from agent_api.calendars.schemas import Calendar, CalendarIn, CalendarList
from agent_api.http.call import Call, IfMatch, May, MayGet, MayPost
from agent_api.http.docs import NOT_MODIFIED, posting, problems, reading, versioned
from agent_api.http.inputs import CalendarPath
from agent_api.permissions import Permission

router = APIRouter(prefix="/v1/calendars", tags=["Teams"])

Read = Annotated[Call, Depends(May(Permission.TEAMS_READ))]
GetRead = Annotated[Call, Depends(MayGet(Permission.TEAMS_READ))]
Write = Annotated[Call, Depends(May(Permission.TEAMS_WRITE))]
PostWrite = Annotated[Call, Depends(MayPost(Permission.TEAMS_WRITE))]


@router.get(
    "", operation_id="listCalendars", summary="List calendars", response_model=CalendarList, responses=reading()
)
async def list_calendars(call: Read) -> Response:
    """Days off that teams share, by name."""
    return (await call.read(service.list_calendars)).response()


@router.get(
    "/{calendar_id}",
    operation_id="getCalendar",
    summary="Read one calendar",
    response_model=Calendar,
    responses=reading(404) | NOT_MODIFIED,
)
async def get_calendar(call: GetRead, calendar_id: CalendarPath) -> Response:
    """Its ETag is the version that changes must name."""
    return await call.get(lambda connection: service.get_calendar(connection, calendar_id))


@router.post(
    "",
    operation_id="createCalendar",
    summary="Add a calendar",
    status_code=201,
    response_model=Calendar,
    responses=posting(),
)
async def create_calendar(call: PostWrite, body: CalendarIn) -> Response:
    """Its days are read within seconds. Teams name it in their hours."""
    return await call.once(lambda connection: service.create_calendar(connection, call, body))


@router.put(
    "/{calendar_id}",
    operation_id="replaceCalendar",
    summary="Replace a calendar",
    response_model=Calendar,
    responses=versioned(),
)
async def replace_calendar(
    call: Write, calendar_id: CalendarPath, body: CalendarIn, if_match: IfMatch = None
) -> Response:
    """Its days are read anew within seconds, and deadlines that they move are computed anew."""
    return await call.change(lambda connection: service.replace_calendar(connection, calendar_id, body, if_match))


@router.delete(
    "/{calendar_id}",
    operation_id="deleteCalendar",
    summary="Remove a calendar",
    status_code=204,
    response_class=Response,
    responses=problems(404, 412, 428),
)
async def delete_calendar(call: Write, calendar_id: CalendarPath, if_match: IfMatch = None) -> Response:
    """Teams that name it are open on its days again."""
    return await call.change(lambda connection: service.delete_calendar(connection, call, calendar_id, if_match))
