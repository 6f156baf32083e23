"""Work that is offered rings on the console, with the time that is left, and is taken or declined there."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import expect

from tests.browser.desk import SOON, console
from tests.support.api import Api, add_key, serving_api
from tests.support.browser import axe_violations, chromium
from tests.support.desk import Desk, Feed, make_desk, rows
from tests.support.router import Workers
from tests.support.stream import numbering

pytestmark = pytest.mark.database


@pytest.fixture
async def desk(database_url: str) -> Desk:
    return await make_desk(database_url, agents=2, capacity=1)


@pytest.fixture
async def api(database_url: str) -> AsyncIterator[Api]:
    async with serving_api(database_url) as api, numbering(database_url, api.bus):
        yield api


@pytest.fixture
def workers(workers: Workers, api: Api) -> Workers:
    """Offers must not be over by the API's clock, which is the real one."""
    workers.clock.advance(api.agent.parts.clock.now() - workers.clock.now())
    return workers


async def test_one_agent_declines_and_the_other_takes_it(api: Api, desk: Desk, workers: Workers) -> None:
    routing = '{"auto_accept": false, "ring_seconds": 600}'
    await rows(api.url, "UPDATE teams SET routing = $2::jsonb WHERE id = $1", desk.team_id, routing)
    keys = [(await add_key(api.url, desk.tenant_id, "agent", agent))[0] for agent in desk.agent_ids]
    async with chromium() as browser:
        pages = {agent: await console(browser, api, key) for agent, key in zip(desk.agent_ids, keys, strict=True)}
        await workers.take(Feed(desk).message(sender="ann"))
        await workers.dispatch(desk.tenant_id)
        (row,) = await rows(api.url, "SELECT agent_id FROM reservations")
        first = pages.pop(row["agent_id"])
        (second,) = pages.values()
        offer = first.get_by_role("region", name="New conversation for you")
        await expect(offer).to_contain_text("Ann", timeout=SOON)
        await expect(offer.get_by_role("progressbar")).to_be_visible()
        assert await axe_violations(first) == []
        await offer.get_by_role("button", name="Decline").click()
        await expect(offer).to_have_count(0, timeout=SOON)
        await workers.dispatch(desk.tenant_id)
        await second.get_by_role("button", name="Accept").click(timeout=SOON)
        await expect(second.locator(".thread-who h1")).to_have_text("Ann", timeout=SOON)
        assert browser.faults.seen == []
    (case,) = await rows(api.url, "SELECT agent_id FROM conversations")
    assert case["agent_id"] not in {None, row["agent_id"]}
