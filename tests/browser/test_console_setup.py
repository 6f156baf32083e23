"""The set-up pages change what they say they change: each is filled in, saved, and taken away again, as an administrator would."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Locator, Page, expect

from tests.browser.desk import SOON, console, follow
from tests.support.api import Api, add_key, serving_api
from tests.support.browser import chromium
from tests.support.desk import Desk, make_desk, rows
from tests.support.lively import make_lively
from tests.support.stream import numbering

pytestmark = pytest.mark.database


@pytest.fixture
async def desk(database_url: str) -> Desk:
    return await make_desk(database_url, agents=3)


@pytest.fixture
async def api(database_url: str) -> AsyncIterator[Api]:
    async with serving_api(database_url) as api, numbering(database_url, api.bus):
        yield api


async def test_what_is_set_up_is_kept_and_what_is_taken_away_is_gone(api: Api, desk: Desk) -> None:
    await make_lively(api.url, desk)
    key, _ = await add_key(api.url, desk.tenant_id, "admin", desk.agent_ids[0])
    async with chromium() as browser:
        page = await console(browser, api, key, "setup/agents")
        await change(page, "Edit: Ida Lund", Capacity="7", Skills="returns=2\nbilling", Languages="nl")
        await expect(row(page, "Ida Lund")).to_contain_text("0 / 7", timeout=SOON)
        await expect(row(page, "Ida Lund")).to_contain_text("billing 1, returns 2, nl")
        await change(page, "Edit: Ida Lund", Capacity="2")
        await expect(row(page, "Ida Lund")).to_contain_text("0 / 2", timeout=SOON)
        await follow(page, "setup/policies")
        await change(page, "Add", Name="Quick", First_reply="1", Next_reply="2")
        await change(page, "Edit: Quick", First_reply="3")
        (policy,) = await rows(api.url, "SELECT document::text AS document FROM sla_policies")
        assert '"first_reply_seconds": 180' in policy["document"]
        await take_away(page, "Quick")
        await follow(page, "setup/replies")
        await change(page, "Edit: Thank you", Title="Many thanks")
        await take_away(page, "Many thanks")
        await follow(page, "setup/macros")
        await take_away(page, "Parcel is late")
        await follow(page, "setup/webhooks")
        await change(page, "Add", Name="Warehouse", URL="https://warehouse.example/hook")
        await page.get_by_role("button", name="Close").first.click()
        await take_away(page, "Warehouse")
        assert browser.faults.seen == []
    (agent,) = await rows(api.url, "SELECT capacity FROM agents WHERE name = 'Ida Lund'")
    assert agent["capacity"] == 2
    for table in ("sla_policies", "macros", "webhook_endpoints"):
        assert await rows(api.url, f"SELECT 1 FROM {table} WHERE tenant_id = $1", desk.tenant_id) == [], table
    left = await rows(api.url, "SELECT shortcut FROM canned_replies ORDER BY 1")
    assert [reply["shortcut"] for reply in left] == ["return", "track"]


def row(page: Page, name: str) -> Locator:
    return page.get_by_role("row", name=name)


async def change(page: Page, button: str, **fields: str) -> None:
    """Opens a form, fills it in, and waits until it was taken."""
    await page.get_by_role("button", name=button, exact=True).click(timeout=SOON)
    form = page.get_by_role("dialog")
    for name, value in fields.items():
        await form.get_by_label(name.replace("_", " ")).first.fill(value)
    await form.locator("button[type=submit]").click()
    await expect(form.locator("form")).to_have_count(0, timeout=SOON)


async def take_away(page: Page, name: str) -> None:
    await page.get_by_role("button", name=f"Delete: {name}").click(timeout=SOON)
    await page.get_by_role("dialog").locator("button[type=submit]").click()
    await expect(page.get_by_role("dialog")).to_have_count(0, timeout=SOON)
    await expect(page.get_by_role("button", name=f"Delete: {name}")).to_have_count(0, timeout=SOON)
