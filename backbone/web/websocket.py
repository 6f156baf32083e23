"""WebSockets of uvicorn with what live delivery needs: direct writes of ready frames, back-pressure to see, and a hard cut."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, cast

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame, Opcode

EXTENSION = "frontdesk.socket"
"""The key in the ASGI scope's `extensions` under which an application finds its `LiveSocket`."""

MAX_FRAME = 64 * 1024
PING_EVERY = timedelta(seconds=10)
PONG_WITHIN = timedelta(seconds=9)
"""A peer that vanished is known after 19 s at most, which leaves the grace of presence inside 40 s."""
_MAX_FRAGMENTS = 64
_MESSAGE_TOO_BIG = 1009
_CLOSE_WITHIN = 4.0
"""Seconds a peer has to answer our close; with what leads to it, an abuser is gone within 5 s (S7)."""


def text_frame(text: str) -> bytes:
    """One unmasked text frame (RFC 6455 §5.2): the same bytes for every client, so they are made once."""
    return Frame(Opcode.TEXT, text.encode()).serialize(mask=False)


class LiveSocket:
    """One connection's transport as the hub sees it. Only after `websocket.accept`, and never from another thread."""

    def __init__(self, protocol: "LiveProtocol") -> None:
        self._protocol = protocol
        self.on_resume: Callable[[], None] = _nothing

    @property
    def paused(self) -> bool:
        """Whether the peer reads slower than we write; what is written now would pile up in memory."""
        return not self._protocol.writable.is_set()

    @property
    def open(self) -> bool:
        protocol = self._protocol
        return not (protocol.close_sent or protocol.disconnected or protocol.transport.is_closing())

    def write(self, frame: bytes) -> None:
        """Hands the bytes of whole frames to the transport; does nothing on a socket that is closing."""
        if self.open:
            self._protocol.transport.write(frame)

    def close(self, code: int, reason: str) -> None:
        """Begins the closing handshake (RFC 6455 §7), and cuts a peer that does not finish it or does not even read."""
        if self.paused:
            self.abort()
        elif self.open:
            self._protocol.close_now(code, reason)

    def abort(self) -> None:
        """Ends the connection without waiting for what is buffered: for a peer that does not read."""
        self._protocol.transport.abort()


class LiveProtocol(WebSocketsSansIOProtocol):
    """uvicorn's protocol, plus: a `LiveSocket` in the scope; an unanswered ping aborts, where uvicorn would wait for a
    full buffer to drain; a message in more than 64 fragments is refused, since empty ones escape the size limit.
    """

    live: LiveSocket | None = None

    def handle_connect(self, event: Any) -> None:
        super().handle_connect(event)
        self.live = LiveSocket(self)
        scope = getattr(self, "scope", None)
        if scope is not None:
            cast("dict[str, Any]", scope["extensions"])[EXTENSION] = self.live

    def close_now(self, code: int, reason: str) -> None:
        """What uvicorn does for `websocket.close`, without a coroutine: many sockets are closed in one go."""
        self.queue.put_nowait({"type": "websocket.disconnect", "code": code, "reason": reason})
        self.conn.send_close(code, reason)
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = True
        if self.read_paused:
            self.read_paused = False
            self.transport.resume_reading()
        self.close_timer = self.loop.call_later(_CLOSE_WITHIN, self.transport.abort)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._tell()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        # A transport that is lost while paused is never resumed: whoever waits for room must hear of it all the same.
        self._tell()

    def _tell(self) -> None:
        if self.live is not None:
            self.live.on_resume()

    def keepalive_timeout(self) -> None:
        super().keepalive_timeout()
        self.transport.abort()

    def handle_cont(self, event: Frame) -> None:
        if len(self.frames) >= _MAX_FRAGMENTS:
            self.conn.fail(_MESSAGE_TOO_BIG, "too many fragments")
            self.handle_parser_exception()
            return
        super().handle_cont(event)


def socket_options() -> dict[str, Any]:
    """Uvicorn's options for a server that carries live sockets; pass them to `http_server`.

    Compression is off: it costs memory for each socket, and a small frame could unpack to a large one.
    """
    return {
        "ws": LiveProtocol,
        "ws_max_size": MAX_FRAME,
        "ws_ping_interval": PING_EVERY.total_seconds(),
        "ws_ping_timeout": PONG_WITHIN.total_seconds(),
        "ws_per_message_deflate": False,
    }


def _nothing() -> None:
    return None
