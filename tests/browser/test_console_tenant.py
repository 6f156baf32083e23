"""The pages on which a company says how it wants things: each is filled in as an administrator would, and the server has it."""

import json
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Page, expect

from backbone.ids import new_id
from backbone.web.addresses import Guard
from backbone.web.fetcher import Fetcher
from tests.browser.desk import SOON, console
from tests.support.api import Api, add_key, serving_api
from tests.support.browser import chromium
from tests.support.desk import Desk, make_desk, rows
from tests.support.loopback import always, answer, serving
from tests.support.ports import HOST
from tests.support.stream import numbering

pytestmark = pytest.mark.database
ORDERS = answer(json.dumps({"orders": [{"number": 17, "state": "<b>packed</b>"}]}).encode())


@pytest.fixture
async def desk(database_url: str) -> Desk:
    return await make_desk(database_url)


@pytest.fixture
async def api(database_url: str) -> AsyncIterator[Api]:
    async with serving_api(database_url, fetcher=Fetcher(Guard(HOST))) as api, numbering(database_url, api.bus):
        yield api


@pytest.fixture
async def key(api: Api, desk: Desk) -> str:
    return (await add_key(api.url, desk.tenant_id, "admin", desk.agent_ids[0]))[0]


async def submit(page: Page, **fields: str) -> None:
    """Fills in the open dialog by its labels, and waits until it was taken."""
    form = page.get_by_role("dialog")
    for name, value in fields.items():
        await form.get_by_label(name.replace("_", " ")).first.fill(value)
    await form.locator("button[type=submit]").click()
    await expect(form.locator("form")).to_have_count(0, timeout=SOON)


async def test_settings_are_kept_and_those_of_somebody_else_are_not_overwritten(api: Api, desk: Desk, key: str) -> None:
    async with chromium() as browser:
        page = await console(browser, api, key, "setup/settings")
        await page.get_by_label("A reply outside the reply window").select_option("queue", timeout=SOON)
        await page.get_by_label("Names of your own").fill("club number\n\nmember id")
        await page.get_by_label("What is said when a call-back is promised").fill(
            "en: We call.\n  Soon.\ndefault: Ring."
        )
        await page.get_by_label("Bank accounts").check()
        await page.get_by_role("button", name="Save").click()
        await expect(page.get_by_text("The settings are saved.")).to_be_visible(timeout=SOON)
        async with api.client(key) as admin:
            now = (await admin.get("/v1/settings")).json()
            assert now["outside_window"] == "queue"
            assert now["call_back_texts"] == {"en": "We call.\nSoon.", "default": "Ring."}
            assert (now["masking"]["labels"], now["masking"]["bank_accounts"]) == (["club number", "member id"], True)
            version = now.pop("version")
            other = await admin.put(
                "/v1/settings", json=now | {"held_reply_hours": 9}, headers={"If-Match": f'"{version}"'}
            )
            assert other.status_code == 200, other.text
        await page.get_by_label("Messages a minute before a contact is held back").fill("7")
        await page.get_by_role("button", name="Save").click()
        await expect(page.get_by_text("Somebody changed it meanwhile")).to_be_visible(timeout=SOON)
        await page.get_by_role("button", name="Read again").click()
        await expect(page.get_by_label("Hours a held reply is kept")).to_have_value("9", timeout=SOON)
        assert [fault for fault in browser.faults.seen if "412" not in fault] == []
        async with api.client(key) as admin:
            assert (await admin.get("/v1/settings")).json()["flood_per_minute"] != 7


async def test_an_intent_is_written_tried_by_its_phrase_changed_and_removed(api: Api, desk: Desk, key: str) -> None:
    async with chromium() as browser:
        page = await console(browser, api, key, "setup/intents")
        await page.get_by_role("button", name="Add", exact=True).click(timeout=SOON)
        await page.get_by_role("dialog").get_by_label("What the assistant does").select_option("hand_over")
        await submit(page, Name="refunds", Phrases="money back", Wanted_skill="billing")
        await expect(page.get_by_role("row", name="refunds")).to_be_visible(timeout=SOON)
        await page.get_by_label("A customer's message").fill("I want my money back!")
        await page.locator("form").get_by_role("button", name="Try").click()
        await expect(page.get_by_role("status").get_by_text("refunds", exact=True)).to_be_visible(timeout=SOON)
        await page.get_by_role("button", name="Edit: refunds").click()
        await submit(page, Examples="please refund me\nrefund it")
        await expect(page.get_by_role("row", name="refunds")).to_contain_text("2", timeout=SOON)
        async with api.client(key) as admin:
            [listed] = (await admin.get("/v1/intents")).json()["items"]
            kept = (await admin.get(f"/v1/intents/{listed['id']}")).json()
        assert (kept["phrases"], kept["examples"]) == (["money back"], ["please refund me", "refund it"])
        assert kept["action"] == {"kind": "hand_over", "skill": "billing"}
        await page.get_by_role("button", name="Delete: refunds").click()
        await submit(page)
        await expect(page.get_by_role("row", name="refunds")).to_have_count(0, timeout=SOON)
        assert browser.faults.seen == []


