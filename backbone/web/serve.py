"""Serves an ASGI application as one task of a supervised process."""

import asyncio
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import uvicorn

DRAIN = timedelta(seconds=20)
KEEP_ALIVE = timedelta(seconds=75)
"""Longer than the idle time of common balancers (60 s), so that they close first and no request meets a closed socket."""

ACCEPTS = 8
"""Connections taken in one turn of the loop, each by a copy of the listening socket. uvloop takes one for each socket: with
500 busy connections (a turn of 80 ms) new ones then waited for seconds, 12 of them got in each second."""


class HttpServer(uvicorn.Server):
    """uvicorn without its own signal handling, which would take SIGTERM from the supervisor.

    `run_until_stopped` is the task, `stop` its stop hook: the listening sockets close, requests at work get the drain
    time, then they are cut. A port that is taken ends the process with 1, as uvicorn does.
    """

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        loop = asyncio.get_running_loop()
        for listener in [listener for server in self.servers for listener in server.sockets]:
            for _ in range(ACCEPTS - 1):
                copy = socket.socket(fileno=os.dup(listener.fileno()))
                copy.setblocking(False)
                server = await loop.create_server(self._protocol, sock=copy, backlog=self.config.backlog)
                self.servers.append(server)

    def _protocol(self) -> asyncio.Protocol:
        config: Any = self.config
        protocol: asyncio.Protocol = config.http_protocol_class(
            config=config, server_state=self.server_state, app_state=self.lifespan.state
        )
        return protocol

    async def run_until_stopped(self) -> None:
        await self.serve()

    async def stop(self) -> None:
        self.should_exit = True


def http_server(app: Any, *, host: str, port: int, drain: timedelta = DRAIN, **options: Any) -> HttpServer:
    """A server for `app`; `options` are uvicorn's own. Logs go through `configure_logging`, and no `Server` header is sent."""
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        log_config=None,
        server_header=False,
        # Whoever reaches us could claim any address by a header: nothing here depends on the peer behind a proxy.
        proxy_headers=False,
        timeout_keep_alive=int(KEEP_ALIVE.total_seconds()),
        timeout_graceful_shutdown=int(drain.total_seconds()),
        **options,
    )
    return HttpServer(config)
