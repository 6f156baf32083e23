"""A policy is tried on the past, put right by what the API says of it, published, and taken back, as an administrator would."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.async_api import expect

from tests.browser.desk import SOON, console
from tests.support.api import Api, add_key, serving_api
from tests.support.browser import axe_violations, chromium
from tests.support.desk import Desk, make_desk, rows
from tests.support.past import add_past
from tests.support.stream import numbering

pytestmark = pytest.mark.database
PLAYED = 60_000


@pytest.fixture
async def desk(database_url: str) -> Desk:
    return await make_desk(database_url, agents=1, capacity=1)


@pytest.fixture
async def api(database_url: str) -> AsyncIterator[Api]:
    async with serving_api(database_url) as api, numbering(database_url, api.bus):
        yield api


async def test_a_policy_is_tried_put_right_published_and_taken_back(api: Api, desk: Desk) -> None:
    # One agent with one place, three minutes with each, and a case a minute: each waits two minutes longer.
    await add_past(api.url, desk, datetime.now(UTC) - timedelta(days=2), [(120 * n, 60, 120) for n in range(6)])
    key, _ = await add_key(api.url, desk.tenant_id, "admin", desk.agent_ids[0])
    async with api.client(key) as client:
        document = {
            "sla_policies": [{"name": "All", "document": {"first_reply_seconds": 2000, "next_reply_seconds": 2000}}]
        }
        held = await client.put("/v1/policy", json={"document": document}, headers={"If-Match": '"0"'})
        assert held.status_code == 200
    async with chromium() as browser:
        page = await console(browser, api, key, "setup/trial")
        first = page.get_by_label("All: First reply, in minutes")
        await first.fill("0")
        await page.get_by_role("button", name="Try it").click()
        # The API names the place; the field says so as well.
        await expect(page.locator(".fault[role=alert]")).to_contain_text(
            "/document/sla_policies/0/document/first_reply_seconds", timeout=SOON
        )
        await expect(first).to_have_attribute("aria-invalid", "true")
        assert await axe_violations(page) == []
        await first.fill("3.3334")
        await page.get_by_role("button", name="Try it").click()
        found = page.get_by_role("region", name="What came of it")
        await expect(found).to_contain_text(
            "With the proposal, 33 of 100 would be answered in time, instead of 100.", timeout=PLAYED
        )
        await expect(found).to_contain_text("in truth it was 100")
        await expect(found.get_by_role("row", name="Late, mostly waiting in the queue")).to_contain_text("004")
        await expect(page.get_by_text("/sla_policies/All/document/first_reply_seconds", exact=True)).to_be_visible()
        assert await axe_violations(page) == []
        now = await rows(api.url, "SELECT document ->> 'first_reply_seconds' AS seconds FROM sla_policies")
        assert [one["seconds"] for one in now] == ["2000"], "nothing has changed yet"
        await page.get_by_label("What is to be said of it").fill("Faster <b>first</b> replies")
        await page.get_by_role("button", name="Publish as a new version").click()
        await expect(page.get_by_role("row", name="Faster <b>first</b> replies")).to_contain_text(
            "Holds now", timeout=SOON
        )
        now = await rows(api.url, "SELECT document ->> 'first_reply_seconds' AS seconds FROM sla_policies")
        assert [one["seconds"] for one in now] == ["200"]
        before = (await rows(api.url, "SELECT max(version) - 1 AS version FROM policy_versions"))[0]["version"]
        await page.get_by_role("button", name=f"Go back to it: {before}").click()
        await page.get_by_role("dialog").locator("button[type=submit]").click()
        await expect(first).to_have_value("33.333", timeout=SOON)
        # The two refusals above, and nothing else.
        told = sorted(fault.rsplit("/", 1)[1] for fault in browser.faults.seen if "status of 422" in fault)
        assert (told, len(browser.faults.seen)) == (["check", "whatif"], 2)


async def test_the_whole_document_is_tried_on_a_made_up_day(api: Api, desk: Desk) -> None:
    key, _ = await add_key(api.url, desk.tenant_id, "admin", desk.agent_ids[0])
    async with chromium() as browser:
        page = await console(browser, api, key, "setup/trial")
        await page.get_by_label("Change", exact=True).select_option("whole", timeout=SOON)
        text = page.get_by_label("The proposed policy")
        await text.fill("{nothing")
        await page.get_by_role("button", name="Try it").click()
        await expect(page.locator(".fault[role=alert]")).to_contain_text("This is not valid JSON.")
        await text.fill(
            '{"sla_policies": [{"name": "All", "document": {"first_reply_seconds": 90, "next_reply_seconds": 90}}]}'
        )
        await page.get_by_label("Played on").select_option("made")
        await page.get_by_label("About so many cases").fill("60")
        await page.get_by_text("More or fewer people").click()
        await page.get_by_label("so many more").first.fill("1")
        await page.get_by_role("button", name="Try it").click()
        found = page.get_by_role("region", name="What came of it")
        await expect(found).to_contain_text("The cases are made up", timeout=PLAYED)
        await expect(found.get_by_role("columnheader", name="What happened")).to_have_count(0)
        # What was written goes on in the other form.
        await page.get_by_label("Change", exact=True).select_option("targets")
        await expect(page.get_by_label("All: First reply, in minutes")).to_have_value("1.5")
        assert browser.faults.seen == []
