"""The whole way in two real browsers over real processes: a customer on the web chat, an agent on the console, and a server that dies."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.browser.desk import SOON
from tests.support.browser import chromium
from tests.support.stack import Stack

pytestmark = [pytest.mark.database, pytest.mark.timeout(240)]


@pytest.fixture
async def stack(tmp_path: Path, database_url: str) -> AsyncIterator[Stack]:
    stack = Stack(tmp_path, database_url)
    await asyncio.to_thread(stack.seed)
    for name in ("http", "router"):
        await asyncio.to_thread(stack.start, name)
    yield stack
    await asyncio.to_thread(stack.stop)


async def log_in(page: Page, stack: Stack) -> None:
    agent = stack.demo["agents"][0]
    await page.goto(f"{stack.base}/console")
    await page.get_by_label("E-mail").fill(agent["email"])
    await page.get_by_label("Password").fill(agent["password"])
    await page.get_by_role("button", name="Sign in").click()
    await page.locator(".shell").wait_for(timeout=SOON)


async def test_a_customer_and_an_agent_talk_and_lose_nothing_when_the_server_dies(stack: Stack) -> None:
    account_id = stack.account("webchat")["account_id"]
    async with chromium() as browser:
        desk, chat = await browser.page(), await browser.page()
        await log_in(desk, stack)
        await chat.goto(f"{stack.base}/chat?account={account_id}")
        await say(chat, "Where is my parcel?")
        await desk.locator(".row", has_text="Where is my parcel?").click(timeout=SOON)
        await answer(desk, "It is on its way.")
        await expect(chat.get_by_role("log")).to_contain_text("It is on its way.", timeout=SOON)
        await expect(desk.locator(".said.out .state")).to_have_text(re.compile("sent|delivered|read"), timeout=SOON)
        await say(chat, "Thank you!")
        await expect(desk.locator(".said.in").last).to_contain_text("Thank you!", timeout=SOON)
        assert browser.faults.seen == []

        await asyncio.to_thread(stack.kill, "http")
        await answer(desk, "Sent while the server was dead.")
        waiting = desk.locator(".said.waiting")
        await expect(waiting).to_contain_text("Sent while the server was dead.")
        await asyncio.to_thread(stack.start, "http")
        await expect(waiting).to_have_count(0, timeout=60_000)
        await expect(chat.get_by_role("log")).to_contain_text("Sent while the server was dead.", timeout=60_000)
        await say(chat, "It came.")
        await expect(desk.locator(".said.in").last).to_contain_text("It came.", timeout=60_000)
        texts = await desk.locator(".said .words").all_inner_texts()
    assert texts == [
        "Where is my parcel?",
        "It is on its way.",
        "Thank you!",
        "Sent while the server was dead.",
        "It came.",
    ]


async def say(page: Page, text: str) -> None:
    await page.get_by_label("Your message").fill(text)
    await page.keyboard.press("Enter")


async def answer(page: Page, text: str) -> None:
    await page.locator("#composer").fill(text)
    await page.keyboard.press("Control+Enter")
