"""Makes records durable: on the bus, else in the spool, else not at all."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import msgspec

from backbone.bus.port import Bus, Message
from backbone.channel import offload
from backbone.channel.offload import Blobs
from backbone.clock import Clock
from backbone.errors import Retriable, Unavailable
from backbone.telemetry.logs import get_logger
from gateway.inbound.deadlines import Deadlines
from gateway.spool import Spool

log = get_logger(__name__)

DRAIN_WITHIN = timedelta(seconds=30)
PROBE_EVERY = timedelta(seconds=1)
"""With the bus away and no spool, one request in so long asks it again; the others are refused at once."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message and whose it is."""

    tenant_id: str
    message: Message


class _Spooled(msgspec.Struct, frozen=True, array_like=True):
    """A message as the spool holds it. New fields go to the end, with a default."""

    tenant_id: str
    topic: str
    key: bytes
    value: bytes
    headers: tuple[tuple[str, bytes], ...]


_decoder = msgspec.msgpack.Decoder(_Spooled)


class Publisher:
    """The one way from the door to the bus. While the spool holds anything, everything goes through it, in order.

    Large values go to the blob store first; in the spool they are whole, so that its bound holds for them too.
    """

    def __init__(
        self, bus: Bus, blobs: Blobs, clock: Clock, deadlines: Deadlines, *, spool: Spool | None = None
    ) -> None:
        self._bus = bus
        self._deadlines = deadlines
        self._blobs = blobs
        self._clock = clock
        self._spool = spool
        self._away = False
        self._probe_at = 0.0

    async def publish(self, outgoing: Sequence[Outgoing], *, within: timedelta) -> None:
        """Returns when all are durable: on the bus, or in the spool when the bus doesn't take them `within` that time.

        Raises `Unavailable` or `Overloaded` if neither does; some of them may have been taken then.
        """
        if self._spool is None:
            await self._or_refuse(outgoing, within)
            return
        if await self._spool.must_take():
            await self._spool.append(_encode(outgoing))
            return
        packed = outgoing
        try:
            with self._deadlines.within(within):
                packed = await self._pack(outgoing)
                await self._hand_over(packed)
        except (Retriable, TimeoutError) as error:
            log.warning("bus away: spooling", error=type(error).__name__, records=len(outgoing))
            await self._spool.append(_encode(packed))

    async def take_spooled(self, records: Sequence[bytes]) -> int:
        """The spool's sink: publishes records it held; returns how many can't be read. Raises `Retriable`."""
        outgoing, unreadable = [], 0
        for record in records:
            try:
                held = _decoder.decode(record)
            except msgspec.MsgspecError:
                unreadable += 1
                continue
            outgoing.append(Outgoing(held.tenant_id, Message(held.topic, held.key, held.value, held.headers)))
        await self._send(outgoing, DRAIN_WITHIN)
        return unreadable

    async def _or_refuse(self, outgoing: Sequence[Outgoing], within: timedelta) -> None:
        now = self._clock.monotonic()
        if self._away:
            if now < self._probe_at:
                raise Unavailable("the bus is away")
            self._probe_at = now + PROBE_EVERY.total_seconds()
        try:
            await self._send(outgoing, within)
        except Retriable:
            self._away = True
            self._probe_at = self._clock.monotonic() + PROBE_EVERY.total_seconds()
            raise
        self._away = False

    async def _send(self, outgoing: Sequence[Outgoing], within: timedelta) -> None:
        try:
            with self._deadlines.within(within):
                await self._hand_over(await self._pack(outgoing))
        except TimeoutError as error:
            raise Unavailable("the bus did not confirm in time") from error

    async def _pack(self, outgoing: Sequence[Outgoing]) -> Sequence[Outgoing]:
        """Puts large values into the blob store. Raises `Unavailable`."""
        if all(len(item.message.value) <= offload.LIMIT for item in outgoing):
            return outgoing
        return [
            replace(item, message=await offload.pack(item.message, item.tenant_id, self._blobs)) for item in outgoing
        ]

    async def _hand_over(self, outgoing: Sequence[Outgoing]) -> None:
        if len(outgoing) == 1:
            await self._bus.publish(outgoing[0].message)
        else:
            await self._bus.publish_many([item.message for item in outgoing])


def _encode(outgoing: Sequence[Outgoing]) -> list[bytes]:
    return [
        msgspec.msgpack.encode(
            _Spooled(item.tenant_id, item.message.topic, item.message.key, item.message.value, item.message.headers)
        )
        for item in outgoing
    ]
