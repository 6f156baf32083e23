"""Reading the stream over HTTP, by the rules of the live one."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta

from starlette.requests import Request

from agent_api.events.schemas import EventFrame, EventPage, StreamHead, Ticket
from agent_api.http.call import Answer, Call
from agent_api.live import frames
from agent_api.live.feed import Subscription
from agent_api.live.frames import Close
from agent_api.live.items import Frame, read_items
from agent_api.live.outlet import HELD_BYTES, HELD_FRAMES
from agent_api.live.readers import Fit, Reader
from agent_api.live.tickets import LIFETIME, make_ticket
from agent_api.parts import Parts
from backbone.errors import Retriable, SnapshotRequired
from backbone.storage.database import Connection
from backbone.telemetry.metrics import Metric
from backbone.web.auth import Principal

_RETRY = timedelta(seconds=3)
_ROOM = HELD_BYTES // 4


async def read_head(connection: Connection, call: Call) -> StreamHead:
    row = await connection.fetchrow(
        "SELECT e.epoch, h.last_seq, h.first_seq FROM stream_epoch() AS e (epoch) "
        "LEFT JOIN stream_heads(ARRAY[$1::text]) AS h ON true",
        call.principal.tenant_id,
    )
    return StreamHead(epoch=row["epoch"], head=row["last_seq"] or 0, first=row["first_seq"] or 1)


async def list_events(connection: Connection, call: Call, after: int, limit: int) -> EventPage:
    """Raises `SnapshotRequired` for numbers that are not kept any more, or not there yet (another history)."""
    head = await read_head(connection, call)
    if after > head.head or after + 1 < head.first:
        raise SnapshotRequired(f"The stream holds {head.first} to {head.head}.")
    reader = await reader_of(connection, call)
    prev, items = after, []
    covered = after
    for item in await read_items(connection, after, limit):
        covered = item.seq
        fit = reader.fit(item)
        if fit is Fit.SKIP:
            continue
        frame = item.frame(reader.view, prev) if fit is Fit.SHOW else item.left(prev)
        items.append(EventFrame.model_validate_json(frame.text))
        prev = item.seq
    return EventPage(items=items, covered=covered, head=head.head, epoch=head.epoch)


async def create_ticket(connection: Connection, call: Call) -> Answer:
    ticket = await make_ticket(connection, call.parts, call.principal, call.request.headers.get("origin"))
    return Answer(Ticket(ticket=ticket, expires_at=call.now + LIFETIME, url="/v1/stream"), status=201)


async def reader_of(connection: Connection, call: Call) -> Reader:
    """All that the caller may see."""
    rows = []
    if call.principal.agent_id is not None:
        rows = await connection.fetch("SELECT team_id FROM team_members WHERE agent_id = $1", call.principal.agent_id)
    return Reader(call.principal, teams=frozenset(row["team_id"] for row in rows))


class SseConnection:
    """One reader of server-sent events: frames wait in a bounded queue; one that is full ends the answer."""

    def __init__(self, parts: Parts, principal: Principal) -> None:
        self.principal: Principal | None = principal
        self.subscription: Subscription | None = None
        self.opened_at = self.beat_at = parts.clock.monotonic()
        self._parts = parts
        self._queue: asyncio.Queue[Frame | None] = asyncio.Queue()
        self._bytes = 0
        self._ended = False
        self._room = asyncio.Event()

    def send(self, frame: Frame) -> None:
        if self._ended:
            return
        self._bytes += len(frame.text)
        if self._queue.qsize() >= HELD_FRAMES or self._bytes > HELD_BYTES:
            self._parts.metrics.inc(Metric.API_SLOW_SOCKETS, "sse")
            self._end()
            return
        self._queue.put_nowait(frame)

    async def room(self) -> None:
        if self._bytes > _ROOM and not self._ended:
            self._room.clear()
            await self._room.wait()

    def close(self, code: Close, retry_after: timedelta) -> None:
        self.send(frames.closing(code, retry_after))
        self._end()

    def look(self) -> None:
        """Nothing to do: the queue's bound ends a slow reader."""

    def beat(self) -> None:
        if self.subscription is not None:
            self.subscription.beat()

    def _end(self) -> None:
        self._ended = True
        self._room.set()
        self._queue.put_nowait(None)

    async def frames(self) -> AsyncIterator[Frame]:
        while (frame := await self._queue.get()) is not None:
            self._bytes -= len(frame.text)
            if self._bytes <= _ROOM:
                self._room.set()
            yield frame


async def stream(call: Call, reader: Reader, after: int | None, epoch: str | None) -> AsyncIterator[bytes]:
    """The stream as server-sent events from the hub (WHATWG HTML §9.2). Numbers are the ids, so a browser resumes alone."""
    parts = call.parts
    connection = SseConnection(parts, call.principal)
    feed = await parts.hub.open(call.principal.tenant_id)
    gauge = parts.metrics.gauge(Metric.API_SOCKETS, "sse")
    gauge.inc()
    joining: asyncio.Task[None] | None = None
    try:
        parts.hub.enter(connection)
        begin, reason = await parts.hub.resume(feed, after, epoch)
        connection.send(
            frames.hello(epoch=parts.hub.epoch, head=feed.covered, after=begin, session=call.principal.key_id)
        )
        if reason is not None:
            connection.send(frames.snapshot_required(reason, epoch=parts.hub.epoch, head=begin))
        connection.subscription = Subscription(reader, connection, begin, begin)
        joining = asyncio.create_task(feed.join(connection.subscription))
        yield f"retry: {int(_RETRY.total_seconds() * 1000)}\n\n".encode()
        async for frame in connection.frames():
            yield encode(frame, parts.hub.epoch)
    except Retriable:
        yield b"retry: 5000\n\n"
    finally:
        gauge.dec()
        if joining is not None:
            joining.cancel()
        parts.hub.leave(connection)
        parts.hub.release(feed, connection.subscription)


def encode(frame: Frame, epoch: str) -> bytes:
    """Events carry `<epoch>/<number>` as their id; heartbeats too, so that a quiet subscription resumes where it was."""
    if frame.seq:
        return f"id: {epoch}/{frame.seq}\nevent: {frame.type}\ndata: {frame.text}\n\n".encode()
    if frame.type == "ping":
        return f"id: {epoch}/{json.loads(frame.text)['seq']}\nevent: ping\ndata: {frame.text}\n\n".encode()
    return f"event: {frame.type}\ndata: {frame.text}\n\n".encode()


def last_event(request: Request) -> tuple[int | None, str | None]:
    """`Last-Event-ID` as number and epoch; one that isn't ours counts as absent."""
    epoch, _, text = request.headers.get("last-event-id", "").partition("/")
    if text.isascii() and text.isdigit() and len(text) <= 18:
        return int(text), epoch
    return None, None
