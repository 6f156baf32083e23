from collections.abc import Mapping
from datetime import datetime, timedelta

from backbone.channel.port import Account
from backbone.clock import ManualClock
from backbone.web.fetcher import Answer
from gateway.accounts import Served
from gateway.simulator.keys import SimulatedKeys
from tests.support.gateway import plain_channel, served
from tests.support.time import manual_clock

URL = "https://keys.example.test/jwks"


class Real:
    async def call(self, method: str, url: str, *, deadline: timedelta, most: int) -> Answer:
        return Answer(404, (), url.encode())


class Keyed:
    def key_urls(self, *_: object) -> list[str]:
        return [URL]


class Simulator:
    def keys(self, account: Account, now: datetime) -> Mapping[str, bytes]:
        return {URL: account.id.encode()}


class Accounts:
    def all(self) -> list[Served]:
        channel = plain_channel()
        object.__setattr__(channel, "codec", Keyed())
        changed = type("Simulated", (type(channel),), {"simulator": property(lambda _: Simulator())})
        return [served(), served("acc_2", channel=changed(channel.manifest, channel.codec, channel.folder))]


async def ask(clock: ManualClock, url: str) -> Answer:
    keys = SimulatedKeys(Accounts(), clock, Real())
    return await keys.call("GET", url, deadline=timedelta(seconds=1), most=100)


async def test_what_a_simulator_publishes_is_believed_and_all_else_is_asked_for() -> None:
    clock = manual_clock()
    assert await ask(clock, URL) == Answer(200, (), b"acc_2")
    assert (await ask(clock, "https://other.example.test")).status == 404
