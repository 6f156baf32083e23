"""Opens sockets to checked addresses only: a name is resolved once, checked, and the very address is connected to."""

import asyncio
import ipaddress
import socket
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any, Protocol

import httpcore2

from backbone.errors import CallFailed
from backbone.web.addresses import Address, Guard, literal

RESOLVE_WITHIN = timedelta(seconds=5)
CONNECT_WITHIN = timedelta(seconds=10)
_TRIES = 4


class Resolver(Protocol):
    """Looks names up. Never asked about an address in figures."""

    async def resolve(self, host: str, port: int) -> Sequence[Address]:
        """Every address of the name, the preferred first. Raises `CallFailed` if there is none within the deadline."""
        ...


class SystemResolver:
    """The machine's own resolver in a few threads of its own, since a look-up can't be cancelled."""

    def __init__(self, *, threads: int = 8, within: timedelta = RESOLVE_WITHIN) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="resolve")
        self._within = within

    async def resolve(self, host: str, port: int) -> Sequence[Address]:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self._within.total_seconds()):
                found = await loop.run_in_executor(self._pool, _look_up, host, port)
        except (OSError, UnicodeError) as error:
            raise CallFailed("the host's name can't be resolved", context={"error": type(error).__name__}) from error
        return tuple(dict.fromkeys(ipaddress.ip_address(text) for text in found))

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)


def _look_up(host: str, port: int) -> list[str]:
    return [str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


class Dialer:
    """Resolves, checks and connects. Every outgoing connection of the product to an address of others goes through one."""

    def __init__(self, guard: Guard, resolver: Resolver) -> None:
        self.guard = guard
        self._resolver = resolver

    async def addresses(self, host: str, port: int) -> Sequence[Address]:
        """Where `host` may be called. Raises `UrlRefused`, or `CallFailed` if its name can't be resolved."""
        self.guard.check_port(port)
        written = literal(host)
        found = (written,) if written is not None else await self._resolver.resolve(host, port)
        self.guard.check(host, found, port)
        return found[:_TRIES]

    async def open(self, host: str, port: int, within: timedelta = CONNECT_WITHIN) -> socket.socket:
        """A connected socket, for protocols besides HTTP. Raises `UrlRefused` or `CallFailed`."""
        found = await self.addresses(host, port)
        failure: Exception = TimeoutError()
        for address in found:
            family = socket.AF_INET if address.version == 4 else socket.AF_INET6
            made = socket.socket(family, socket.SOCK_STREAM)
            made.setblocking(False)
            try:
                async with asyncio.timeout(within.total_seconds() / len(found)):
                    await asyncio.get_running_loop().sock_connect(made, (str(address), port))
            except OSError as error:
                made.close()
                failure = error
            except BaseException:
                made.close()
                raise
            else:
                return made
        raise CallFailed("the other side can't be reached", context={"error": type(failure).__name__}) from failure


class PinnedBackend(httpcore2.AsyncNetworkBackend):
    """What the HTTP client connects with: TLS and the Host header keep the name, the socket gets the checked address."""

    def __init__(self, dialer: Dialer) -> None:
        self._dialer = dialer
        self._inner = httpcore2.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        """As the port it implements; raises `UrlRefused` and `CallFailed` besides."""
        failure: Exception = httpcore2.ConnectError("no address")
        found = await self._dialer.addresses(host, port)
        # Shared out, so that a first address that swallows packets leaves time for the next.
        within = (timeout if timeout is not None else CONNECT_WITHIN.total_seconds()) / len(found)
        for address in found:
            try:
                return await self._inner.connect_tcp(str(address), port, within, local_address, socket_options)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failure = error
        raise failure

    async def sleep(self, seconds: float) -> None:
        await self._inner.sleep(seconds)
