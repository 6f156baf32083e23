"""Routes of reservations."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from agent_api.http.call import Call, May, MayPost
from agent_api.http.docs import posting, reading
from agent_api.http.inputs import ReservationPath
from agent_api.http.pages import page_response
from agent_api.permissions import Permission
from agent_api.reservations import service
from agent_api.reservations.schemas import Decline, Reservation, ReservationPage, ReservationQuery

router = APIRouter(prefix="/v1/reservations", tags=["Reservations"])

Own = Annotated[Call, Depends(May(Permission.RESERVATIONS_OWN))]
PostOwn = Annotated[Call, Depends(MayPost(Permission.RESERVATIONS_OWN))]


@router.get(
    "",
    operation_id="listReservations",
    summary="What you are asked to take",
    response_model=ReservationPage,
    responses=reading(),
)
async def list_reservations(call: Own, query: Annotated[ReservationQuery, Query()]) -> Response:
    """Your own, the newest first; `state=offered` is what rings now. `reservation.*` on the stream tells of changes."""
    found = await call.read(lambda connection: service.list_reservations(connection, call, query))
    return page_response(call.request, found)


@router.get(
    "/{reservation_id}",
    operation_id="getReservation",
    summary="Read one reservation",
    response_model=Reservation,
    responses=reading(404),
)
async def get_reservation(call: Own, reservation_id: ReservationPath) -> Response:
    """One of your own."""
    return (await call.read(lambda connection: service.get_reservation(connection, call, reservation_id))).response()


@router.post(
    "/{reservation_id}/accept",
    operation_id="acceptReservation",
    summary="Take it",
    response_model=Reservation,
    responses=posting(404),
)
async def accept(call: PostOwn, reservation_id: ReservationPath) -> Response:
    """The conversation is yours. 409 `reservation_ended`: the time was over, or a colleague was quicker."""
    return await call.once(lambda connection: service.accept(connection, call, reservation_id))


@router.post(
    "/{reservation_id}/decline",
    operation_id="declineReservation",
    summary="Don't take it",
    response_model=Reservation,
    responses=posting(404),
)
async def decline(call: PostOwn, reservation_id: ReservationPath, body: Decline) -> Response:
    """It is offered to others at once, with the age it has."""
    return await call.once(lambda connection: service.decline(connection, call, reservation_id, body))
