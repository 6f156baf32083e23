"""Reads a request's body within three limits: its own size, its time, and the room all bodies share."""

from datetime import timedelta
from typing import Self

from starlette.types import Receive

from backbone.errors import Overloaded, PayloadTooLarge, Unavailable
from gateway.inbound.deadlines import Deadlines
from gateway.inbound.quotas import Quotas

READ_WITHIN = timedelta(seconds=10)


class Disconnected(Exception):
    """The client went away before its body was whole: nothing was received, and nobody waits for an answer."""


class BodyReader:
    """Use as a context manager: the room a body takes is given back at the end, whatever happens."""

    def __init__(self, quotas: Quotas, deadlines: Deadlines, most: int, within: timedelta) -> None:
        self._quotas = quotas
        self._deadlines = deadlines
        self._most = most
        self._within = within
        self._held = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._quotas.give_bytes(self._held)
        self._held = 0

    async def read(self, receive: Receive, declared: int | None) -> bytes:
        """The exact bytes. `declared` is the Content-Length, if there is one.

        Raises `PayloadTooLarge`, `Overloaded` without room, `Unavailable` if it takes too long, and `Disconnected`.
        """
        if declared is not None:
            self._check(declared)
        try:
            with self._deadlines.within(self._within):
                return await self._read(receive)
        except TimeoutError as error:
            raise Unavailable("the body did not arrive in time") from error

    async def _read(self, receive: Receive) -> bytes:
        parts: list[bytes] = []
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise Disconnected
            part = message.get("body", b"")
            if part:
                self._check(self._held + len(part))
                if not self._quotas.take_bytes(len(part)):
                    raise Overloaded("no room for more bodies")
                self._held += len(part)
                parts.append(part)
            if not message.get("more_body", False):
                return parts[0] if len(parts) == 1 else b"".join(parts)

    def _check(self, size: int) -> None:
        if size > self._most:
            raise PayloadTooLarge(f"The body is larger than {self._most} bytes.")
