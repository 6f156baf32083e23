"""Discord's Gateway (docs.discord.com, topics/gateway): one socket that is resumed by session and number, poll after poll."""

import asyncio
import json as stdlib_json
import random
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException

from backbone.channel import json
from backbone.channel.port import Account, Fetched
from backbone.errors import ConfigurationInvalid, PayloadInvalid, Unavailable
from services.discord.settings import DiscordSettings

WINDOW_SECONDS = 300.0
"""How long one poll listens. Discord keeps what comes between two polls and repeats it on resuming."""
CALL_SECONDS = 20.0
FRAME_MAX = 4 * 1024 * 1024
FRAMES_WAITING_MAX = 16
_VERSION = "/?v=10&encoding=json"
_RESUMABLE_CLOSE = 4900
"""Any code but 1000 and 1001 leaves the session there for resuming."""

DISPATCH, HEARTBEAT, IDENTIFY, RESUME, RECONNECT, INVALID, HELLO, ACK = 0, 1, 2, 6, 7, 9, 10, 11
_MISCONFIGURED = {
    4004: "Discord refuses the bot's token",
    4010: "Discord refuses the shard",
    4011: "the bot is on too many servers for one session",
    4012: "Discord no longer knows this version of its Gateway",
    4013: "the intents are not valid",
    4014: "the bot may not have these intents: switch them on in the developer portal",
}
_FORGOTTEN = frozenset({4007, 4009})
"""The session can't be resumed: its number is wrong, or it took too long."""

_WANTED = frozenset(
    {
        "MESSAGE_CREATE",
        "MESSAGE_UPDATE",
        "MESSAGE_DELETE",
        "MESSAGE_DELETE_BULK",
        "MESSAGE_REACTION_ADD",
        "MESSAGE_REACTION_REMOVE",
        "TYPING_START",
    }
)

Frame = dict[str, Any]


