"""`/v1/livekit`: what a LiveKit server tells of rooms, put on their calls."""

from starlette.requests import Request
from starlette.responses import Response

from agent_api.calls.livekit import RoomEvent, read_webhook
from agent_api.parts import Parts, parts_of
from backbone.errors import NotFound
from backbone.storage.database import Connection
from router.usecases import calls as usecases

_PRESENT = {"participant_joined": True, "participant_left": False, "participant_connection_aborted": False}
_OVER = "room_finished"


async def take_webhook(request: Request) -> Response:
    """Answers 204 once it is stored, also for what is about no call of ours. Raises as `read_webhook` does, and `NotFound`
    where no server is configured.
    """
    parts = parts_of(request)
    config = parts.config.calls.room
    if config is None:
        raise NotFound("There is nothing here.")
    event = read_webhook(config, request.headers.get("authorization"), await request.body(), parts.clock.now())
    await _apply(parts, event)
    return Response(status_code=204)


async def _apply(parts: Parts, event: RoomEvent) -> None:
    """A webhook that comes twice changes nothing the second time."""
    if event.call is None or (event.event != _OVER and event.event not in _PRESENT):
        return
    tenant_id, call_id = event.call

    async def work(connection: Connection) -> None:
        now = parts.clock.now()
        try:
            if event.event == _OVER:
                await usecases.room_over(connection, tenant_id=tenant_id, call_id=call_id, now=now)
            elif event.side is not None:
                present = _PRESENT[event.event]
                await usecases.in_room(
                    connection, tenant_id=tenant_id, call_id=call_id, side=event.side, present=present, now=now
                )
        except NotFound:
            return

    await parts.database.run(work, [tenant_id])