async def test_the_assistant_is_one_of_the_bots_and_words_call_a_person(api: Api, desk: Desk, key: str) -> None:
    bot_id = new_id("agt")
    await rows(
        api.url,
        "INSERT INTO agents (id, tenant_id, name, email, role) VALUES ($1, $2, 'Robin', 'robin@desk.example', 'bot')",
        bot_id,
        desk.tenant_id,
    )
    async with chromium() as browser:
        page = await console(browser, api, key, "setup/bots")
        await expect(page.get_by_role("row", name="Robin")).to_be_visible(timeout=SOON)
        await page.get_by_label("Assistant").select_option(bot_id)
        await page.get_by_label("Sensitive subjects").fill("lawyer")
        await page.get_by_label("Bots say that they are bots").uncheck()
        await page.get_by_role("button", name="Save").click()
        await expect(page.get_by_text("The settings are saved.")).to_be_visible(timeout=SOON)
        assert browser.faults.seen == []
    async with api.client(key) as admin:
        bots = (await admin.get("/v1/settings")).json()["bots"]
    assert (bots["assistant_agent_id"], bots["disclose"], bots["words"]["sensitive"]) == (bot_id, False, ["lawyer"])


async def test_a_source_is_added_tried_and_shown_as_text(api: Api, desk: Desk, key: str) -> None:
    async with serving(always(ORDERS)) as shop, chromium() as browser:
        page = await console(browser, api, key, "setup/sources")
        await page.get_by_role("button", name="Add", exact=True).click(timeout=SOON)
        await page.get_by_role("dialog").get_by_label("List within the answer").fill("/orders")
        await submit(page, Name="Shop", URL=shop.url + "o/{customer_id}", Fields="number=/number\nstate = /state")
        await expect(page.get_by_role("row", name="Shop")).to_contain_text("working", timeout=SOON)
        await page.get_by_role("button", name="Try: Shop").click()
        dialog = page.get_by_role("dialog")
        await dialog.get_by_label("Customer").fill("c-9")
        await dialog.get_by_role("button", name="Try", exact=True).click()
        await expect(dialog.get_by_text("<b>packed</b>")).to_be_visible(timeout=SOON)
        await dialog.get_by_role("button", name="Close").first.click()
        await page.get_by_role("button", name="Delete: Shop").click()
        await submit(page)
        await expect(page.get_by_role("row", name="Shop")).to_have_count(0, timeout=SOON)
        assert browser.faults.seen == []
    assert [request.split(b" ")[1] for request in shop.requests] == [b"/o/c-9"]


async def test_a_company_login_is_added_switched_off_and_removed(api: Api, desk: Desk, key: str) -> None:
    async with chromium() as browser:
        page = await console(browser, api, key, "setup/login")
        await page.get_by_role("button", name="Add", exact=True).click(timeout=SOON)
        await submit(
            page,
            Name="Company",
            Issuer="https://login.example",
            Client_id="desk",
            Client_secret="s3cret",
            Mail_domains="Shop.example\nshop2.example",
        )
        await expect(page.get_by_role("row", name="Company")).to_contain_text(
            "shop.example, shop2.example", timeout=SOON
        )
        await page.get_by_role("button", name="Edit: Company").click()
        await page.get_by_role("dialog").get_by_label("In use").uncheck()
        await submit(page)
        await expect(page.get_by_role("row", name="Company")).to_contain_text("Off", ignore_case=True, timeout=SOON)
        [kept] = await rows(api.url, "SELECT enabled, secret IS NOT NULL AS sealed FROM identity_providers")
        assert dict(kept) == {"enabled": False, "sealed": True}
        await page.get_by_role("button", name="Delete: Company").click()
        await submit(page)
        await expect(page.get_by_role("row", name="Company")).to_have_count(0, timeout=SOON)
        assert browser.faults.seen == []