class GatewaySession:
    """The cursor is `{session, resume_url, seq}`: the session and the number of the last dispatch that is durable.

    Without one a new session begins, with whatever is said from then on. Where Discord has forgotten the session, that is
    yielded too, as an `INVALID` frame, since there may be a gap. Who runs it, and how often, is the caller's concern.
    """

    def __init__(
        self,
        window_seconds: float = WINDOW_SECONDS,
        call_seconds: float = CALL_SECONDS,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._window_seconds = window_seconds
        self._call_seconds = call_seconds
        self._jitter = jitter

    def wanted(self, account: Account) -> bool:
        """Whether this account keeps the socket; others have interactions only."""
        settings: DiscordSettings = account.settings
        return settings.gateway

    def places(self, account: Account) -> Sequence[tuple[str, int]]:
        """The host that `fetch` connects to; a session is resumed on that host or on one of Discord's."""
        settings: DiscordSettings = account.settings
        parts = urlsplit(settings.gateway_url)
        return [(parts.hostname or "", parts.port or (443 if parts.scheme == "wss" else 80))]

    async def fetch(self, account: Account, cursor: Mapping[str, Any] | None) -> AsyncIterator[Fetched]:
        """Listens for a while and yields each dispatch of interest; raises `Unavailable` or `ConfigurationInvalid`."""
        settings: DiscordSettings = account.settings
        place = _Place.of(cursor, settings)
        async with self._connected(place, settings) as socket:
            interval = await self._hello(socket)
            await self._begin(socket, place, settings)
            async with _beating(socket, place, interval, self._jitter) as pulse:
                async for fetched in self._listen(socket, place, pulse):
                    yield fetched

    @asynccontextmanager
    async def _connected(self, place: "_Place", settings: DiscordSettings) -> AsyncIterator[ClientConnection]:
        url = (place.resume_url or settings.gateway_url).rstrip("/") + _VERSION
        try:
            socket = await connect(
                url,
                open_timeout=self._call_seconds,
                close_timeout=self._call_seconds / 4,
                ping_interval=None,
                max_size=FRAME_MAX,
                max_queue=FRAMES_WAITING_MAX,
                compression=None,
                proxy=None,
            )
        except (OSError, TimeoutError, WebSocketException) as error:
            raise Unavailable("Discord's Gateway is away") from error
        try:
            yield socket
        finally:
            await socket.close(_RESUMABLE_CLOSE)

    async def _hello(self, socket: ClientConnection) -> float:
        """The span between heartbeats in seconds."""
        frame = await _receive(socket, self._call_seconds)
        data = frame.get("d") if frame is not None and frame.get("op") == HELLO else None
        millis = data.get("heartbeat_interval") if isinstance(data, dict) else None
        if isinstance(millis, bool) or not isinstance(millis, (int, float)) or not 100 <= millis <= 600_000:
            raise Unavailable("Discord's Gateway did not greet")
        return float(millis) / 1000

    async def _begin(self, socket: ClientConnection, place: "_Place", settings: DiscordSettings) -> None:
        token = settings.bot_token.get_secret_value()
        if place.session is not None:
            await _send(socket, RESUME, {"token": token, "session_id": place.session, "seq": place.seq})
            return
        properties = {"os": "linux", "browser": "frontdesk", "device": "frontdesk"}
        await _send(socket, IDENTIFY, {"token": token, "intents": settings.intents, "properties": properties})

    async def _listen(self, socket: ClientConnection, place: "_Place", pulse: "_Pulse") -> AsyncIterator[Fetched]:
        loop = asyncio.get_running_loop()
        ends = loop.time() + self._window_seconds
        while (left := ends - loop.time()) > 0 and not pulse.lost:
            try:
                frame = await _receive(socket, min(left, pulse.interval))
            except ConnectionClosed as error:
                for fetched in _ended(error, place):
                    yield fetched
                return
            if frame is None:
                continue
            op = frame.get("op")
            if op == HEARTBEAT:
                await _send(socket, HEARTBEAT, place.seq)
            elif op == ACK:
                pulse.answered = True
            elif op == RECONNECT:
                return
            elif op == INVALID:
                if frame.get("d") is not True and place.session is not None:
                    yield place.forgotten()
                return
            elif op == DISPATCH and (found := place.moved(frame)) is not None:
                yield found


class _Place:
    """Where a session stands; moves on with each dispatch."""

    def __init__(self, session: str | None, resume_url: str | None, seq: int | None) -> None:
        self.session = session
        self.resume_url = resume_url
        self.seq = seq

    @classmethod
    def of(cls, cursor: Mapping[str, Any] | None, settings: DiscordSettings) -> "_Place":
        """Raises `ConfigurationInvalid` for a stored cursor that can't be read; a strange host is not resumed on."""
        if not cursor or cursor.get("session") is None:
            return cls(None, None, None)
        session, seq, url = cursor.get("session"), cursor.get("seq"), cursor.get("resume_url")
        if not isinstance(session, str) or isinstance(seq, bool) or not isinstance(seq, int):
            raise ConfigurationInvalid("the stored cursor of Discord's Gateway can't be read")
        return cls(session, url if isinstance(url, str) and _is_discords(url, settings) else None, seq)

    @property
    def cursor(self) -> dict[str, Any]:
        return {"session": self.session, "resume_url": self.resume_url, "seq": self.seq}

    def moved(self, frame: Frame) -> Fetched | None:
        """The dispatch to keep, and the cursor behind it; None for what nobody needs."""
        seq, kind = frame.get("s"), frame.get("t")
        if isinstance(seq, bool) or not isinstance(seq, int) or not isinstance(kind, str):
            return None
        data = frame.get("d")
        self.seq = seq
        if kind == "READY" and isinstance(data, dict):
            self.session = json.optional_text(data.get("session_id"))
            self.resume_url = json.optional_text(data.get("resume_gateway_url"))
            # Its content is the bot's servers; that the session began is all that is kept.
            data = {}
        elif kind not in _WANTED and kind != "RESUMED":
            return None
        kept = {"session": self.session, "op": DISPATCH, "t": kind, "s": seq, "d": data}
        return Fetched(stdlib_json.dumps(kept, separators=(",", ":")).encode(), self.cursor)

    def forgotten(self) -> Fetched:
        """The note that the session is lost; the next poll begins a new one."""
        lost = {"session": self.session, "op": INVALID, "s": self.seq, "d": False}
        self.session = self.resume_url = self.seq = None
        return Fetched(stdlib_json.dumps(lost, separators=(",", ":")).encode(), self.cursor)


def _is_discords(url: str, settings: DiscordSettings) -> bool:
    try:
        given, ours = urlsplit(url), urlsplit(settings.gateway_url)
    except ValueError:
        return False
    host = given.hostname or ""
    return given.scheme == ours.scheme and (
        given.netloc == ours.netloc or (host.endswith(".discord.gg") and given.port is None)
    )


class _Pulse:
    """Whether Discord still answers our heartbeats."""

    def __init__(self, interval: float) -> None:
        self.interval = interval
        self.answered = True
        self.lost = False


@asynccontextmanager
async def _beating(
    socket: ClientConnection, place: _Place, interval: float, jitter: Callable[[], float]
) -> AsyncIterator[_Pulse]:
    """Heartbeats while the block runs: the first after a random part of the interval; one unanswered ends it."""
    pulse = _Pulse(interval)

    async def beat() -> None:
        await asyncio.sleep(interval * jitter())
        while pulse.answered:
            pulse.answered = False
            try:
                await _send(socket, HEARTBEAT, place.seq)
            except Unavailable:
                break
            await asyncio.sleep(interval)
        pulse.lost = True

    task = asyncio.create_task(beat(), name="discord heartbeat")
    try:
        yield pulse
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _receive(socket: ClientConnection, seconds: float) -> Frame | None:
    """The next frame; None where none came in time or it can't be read. Raises `ConnectionClosed`."""
    try:
        async with asyncio.timeout(seconds):
            raw = await socket.recv(decode=False)
    except TimeoutError:
        return None
    try:
        return json.obj(json.loads(raw))
    except PayloadInvalid:
        return None


async def _send(socket: ClientConnection, op: int, data: Any) -> None:
    try:
        await socket.send(stdlib_json.dumps({"op": op, "d": data}))
    except ConnectionClosed as error:
        raise Unavailable("Discord's Gateway closed the connection") from error


def _ended(error: ConnectionClosed, place: _Place) -> list[Fetched]:
    """What a closed connection means: settings that must change, a lost session, or nothing but another try."""
    code = error.rcvd.code if error.rcvd is not None else 1006
    if code in _MISCONFIGURED:
        raise ConfigurationInvalid(_MISCONFIGURED[code]) from error
    return [place.forgotten()] if code in _FORGOTTEN and place.session is not None else []


session = GatewaySession()
