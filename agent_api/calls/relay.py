"""Signals between the two sides of a call, whichever processes hold their sockets. They pass and are kept nowhere.

Between processes they travel as notices of the database: a signal is needed now or never, and a side that was away asks for
a new path when it is back (ICE restart), which makes what it missed worthless.
"""

from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol

from agent_api.live.items import Frame
from backbone.clock import Clock
from backbone.ids import new_id
from backbone.storage.database import Database
from backbone.storage.wake import PAYLOAD_MOST, Listener
from backbone.telemetry.logs import get_logger
from schemas.calls import Side

CHANNEL = "frontdesk_calls"
JOINED_FOR = timedelta(seconds=45)
"""A side joins again every 15 s; who has not for three times that is not there."""
_PARTS_MOST = 200
_HEAD_MOST = 300

Seat = tuple[str, str, Side]
"""Tenant, call and side."""

log = get_logger("calls")


class Listening(Protocol):
    """A socket that can be told something."""

    def send(self, frame: Frame) -> None: ...


@dataclass(slots=True)
class _Joined:
    session: Listening
    until: float


@dataclass(slots=True)
class _Parts:
    """A signal on its way in several notices."""

    of: int
    found: dict[int, str] = field(default_factory=dict)


class CallRelay:
    """One socket a side: the one that joined last."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._joined: dict[Seat, _Joined] = {}
        self._seats: dict[int, set[Seat]] = {}
        self._arriving: OrderedDict[tuple[Seat, str], _Parts] = OrderedDict()

    async def run(self) -> None:
        """Hears signals until cancelled. What is said while nothing is heard is lost, as a signal may be."""
        await Listener(self._database, self._heard, self._arriving.clear, channel=CHANNEL).run()

    def join(self, seat: Seat, session: Listening) -> None:
        """From now on the session gets this seat's signals, and no other."""
        before = self._joined.get(seat)
        if before is not None and before.session is not session:
            self._seats.get(id(before.session), set()).discard(seat)
        self._joined[seat] = _Joined(session, self._clock.monotonic() + JOINED_FOR.total_seconds())
        self._seats.setdefault(id(session), set()).add(seat)

    def has(self, seat: Seat, session: Listening) -> bool:
        """Whether it joined lately; a join of a call that is over is refused, so this ends with the call."""
        joined = self._joined.get(seat)
        return joined is not None and joined.session is session and joined.until > self._clock.monotonic()

    def leave(self, session: Listening) -> None:
        """The socket is gone."""
        for seat in self._seats.pop(id(session), ()):
            joined = self._joined.get(seat)
            if joined is not None and joined.session is session:
                del self._joined[seat]

    async def send(self, seat: Seat, text: str) -> None:
        """Passes a frame (ASCII) to whoever has the seat, in any process; to nobody if nobody has. Raises `Unavailable`."""
        head = ":".join((*seat, new_id("sig")))
        size = PAYLOAD_MOST - _HEAD_MOST
        parts = [text[start : start + size] for start in range(0, len(text), size)]
        told = [f"signal:{head}:{number}:{len(parts)}:{part}" for number, part in enumerate(parts)]
        await self._database.alone(
            "SELECT pg_notify($1, told) FROM unnest($2::text[]) WITH ORDINALITY AS t (told, n) ORDER BY n",
            CHANNEL,
            told,
        )

    def _heard(self, _topic: str, detail: str) -> None:
        tenant_id, call_id, side, signal_id, number, of, text = detail.split(":", 6)
        seat: Seat = (tenant_id, call_id, "agent" if side == "agent" else "customer")
        joined = self._joined.get(seat)
        if joined is None:
            return
        key = (seat, signal_id)
        parts = self._arriving.setdefault(key, _Parts(int(of)))
        parts.found[int(number)] = text
        if len(parts.found) == parts.of:
            del self._arriving[key]
            whole = "".join(parts.found[n] for n in range(parts.of))
            joined.session.send(Frame(0, "call.signal", whole))
        while len(self._arriving) > _PARTS_MOST:
            self._arriving.popitem(last=False)
