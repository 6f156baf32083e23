"""A resolver that answers what a test says, and a watch over every address that this process connects to."""

import ipaddress
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from backbone.errors import CallFailed
from backbone.web.addresses import Address


class Names:
    """Answers from a table; a name with several rounds of answers gives the next round each time (rebinding)."""

    def __init__(self, table: Mapping[str, Sequence[str] | Sequence[Sequence[str]]]) -> None:
        self._table = {name: _rounds(found) for name, found in table.items()}
        self.asked: list[str] = []

    async def resolve(self, host: str, port: int) -> Sequence[Address]:
        self.asked.append(host)
        rounds = self._table.get(host.removesuffix("."))
        if rounds is None:
            raise CallFailed("no such name in this test")
        answer = rounds.pop(0) if len(rounds) > 1 else rounds[0]
        return tuple(ipaddress.ip_address(text) for text in answer)


def _rounds(found: Sequence[str] | Sequence[Sequence[str]]) -> list[list[str]]:
    whole = [item for item in found if isinstance(item, str)]
    return [whole] if whole else [list(item) for item in found]


_watching: list[list[str]] = []


def _audit(event: str, args: tuple[object, ...]) -> None:
    if event != "socket.connect" or not _watching:
        return
    address = args[1]
    host = str(address[0]) if isinstance(address, tuple) else ""
    for seen in _watching:
        seen.append(host)
    if host and not ipaddress.ip_address(host).is_loopback:
        raise ConnectionRefusedError("no test may leave loopback")


_hooked: list[bool] = []


@contextmanager
def watched_connects() -> Iterator[list[str]]:
    """Every address a socket of this process asks to connect to meanwhile; an audit hook can't be passed by.

    Connections beyond loopback are seen and then fail, so that a guard that lets one pass harms nobody.
    """
    if not _hooked:
        sys.addaudithook(_audit)
        _hooked.append(True)
    seen: list[str] = []
    _watching.append(seen)
    try:
        yield seen
    finally:
        _watching.remove(seen)
