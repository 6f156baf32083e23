"""Listing and answering one's own offers."""

from datetime import datetime
from typing import Any

from agent_api.http.call import Answer, Call
from agent_api.http.cursor import instant_of, make_cursor, read_cursor
from agent_api.http.pages import split
from agent_api.reservations import repository
from agent_api.reservations.schemas import Decline, Offered, Reservation, ReservationPage, ReservationQuery
from backbone.errors import NotFound
from backbone.storage.database import Connection
from backbone.telemetry.metrics import Metric
from backbone.web.auth import Principal
from router.usecases import reservations as usecases


def _own(principal: Principal) -> str:
    """The agent that the key acts as; a key without one is asked nothing."""
    return principal.agent_id or ""


def reservation_of(row: Any, now: datetime) -> Reservation:
    left = (row["expires_at"] - now).total_seconds() if row["state"] == "offered" else 0.0
    case = Offered(id=row["conversation_id"], **{name: row[name] for name in Offered.model_fields if name != "id"})
    own = {name: row[name] for name in Reservation.model_fields if name not in {"conversation", "seconds_left"}}
    return Reservation(conversation=case, seconds_left=round(max(0.0, left), 3), **own)


async def list_reservations(connection: Connection, call: Call, query: ReservationQuery) -> ReservationPage:
    agent_id = _own(call.principal)
    filters = {"list": "reservations", "agent": agent_id, "state": query.state or ""}
    after = None
    if query.cursor is not None:
        at, last_id = read_cursor(query.cursor, filters, 2)
        after = (instant_of(at), last_id)
    rows, last = split(await repository.page(connection, agent_id, query.state, after, query.limit), query.limit)
    following = None if last is None else make_cursor((last["offered_at"].isoformat(), last["id"]), filters)
    return ReservationPage(items=[reservation_of(row, call.now) for row in rows], next_cursor=following)


async def get_reservation(connection: Connection, call: Call, reservation_id: str) -> Answer:
    row = await repository.find(connection, _own(call.principal), reservation_id)
    if row is None:
        raise NotFound("There is no such reservation, or not yours.")
    return Answer(reservation_of(row, call.now))


async def accept(connection: Connection, call: Call, reservation_id: str) -> Answer:
    await usecases.accept(
        connection,
        tenant_id=call.principal.tenant_id,
        reservation_id=reservation_id,
        agent_id=_own(call.principal),
        now=call.now,
    )
    call.parts.metrics.inc(Metric.ROUTER_RESERVATIONS, "accepted")
    return await get_reservation(connection, call, reservation_id)


async def decline(connection: Connection, call: Call, reservation_id: str, body: Decline) -> Answer:
    await usecases.decline(
        connection,
        tenant_id=call.principal.tenant_id,
        reservation_id=reservation_id,
        agent_id=_own(call.principal),
        reason=body.reason,
        now=call.now,
    )
    call.parts.metrics.inc(Metric.ROUTER_RESERVATIONS, "declined")
    return await get_reservation(connection, call, reservation_id)
