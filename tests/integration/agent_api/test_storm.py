"""Many clients at once: all come back whole, from memory rather than from the database."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.support.api import Api, add_key, serving_api
from tests.support.desk import make_desk
from tests.support.fakes import FakeBus
from tests.support.stream import Follower, numbering, until_numbered, write_events

pytestmark = [pytest.mark.database, pytest.mark.timeout(120)]
CLIENTS = 300
EVENTS = 50


@pytest.fixture
async def api(database_url: str) -> AsyncIterator[Api]:
    async with serving_api(database_url) as api, numbering(database_url, api.bus):
        yield api


async def test_a_crowd_that_comes_back_at_once_gets_everything(api: Api) -> None:
    desk = await make_desk(api.url)
    keys = [(await add_key(api.url, desk.tenant_id))[0] for _ in range(20)]
    first = Follower(api, keys[0])
    async with first.connected():
        await first.read()
        await write_events(api.url, desk, EVENTS)
        await until_numbered(api, desk, EVENTS)
        await first.read_until(lambda: first.last == EVENTS)
        crowd = [Follower(api, keys[number % 20]) for number in range(CLIENTS)]

        async def come_back(follower: Follower) -> None:
            follower.last, follower.epoch = 0, first.epoch
            async with follower.connected():
                await follower.read_until(lambda: follower.last == EVENTS, patience=90)

        await asyncio.gather(*(come_back(follower) for follower in crowd))
    expected = [frame["id"] for frame in first.frames]
    assert all([frame["id"] for frame in follower.frames] == expected for follower in crowd)
    assert sum(follower.gaps + len(follower.snapshots) for follower in crowd) == 0


async def test_a_number_told_by_a_quicker_process_is_waited_for(database_url: str) -> None:
    async with serving_api(database_url) as api, numbering(database_url, FakeBus()):
        desk = await make_desk(database_url)
        key, _ = await add_key(database_url, desk.tenant_id)
        first, second = Follower(api, key), Follower(api, key)
        async with first.connected():
            await first.read()
            # The wake-up goes to another bus: until its next look, this process does not know of these.
            await write_events(database_url, desk, 10)
            await until_numbered(api, desk, 10)
            second.last, second.epoch = 10, first.epoch
            async with second.connected():
                hello = await second.read()
                await write_events(database_url, desk, 1)
                await second.read_frames(1)
    assert (hello["type"], hello["after"]) == ("hello", 10)
    assert (second.snapshots, second.gaps, second.frames[0]["prev"]) == ([], 0, 10)
