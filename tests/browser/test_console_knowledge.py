"""An article is written beside its preview, published, found, changed back and withdrawn, as who keeps the knowledge base would."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import expect

from tests.browser.desk import SOON, console
from tests.support.api import Api, add_key, serving_api
from tests.support.browser import axe_violations, chromium
from tests.support.desk import Desk, make_desk, rows
from tests.support.hostile_texts import hostile_texts
from tests.support.stream import numbering

pytestmark = pytest.mark.database
TEXT = """# In the mail

Your **tracking number** is in the mail. See [the page](https://track.example/a?b=1&c=2 "Track").

| Country | Days |
|---|---|
| NL & BE | < 2 |

![A parcel](https://pictures.example/parcel.png)
<script>window.hacked = 1</script> [x](javascript:window.hacked=1)
"""


@pytest.fixture
async def desk(database_url: str) -> Desk:
    return await make_desk(database_url, agents=1)


@pytest.fixture
async def api(database_url: str) -> AsyncIterator[Api]:
    async with serving_api(database_url) as api, numbering(database_url, api.bus):
        yield api


async def test_an_article_is_written_previewed_published_and_withdrawn(api: Api, desk: Desk) -> None:
    key, _ = await add_key(api.url, desk.tenant_id, "admin", desk.agent_ids[0])
    async with api.client(key) as client, chromium() as browser:
        for _ in range(2):
            asked = await client.get("/v1/knowledge/search", params={"q": "where is my parcel"})
            assert asked.json()["items"] == []
        page = await console(browser, api, key, "setup/knowledge")
        await page.get_by_label("New section").fill("Delivery", timeout=SOON)
        await page.get_by_role("button", name="Add", exact=True).last.click()
        await expect(page.get_by_role("button", name="Delete: Delivery")).to_be_visible(timeout=SOON)
        # From what was asked and not found.
        await page.get_by_role("button", name="Write about it: where is my parcel").click()
        dialog = page.get_by_role("dialog")
        await expect(dialog.get_by_label("Name in addresses")).to_have_value("where-is-my-parcel")
        await dialog.locator("button[type=submit]").click()
        text = page.get_by_label("Text", exact=True)
        await text.fill(TEXT, timeout=SOON)
        preview = page.get_by_role("region", name="Preview")
        await expect(preview.get_by_role("heading", name="In the mail")).to_be_visible(timeout=SOON)
        await expect(preview.get_by_role("link", name="the page")).to_have_attribute(
            "href", "https://track.example/a?b=1&c=2"
        )
        await expect(preview.get_by_role("row", name="NL & BE < 2")).to_be_visible()
        await expect(preview.get_by_text("Picture: A parcel")).to_be_visible()
        await expect(preview.get_by_text("<script>window.hacked = 1</script>")).to_be_visible()
        assert await preview.locator("script, img, [href^='javascript']").count() == 0
        assert await axe_violations(page) == []
        await page.get_by_label("Section").select_option(label="Delivery")
        await page.get_by_role("button", name="Save and publish").click()
        await expect(page.get_by_text("Published, version 1")).to_be_visible(timeout=SOON)
        found = (await client.get("/v1/knowledge/search", params={"q": "where is my parcel"})).json()["items"]
        assert [one["title"] for one in found] == ["where is my parcel"]
        # A second text, and the first one again.
        await text.fill("Elsewhere.")
        await page.get_by_role("button", name="Save and publish").click()
        await expect(page.get_by_text("Published, version 2")).to_be_visible(timeout=SOON)
        await page.get_by_role("button", name="Put into the text: 1").click()
        await expect(text).to_have_value(TEXT)
        await page.get_by_role("button", name="All articles").click()
        await page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
        await page.get_by_role("button", name="Save the draft").click()
        await expect(page.locator(".notice")).to_contain_text(["Saved."], timeout=SOON)
        await page.get_by_role("button", name="Withdraw").click()
        await expect(page.get_by_text("Draft", exact=True)).to_be_visible(timeout=SOON)
        await page.get_by_role("button", name="All articles").click()
        articles = page.get_by_role("region", name="Knowledge base")
        await expect(articles.get_by_role("row", name="where is my parcel")).to_contain_text("Draft", timeout=SOON)
        assert await page.evaluate("window.hacked ?? 0") == 0
        assert browser.faults.seen == []
    [kept] = await rows(api.url, "SELECT body, published, section_id FROM knowledge_articles")
    assert (kept["body"], kept["published"], kept["section_id"] is None) == (TEXT, None, False)


async def test_a_hostile_text_is_a_text_in_the_preview(api: Api, desk: Desk) -> None:
    key, _ = await add_key(api.url, desk.tenant_id, "admin", desk.agent_ids[0])
    async with api.client(key) as client, chromium() as browser:
        page = await console(browser, api, key, "setup/knowledge")
        bodies = [text for text in hostile_texts() if text.strip() and "\0" not in text]
        made = []
        for first in range(0, len(bodies), 20):
            answer = await client.post(
                "/v1/knowledge/preview", json={"body": "\n\n".join(bodies[first : first + 20])[:90_000]}
            )
            made.append(answer.json()["html"])
        seen = await page.evaluate(
            """async (all) => {
                const { tree } = await import("/static/widget/opened/markup.js");
                const tags = new Set(), places = new Set();
                const walk = (node) => {
                    if (typeof node === "string") return;
                    tags.add(node.tag);
                    if (node.href) places.add(node.href.split(":")[0]);
                    node.children.forEach(walk);
                };
                all.forEach((html) => tree(html).forEach(walk));
                return [[...tags], [...places], tree('<p onclick="x()">a<b>c</b></p></div><iframe src="https://x">d<a href="javascript:1">e</a>')];
            }""",
            made,
        )
        assert len(made) >= 10
        assert not {"script", "iframe", "style", "svg", "object", "form"} & set(seen[0])
        assert set(seen[1]) <= {"https", "mailto", "tel"}
        # Elements that aren't on the list are left out, their words stay; attributes but a safe address are dropped.
        assert seen[2] == [
            {"tag": "p", "alt": "", "children": ["a", "c"]},
            "d",
            {"tag": "a", "alt": "", "children": ["e"]},
        ]
        assert browser.faults.seen == []
