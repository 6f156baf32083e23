"""The panel beside a conversation shows what is known of the customer: orders on their way, promises, consents, and how old it is."""

import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.browser.desk import SOON, console, follow
from tests.support.api import Api, add_key, serving_api
from tests.support.browser import axe_violations, chromium
from tests.support.context import add_customer
from tests.support.desk import Desk, make_desk, rows
from tests.support.hostile_texts import hostile_texts

pytestmark = pytest.mark.database
LOOK = os.environ.get("CUSTOMER_SCREENS")


@pytest.fixture
async def desk(database_url: str) -> Desk:
    return await make_desk(database_url)


@pytest.fixture
async def api(database_url: str) -> AsyncIterator[Api]:
    async with serving_api(database_url) as api:
        yield api


async def opened(page: Page, api: Api) -> None:
    [case] = await rows(api.url, "SELECT id FROM conversations")
    await follow(page, f"inbox/{case['id']}")
    await page.locator(".order").first.wait_for(timeout=SOON)


@pytest.mark.parametrize("language", ["en", "ar"])
async def test_orders_promises_and_consents_are_beside_the_conversation(api: Api, desk: Desk, language: str) -> None:
    await add_customer(api.url, desk, "c-9", datetime.now(UTC))
    key, _ = await add_key(api.url, desk.tenant_id, "admin", desk.agent_ids[0])
    async with chromium() as browser:
        size = {"width": 1440, "height": 1400}
        page = await console(browser, api, key, prefs=f'{{language: "{language}"}}', viewport=size)
        await opened(page, api)
        panel = page.locator("aside.context")
        await expect(panel.locator(".order").first).to_contain_text("2026-17")
        await expect(panel.locator(".order").first).to_contain_text("2 × Lamp")
        await expect(panel.locator(".track li")).to_have_count(2)
        await expect(panel.locator(".track li").first).to_contain_text("Leipzig")
        link = panel.get_by_role("link", name="JD01")
        assert await link.get_attribute("href") == "https://track.example/JD01"
        assert await link.get_attribute("rel") == "noopener noreferrer"
        await expect(panel).to_contain_text("A call back")
        await expect(panel).to_contain_text("gold")
        assert await axe_violations(page) == []
        if LOOK:
            await page.screenshot(path=Path(LOOK) / f"customer-{language}.png")
        assert browser.faults.seen == []


async def test_what_could_not_be_read_says_so_and_the_rest_is_there(api: Api, desk: Desk) -> None:
    await add_customer(api.url, desk, "c-9", datetime.now(UTC))
    await rows(api.url, "UPDATE partner_loyalty SET data = '{}'")
    key, _ = await add_key(api.url, desk.tenant_id, "admin", desk.agent_ids[0])
    async with chromium() as browser:
        page = await console(browser, api, key)
        await opened(page, api)
        card = page.locator("aside.context details.card", has=page.get_by_role("heading", name="Loyalty"))
        await expect(card.locator(".freshness.late")).to_contain_text("says nothing about the customer", timeout=SOON)
        await expect(page.locator("aside.context .order").first).to_contain_text("2 × Lamp")
        assert browser.faults.seen == []


async def test_nothing_that_a_system_reports_runs_or_breaks_the_panel(api: Api, desk: Desk) -> None:
    await add_customer(api.url, desk, "c-9", datetime.now(UTC))
    key, _ = await add_key(api.url, desk.tenant_id, "admin", desk.agent_ids[0])
    hostile = "".join(hostile_texts()[:40]).replace("\0", "")[:180]
    for table in ("orders", "shipments", "promises"):
        await rows(
            api.url,
            f"UPDATE partner_{table} SET data = data || jsonb_build_object('state', $1::text, 'text', $1::text, "
            "'number', $1::text, 'carrier', $1::text, 'url', 'javascript:alert(1)', 'tracking_url', 'javascript:alert(1)')",
            hostile,
        )
    async with chromium() as browser:
        page = await console(browser, api, key, viewport={"width": 1440, "height": 900})
        await opened(page, api)
        assert await page.locator("aside.context a[href^='javascript']").count() == 0
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert browser.faults.seen == []
