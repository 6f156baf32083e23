"""What agents' and customers' sockets share: the handshake, reading frames under limits, and the end."""

import asyncio
import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl

from starlette.types import Receive, Scope, Send

from agent_api.http.origins import origin_allowed
from agent_api.live import frames
from agent_api.live.feed import Subscription
from agent_api.live.frames import SUBPROTOCOL, Close
from agent_api.live.items import Frame
from agent_api.live.outlet import Outlet
from agent_api.parts import Parts
from backbone.errors import CallerFault, ConfigurationInvalid, Forbidden, FrontdeskError, Overloaded
from backbone.ids import new_id
from backbone.telemetry.metrics import Metric
from backbone.web.auth import Principal
from backbone.web.problem import MEDIA_TYPE, PAGES, Problem
from backbone.web.websocket import EXTENSION, LiveSocket

AUTH_WITHIN = timedelta(seconds=5)
FRAMES_BURST = 40


class Ended(Exception):
    """The peer is gone, or we closed."""


class Session:
    """One accepted socket. Frames go out through `outlet`; `read` gives what the client says, under limits."""

    def __init__(self, scope: Scope, receive: Receive, parts: Parts, kind: str) -> None:
        self.id = new_id("ses")
        self.parts = parts
        self.kind = kind
        self.address = scope["client"][0] if scope.get("client") else "-"
        self.origin = header(scope, b"origin")
        self.query = dict(parse_qsl(scope.get("query_string", b"").decode("latin-1")))
        self.principal: Principal | None = None
        self.subscription: Subscription | None = None
        self.opened_at = self.beat_at = parts.clock.monotonic()
        self._receive = receive
        self._transport: LiveSocket = scope["extensions"][EXTENSION]
        self._closed: int | None = None
        self.outlet = Outlet(self._transport, parts.clock, self._slow)

    async def read(self, within: timedelta | None = None) -> dict[str, Any]:
        """The next JSON object. Raises `Ended`; closes for what isn't one, for silence, and for too much talk."""
        try:
            async with asyncio.timeout(None if within is None else within.total_seconds()):
                message = await self._receive()
        except TimeoutError:
            raise self.end(Close.TIMEOUT) from None
        if message["type"] == "websocket.disconnect":
            self._closed = self._closed or message.get("code", 1005)
            raise Ended
        if not self.parts.talk.take(self.id).allowed:
            raise self.end(Close.TOO_FAST, timedelta(seconds=5))
        text = message.get("text")
        try:
            given = json.loads(text) if text is not None else None
        except (ValueError, RecursionError):
            given = None
        if not isinstance(given, dict):
            raise self.end(Close.BAD_FRAME)
        return given

    def send(self, frame: Frame) -> None:
        self.outlet.send(frame)

    def end(self, code: Close, retry_after: timedelta = timedelta(seconds=1)) -> Ended:
        """Closes, and gives what to raise."""
        self.close(code, retry_after)
        return Ended()

    def refuse(self) -> Ended:
        """For credentials that are wrong; after too many from one address the client is told to slow down instead."""
        decision = self.parts.attempts.take(self.address)
        return self.end(Close.UNAUTHENTICATED) if decision.allowed else self.end(Close.TOO_FAST, decision.retry)

    def close(self, code: Close, retry_after: timedelta) -> None:
        if self._closed is not None:
            return
        self._closed = int(code)
        self.outlet.send(frames.closing(code, retry_after))
        self._transport.close(int(code), code.name.lower())

    def look(self) -> None:
        self.outlet.look()

    def beat(self) -> None:
        if self.subscription is not None:
            self.subscription.beat()
        else:
            self.outlet.send(frames.control("ping"))

    def _slow(self) -> None:
        self.parts.metrics.inc(Metric.API_SLOW_SOCKETS, self.kind)

    @property
    def code(self) -> int:
        """How it ended; 1006 is an abnormal end."""
        return 1006 if self._closed is None else self._closed


def header(scope: Scope, name: bytes) -> str | None:
    """A header that must occur once; None if absent or doubled."""
    found = [value for key, value in scope["headers"] if key == name]
    return found[0].decode("latin-1") if len(found) == 1 else None


async def accept(scope: Scope, receive: Receive, send: Send, parts: Parts, kind: str) -> Session | None:
    """Checks what can be checked before the handshake; refuses with problem+json and answers None.

    Which pages customers come from stands in their account's settings: whoever reads those checks it.
    """
    await receive()
    refusal: FrontdeskError | None = None
    if EXTENSION not in scope.get("extensions", {}):
        refusal = ConfigurationInvalid("the server lacks `socket_options`")
    elif sum(1 for key, _ in scope["headers"] if key == b"origin") > 1 or (
        kind != "contact" and not origin_allowed(parts, header(scope, b"origin"))
    ):
        refusal = Forbidden("This page's origin is not allowed.")
    elif SUBPROTOCOL not in scope.get("subprotocols", []):
        refusal = CallerFault(f"Offer the subprotocol {SUBPROTOCOL}.")
    elif parts.hub.draining:
        refusal = Overloaded("Shutting down: try again.", retry_after=timedelta(seconds=2))
    if refusal is not None:
        await _refuse(send, refusal)
        return None
    await send({"type": "websocket.accept", "subprotocol": SUBPROTOCOL})
    return Session(scope, receive, parts, kind)


async def _refuse(send: Send, error: FrontdeskError) -> None:
    """Through the extension `websocket.http.response` of ASGI, so that the refusal says why."""
    problem = Problem(
        type=f"{PAGES}/{error.code}",
        title=error.title,
        status=error.status,
        detail=error.detail,
        code=error.code,
        next_step=error.next_step,
        request_id=new_id("req"),
    )
    headers = [(b"content-type", MEDIA_TYPE.encode()), (b"cache-control", b"no-store")]
    if error.retry_after is not None:
        headers.append((b"retry-after", str(int(error.retry_after.total_seconds())).encode()))
    await send({"type": "websocket.http.response.start", "status": error.status, "headers": headers})
    await send({"type": "websocket.http.response.body", "body": problem.model_dump_json().encode()})


def number(values: Mapping[str, str], name: str) -> int | None:
    """A number of the query, or None where it is absent. Raises `ValueError` for what isn't one."""
    text = values.get(name)
    if text is None:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise ValueError(name)
    return int(text)
