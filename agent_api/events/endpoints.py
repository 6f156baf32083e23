"""Routes of the stream."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response, StreamingResponse

from agent_api.events import service
from agent_api.events.schemas import EventPage, EventQuery, FollowQuery, StreamHead, Ticket
from agent_api.http.call import Answer, Call, May, MayPost
from agent_api.http.docs import Responses, posting, reading
from agent_api.permissions import Permission

router = APIRouter(prefix="/v1", tags=["Stream"])

Read = Annotated[Call, Depends(May(Permission.EVENTS_READ))]
PostRead = Annotated[Call, Depends(MayPost(Permission.EVENTS_READ))]
_SSE: Responses = {
    200: {
        "description": "Server-sent events; each `data` is an EventFrame, or hello, ping, snapshot_required or closing.",
        "content": {"text/event-stream": {"schema": {"type": "string"}}},
    }
}


@router.get(
    "/events", operation_id="listEvents", summary="Read events", response_model=EventPage, responses=reading(410)
)
async def list_events(call: Read, query: Annotated[EventQuery, Query()]) -> Response:
    """What the live stream would show, page by page. 410: the numbers are not kept any more, or of another history."""
    return Answer(
        await call.read(lambda connection: service.list_events(connection, call, query.after, query.limit))
    ).response()


@router.get(
    "/stream/head",
    operation_id="getStreamHead",
    summary="Where the stream is",
    response_model=StreamHead,
    responses=reading(),
)
async def get_head(call: Read) -> Response:
    """Read it before the lists, then subscribe after it: nothing is missed between."""
    return Answer(await call.read(lambda connection: service.read_head(connection, call))).response()


@router.post(
    "/stream/tickets",
    operation_id="createStreamTicket",
    summary="Get a pass for one socket",
    status_code=201,
    response_model=Ticket,
    responses=posting(),
)
async def create_ticket(call: PostRead) -> Response:
    """For browsers, whose keys must not stand in URLs: good for 30 s, one connection, and pages of this one's origin."""
    return await call.once(lambda connection: service.create_ticket(connection, call))


@router.get(
    "/events/stream",
    operation_id="streamEvents",
    summary="Follow events (server-sent)",
    response_class=StreamingResponse,
    responses=reading() | _SSE,
)
async def stream_events(call: Read, query: Annotated[FollowQuery, Query()]) -> Response:
    """Where WebSockets can't pass. `Last-Event-ID` goes before `after`; read without an end."""
    reader = await call.read(lambda connection: service.reader_of(connection, call))
    last, epoch = service.last_event(call.request)
    after, epoch = (last, epoch) if last is not None else (query.after, query.epoch)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(
        service.stream(call, reader, after, epoch), media_type="text/event-stream", headers=headers
    )
