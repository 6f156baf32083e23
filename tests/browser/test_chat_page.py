"""The page to try the customers' socket, in a real browser."""

from collections.abc import AsyncIterator

import pytest

from tests.support.api import Api, serving_api
from tests.support.browser import chromium
from tests.support.chat import make_chat
from tests.support.desk import Desk

pytestmark = pytest.mark.database


@pytest.fixture
async def desk(database_url: str) -> Desk:
    return await make_chat(database_url)


@pytest.fixture
async def api(database_url: str) -> AsyncIterator[Api]:
    async with serving_api(database_url) as api:
        yield api


async def test_the_chat_page_connects_without_a_fault(api: Api, desk: Desk) -> None:
    async with chromium() as browser:
        page = await browser.page()
        await page.goto(f"{api.base}/chat?account={desk.account_id}")
        await page.get_by_label("Your message").wait_for()
        assert await page.title() == "Chat"
        assert browser.faults.seen == []
