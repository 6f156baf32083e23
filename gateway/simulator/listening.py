"""Shows what reaches a simulated provider; plays the providers itself where nobody else does."""

import asyncio
import json
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import urlsplit

from starlette.applications import Starlette

from backbone.clock import Clock
from backbone.errors import CallFailed, FrontdeskError
from backbone.web.fetcher import Fetcher
from backbone.web.serve import http_server
from gateway.accounts import Served
from gateway.simulator.demo import Demo
from gateway.simulator.driver import Driver, http_post
from gateway.simulator.provider import FakeProvider
from gateway.simulator.server import SimulatorApp

LOOK_EVERY = timedelta(milliseconds=500)


async def listen(demo: Demo, served: Served, fetcher: Fetcher, clock: Clock, say: Callable[[str], None]) -> None:
    """Prints each message that is sent on the account, until cancelled. Raises `CallFailed` if the provider goes away."""
    url = f"{demo.provider_url}/{served.account.channel}/{served.account.id}/sent"
    try:
        await fetcher.call("GET", url)
    except CallFailed:
        say(f"Nobody plays the providers at {demo.provider_url}: doing so until Ctrl+C.")
        await _play_and_show(demo, fetcher, clock, url, say)
        return
    await _show(fetcher, clock, url, say)


async def _play_and_show(demo: Demo, fetcher: Fetcher, clock: Clock, url: str, say: Callable[[str], None]) -> None:
    provider = FakeProvider(demo.by_id, clock, driver=Driver(http_post(fetcher), clock))
    place = urlsplit(demo.provider_url)
    server = http_server(
        SimulatorApp(provider, Starlette()), host=place.hostname or "127.0.0.1", port=place.port or 80, lifespan="off"
    )
    async with asyncio.TaskGroup() as group:
        group.create_task(server.run_until_stopped())
        while not server.started:
            await clock.sleep(LOOK_EVERY / 10)
        try:
            await _show(fetcher, clock, url, say)
        finally:
            await server.stop()
            await provider.stop()


async def _show(fetcher: Fetcher, clock: Clock, url: str, say: Callable[[str], None]) -> None:
    seen: set[str] = set()
    while True:
        answer = await fetcher.call("GET", url)
        if answer.status != 200:
            raise FrontdeskError(f"the simulated provider answers {answer.status}: is the demo running?")
        for sent in json.loads(answer.body)["sent"]:
            if sent["provider_message_id"] not in seen:
                seen.add(sent["provider_message_id"])
                say(f"{sent['at']}  to {sent['recipient']}: {sent['text']}")
        await clock.sleep(LOOK_EVERY)
