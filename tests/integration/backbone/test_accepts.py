"""A busy loop lets new connections in by the handful, not one a turn."""

import asyncio
import socket

import uvloop
from starlette.applications import Starlette

from backbone.web.serve import ACCEPTS, http_server
from tests.support.ports import HOST, free_ports

CALLERS = 64


def connect(port: int) -> socket.socket:
    """Returns once the kernel has taken the connection, whether or not the server has looked at it yet."""
    return socket.create_connection((HOST, port), timeout=5)


async def turns_until_all_are_in(port: int) -> int:
    server = http_server(Starlette(), host=HOST, port=port, loop="uvloop", lifespan="off", backlog=CALLERS)
    running = asyncio.create_task(server.run_until_stopped())
    while not server.started:
        await asyncio.sleep(0.01)
    callers = [connect(port) for _ in range(CALLERS)]
    turns = 0
    while len(server.server_state.connections) < CALLERS:
        await asyncio.sleep(0)
        turns += 1
    for caller in callers:
        caller.close()
    await server.stop()
    await running
    return turns


def test_many_connections_are_taken_in_each_turn_of_the_loop() -> None:
    turns = uvloop.run(turns_until_all_are_in(free_ports(1)[0]))
    assert turns < 3 * CALLERS / ACCEPTS


def test_the_port_is_free_again_after_the_stop() -> None:
    port = free_ports(1)[0]
    uvloop.run(turns_until_all_are_in(port))
    with socket.socket() as probe:
        assert probe.connect_ex((HOST, port)) != 0
