"""The published keys of simulated providers, in front of the real ones: for demos, whose signatures they made themselves."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Protocol

from backbone.channel.sources import KeySimulator
from backbone.clock import Clock
from backbone.web.fetcher import Answer
from gateway.accounts import Served
from gateway.inbound.keys import Fetching


class Accounts(Protocol):
    def all(self) -> Sequence[Served]: ...


class SimulatedKeys:
    """Answers for the URLs that a simulator of one of the accounts publishes at; all others go to `real`."""

    def __init__(self, accounts: Accounts, clock: Clock, real: Fetching) -> None:
        self._accounts = accounts
        self._clock = clock
        self._real = real

    async def call(self, method: str, url: str, *, deadline: timedelta, most: int) -> Answer:
        for served in self._accounts.all():
            if served.usable and hasattr(served.channel.codec, "key_urls"):
                simulator = served.channel.simulator
                keys = simulator.keys(served.account, self._clock.now()) if isinstance(simulator, KeySimulator) else {}
                if url in keys:
                    return Answer(200, (), keys[url])
        return await self._real.call(method, url, deadline=deadline, most=most)
