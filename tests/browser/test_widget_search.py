"""The chat's search of the knowledge base, on a page of another origin under a strict content policy."""

import gzip
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.browser.desk import SOON
from tests.browser.shop import Shop
from tests.support.api import Api, add_key, serving_api
from tests.support.browser import axe_violations, chromium
from tests.support.chat import make_chat, routing
from tests.support.desk import Desk, rows
from tests.support.shop import ShopServer, shop_server
from tests.support.stream import numbering

pytestmark = pytest.mark.database
ARTICLE = {
    "slug": "where-is-my-parcel",
    "language": "en",
    "title": "Where is my parcel?",
    "body": "# On its way\n\nThe **tracking number** is in the [mail](https://mail.example/x).\n\n![A parcel](https://pictures.example/a.png)\n\n"
    "<img src=x onerror=window.hacked=1> [no](javascript:window.hacked=1)\n\n| NL | 2 |\n|---|---|\n| BE | 3 |",
}
OPENED = Path(__file__).parents[2] / "agent_api/static/widget/opened"


@pytest.fixture
async def server() -> AsyncIterator[ShopServer]:
    async with shop_server() as server:
        yield server


@pytest.fixture
async def desk(database_url: str, server: ShopServer) -> Desk:
    return await make_chat(database_url, origins=[server.origin])


@pytest.fixture
async def api(database_url: str, tmp_path: Path, server: ShopServer, desk: Desk) -> AsyncIterator[Api]:
    async with serving_api(database_url) as api, numbering(database_url, api.bus), routing(api, tmp_path):
        server.embed(api.base, desk.account_id)
        yield api


async def test_an_answer_is_found_opened_and_judged_and_a_human_is_one_press_away(
    api: Api, desk: Desk, server: ShopServer
) -> None:
    key, _ = await add_key(api.url, desk.tenant_id)
    async with api.client(key) as client:
        article = (await client.post("/v1/knowledge/articles", json=ARTICLE)).json()
        assert (await client.post(f"/v1/knowledge/articles/{article['id']}/publish")).status_code == 200
        told = (await client.get("/v1/customer/desk", params={"account": desk.account_id})).json()
    async with chromium() as browser:
        shop = Shop(await browser.page(reduced_motion="reduce"), server)
        await shop.visit()
        await shop.open()
        search = shop.page.get_by_role("searchbox", name="Search for an answer")
        await search.fill("wher is my parcell", timeout=SOON)
        await shop.page.get_by_role("button", name="Where is my parcel?").click(timeout=SOON)
        await expect(shop.page.get_by_role("heading", name="Where is my parcel?")).to_be_focused(timeout=SOON)
        shown = shop.page.get_by_role("article")
        await expect(shown.get_by_role("link", name="mail")).to_have_attribute("href", "https://mail.example/x")
        await expect(shown.get_by_role("link", name="A parcel")).to_have_attribute(
            "href", "https://pictures.example/a.png"
        )
        await expect(shown).to_contain_text("<img src=x onerror=window.hacked=1>")
        assert await shown.locator("img, script, [href^=javascript]").count() == 0
        assert await axe_violations(shop.page) == []
        await shop.page.get_by_role("group", name="Did this help?").get_by_role("button", name="Yes").click()
        await expect(shop.page.get_by_text("Thank you!")).to_be_visible(timeout=SOON)
        await shop.page.get_by_role("button", name="Back").click()
        await expect(shop.page.get_by_role("button", name="Where is my parcel?")).to_be_focused()
        await search.fill("zzzzqqqq xxyyzz")
        await expect(shop.page.get_by_text("Nothing found. Ask us below.")).to_be_visible(timeout=SOON)
        # Nobody is online on this desk, and the button says so.
        assert told["state"] == "online"
        human = shop.page.get_by_role("button", name="Ask a person")
        await expect(human).to_contain_text("Somebody is here now")
        assert await axe_violations(shop.page) == []
        await human.click()
        await expect(shop.page.get_by_label("Your message")).to_be_focused()
        await shop.write("I would rather ask")
        await shop.shows("I would rather ask")
        await expect(search).to_be_hidden()
        assert await shop.page.evaluate("window.hacked ?? 0") == 0
        assert browser.faults.seen == []
    [kept] = await rows(api.url, "SELECT helpful, unhelpful FROM knowledge_articles")
    assert (kept["helpful"], kept["unhelpful"]) == (1, 0)


