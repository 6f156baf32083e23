"""The HTTP server as a supervised task, on a real port."""

import asyncio
import os
import signal
from datetime import timedelta

import httpx2
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from backbone.clock import SystemClock
from backbone.supervise import EXIT_OK, Supervisor
from backbone.web.health import Health, health_routes
from backbone.web.serve import http_server
from tests.support.ports import free_ports


async def wait_until_live(client: httpx2.AsyncClient) -> None:
    for _ in range(200):
        try:
            await client.get("/livez")
        except httpx2.ConnectError:
            await asyncio.sleep(0.02)
        else:
            return
    raise AssertionError("the server did not start within 4 s")


async def test_sigterm_lets_a_request_at_work_finish_and_ends_cleanly() -> None:
    at_work = asyncio.Event()

    async def slow(_request: Request) -> Response:
        at_work.set()
        await asyncio.sleep(0.4)
        return PlainTextResponse("done")

    port, clock = free_ports(1)[0], SystemClock()
    app = Starlette(routes=[*health_routes(Health(clock)), Route("/slow", slow)])
    server = http_server(app, host="127.0.0.1", port=port, drain=timedelta(seconds=5))
    supervisor = Supervisor(clock)
    supervisor.add("http", server.run_until_stopped, on_stop=server.stop)
    running = asyncio.create_task(supervisor.run())
    async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
        await wait_until_live(client)
        request = asyncio.create_task(client.get("/slow"))
        await at_work.wait()
        os.kill(os.getpid(), signal.SIGTERM)
        response = await request
        assert (response.status_code, response.text) == (200, "done")
        assert "server" not in response.headers
    assert await asyncio.wait_for(running, 5) == EXIT_OK
