"""A network between two browsers that can be cut: what they send each other by UDP goes through here, both ways.

Each address that a browser may be reached at gets a port of ours, which the other side is told in its place.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

from playwright.async_api import Page

from tests.support.ports import HOST

Address = tuple[str, int]
# Only candidates of UDP that were rewritten reach the browser: there is no other way between the two.
HOOK = """
const add = RTCPeerConnection.prototype.addIceCandidate;
RTCPeerConnection.prototype.addIceCandidate = async function (given) {
    const parts = String(given?.candidate ?? "").split(" ");
    if (parts.length < 8) return add.call(this, given);
    if (parts[2].toLowerCase() !== "udp") return undefined;
    [parts[4], parts[5]] = await window.lossyPlaceOf(parts[4], Number(parts[5]));
    return add.call(this, { ...given, candidate: parts.join(" ") });
};
const set = RTCPeerConnection.prototype.setRemoteDescription;
RTCPeerConnection.prototype.setRemoteDescription = function (given) {
    return set.call(this, { type: given.type, sdp: (given.sdp ?? "").replace(/^a=candidate:.*\\r?\\n/gm, "") });
};
void 0;
"""


class _Port(asyncio.DatagramProtocol):
    """Stands for one address: what it sends goes to whoever sent to it last, all else goes to it."""

    def __init__(self, network: "Network", stands_for: Address) -> None:
        self._network = network
        self._stands_for = stands_for
        self._other: Address | None = None
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: Any) -> None:
        to: Address | None = self._other if addr == self._stands_for else self._stands_for
        if addr != self._stands_for:
            self._other = addr
        if self._network.cut or to is None or self._transport is None:
            self._network.lost += self._network.cut
            return
        self._network.passed += 1
        self._transport.sendto(data, to)


class Network:
    """`cut` loses every packet while it is set; `passed` and `lost` count them."""

    def __init__(self) -> None:
        self.cut = False
        self.passed = 0
        self.lost = 0
        self._places: dict[Address, asyncio.DatagramTransport] = {}

    async def place_of(self, host: str, port: int) -> list[str]:
        """Host and port that stand for this address, as a candidate has them."""
        found = self._places.get((host, port))
        if found is None:
            loop = asyncio.get_running_loop()
            found, _ = await loop.create_datagram_endpoint(lambda: _Port(self, (host, port)), local_addr=(HOST, 0))
            self._places[host, port] = found
        told: Address = found.get_extra_info("sockname")
        return [told[0], str(told[1])]

    async def join(self, page: Page) -> None:
        """From its next document on, the page reaches others through here alone."""
        await page.expose_function("lossyPlaceOf", self.place_of)
        await page.add_init_script(HOOK)

    def close(self) -> None:
        for transport in self._places.values():
            transport.close()


@asynccontextmanager
async def lossy() -> AsyncIterator[Network]:
    network = Network()
    try:
        yield network
    finally:
        network.close()