async def test_how_long_a_human_takes_is_what_the_desk_says(api: Api, desk: Desk, server: ShopServer) -> None:
    await rows(api.url, "UPDATE agents SET presence = 'offline' WHERE tenant_id = $1", desk.tenant_id)
    async with chromium() as browser:
        shop = Shop(await browser.page(reduced_motion="reduce"), server)
        await shop.visit()
        await shop.open()
        human = shop.page.get_by_role("button", name="Ask a person")
        await expect(human).to_contain_text("Nobody is here right now, but we will answer", timeout=SOON)
        # As it is shown to readers of Arabic.
        page = await browser.page(locale="ar", reduced_motion="reduce")
        await page.goto(f"{api.base}/chat?account={desk.account_id}")
        await expect(page.get_by_role("searchbox", name="ابحث عن جواب")).to_be_visible(timeout=SOON)
        assert await page.get_by_role("searchbox").evaluate("field => getComputedStyle(field).direction") == "rtl"
        assert await axe_violations(page) == []
        assert browser.faults.seen == []


async def test_other_channels_are_shown_as_offered_and_open_on_the_device(
    api: Api, desk: Desk, server: ShopServer
) -> None:
    await rows(
        api.url,
        "INSERT INTO channel_accounts (id, tenant_id, channel, name, external_id, config, team_id) "
        "VALUES ('acc_call', $1, 'twilio_voice', 'Line', '+31201234567', '', $2), "
        "('acc_page', $1, 'messenger', 'Page', '1234567890', '', $2), ('acc_rcs', $1, 'rcs', 'RCS', 'x', '', $2)",
        desk.tenant_id,
        desk.team_id,
    )
    async with chromium() as browser:
        shop = Shop(await browser.page(reduced_motion="reduce"), server)
        await shop.visit()
        await shop.open()
        ways = shop.page.get_by_role("navigation", name="Other ways to reach us")
        await expect(ways.get_by_role("listitem")).to_have_count(3, timeout=SOON)
        call = ways.get_by_role("link", name="Call us")
        await expect(call).to_have_attribute("href", "tel:+31201234567")
        await expect(call).to_contain_text("Somebody is here now")
        await expect(ways.get_by_role("link", name="Messenger")).to_have_attribute("href", "https://m.me/1234567890")
        assert await axe_violations(shop.page) == []
        await ways.get_by_role("button", name="Chat here").click()
        await expect(shop.page.get_by_label("Your message")).to_be_focused()
        await shop.write("I stay here")
        await expect(ways).to_have_count(0, timeout=SOON)
        assert browser.faults.seen == []


async def test_the_tenants_switch_takes_the_other_channels_away(api: Api, desk: Desk, server: ShopServer) -> None:
    key, _ = await add_key(api.url, desk.tenant_id)
    async with api.client(key) as client:
        answer = await client.put("/v1/offers/settings", json={"enabled": False}, headers={"If-Match": "*"})
        assert answer.status_code == 200
    async with chromium() as browser:
        shop = Shop(await browser.page(reduced_motion="reduce"), server)
        await shop.visit()
        async with shop.page.expect_response("**/v1/offers"):
            await shop.open()
        await expect(shop.page.get_by_role("button", name="Ask a person")).to_be_visible(timeout=SOON)
        assert await shop.page.get_by_role("navigation").count() == 0
        assert browser.faults.seen == []


def test_what_is_loaded_once_a_chat_is_opened_is_at_most_8500_bytes() -> None:
    sizes = {path.name: len(gzip.compress(path.read_bytes())) for path in OPENED.glob("*.js")}
    assert "finder.js" in sizes
    assert sum(sizes.values()) <= 8_500
