"""Articles are written, published, found by customers in their own words, and better found the more they are opened."""

from collections.abc import AsyncIterator

import pytest

from agent_api.knowledge.finding import without_personal_data
from tests.support.api import Api, add_key, running_api
from tests.support.chat import make_chat
from tests.support.desk import Desk

pytestmark = pytest.mark.database

ARTICLES = {
    "Where is my parcel?": "The tracking number is in the mail that we sent when your shipment left our warehouse.",
    "How do I change my password?": "Open *Settings*, choose **Password**, and type the new one twice.",
    "Can I send something back?": "Yes, within 30 days. Print the label from your account; returns are free.",
    "Which payment methods do you accept?": "Cards, bank transfer and invoice.",
}


@pytest.fixture
async def api(database_url: str) -> AsyncIterator[Api]:
    async with running_api(database_url) as api:
        yield api


async def publish(api: Api, key: str, title: str, text: str, **more: object) -> str:
    async with api.client(key) as client:
        slug = "".join(letter if letter.isalnum() else "-" for letter in title.lower()).strip("-")
        body = {"slug": slug, "language": "en", "title": title, "body": text, **more}
        made = await client.post("/v1/knowledge/articles", json=body)
        assert made.status_code == 201, made.text
        article_id = str(made.json()["id"])
        answer = await client.post(f"/v1/knowledge/articles/{article_id}/publish")
        assert answer.status_code == 200, answer.text
    return article_id


async def filled(api: Api) -> tuple[Desk, str, dict[str, str]]:
    desk = await make_chat(api.url)
    key, _ = await add_key(api.url, desk.tenant_id, role="admin")
    return desk, key, {title: await publish(api, key, title, text) for title, text in ARTICLES.items()}


async def ask(api: Api, account_id: str, q: str, **more: object) -> dict[str, object]:
    async with api.client() as client:
        params = {"account_id": account_id, "q": q, **{name: str(value) for name, value in more.items()}}
        answer = await client.get("/v1/customer/knowledge/search", params=params)
        assert answer.status_code == 200, answer.text
        found: dict[str, object] = answer.json()
    return found


def titles(found: dict[str, object]) -> list[str]:
    items = found["items"]
    assert isinstance(items, list)
    return [item["title"] for item in items]


async def test_a_customer_finds_an_article_by_other_forms_mistyped_words_and_synonyms(api: Api) -> None:
    desk, key, _ = await filled(api)
    chat = desk.account_id
    assert titles(await ask(api, chat, "changing passwords"))[0] == "How do I change my password?"
    assert titles(await ask(api, chat, "trackign numbr of my shipmnet"))[0] == "Where is my parcel?"
    assert titles(await ask(api, chat, "refund")) == []
    async with api.client(key) as client:
        answer = await client.put("/v1/knowledge/synonyms/en", json={"groups": [["refund", "returns"]]})
        assert answer.json() == {"groups": [["refund", "returns"]]}
    assert titles(await ask(api, chat, "refund")) == ["Can I send something back?"]


async def test_what_is_opened_is_found_by_the_next_who_asks_so_and_counts_once(api: Api) -> None:
    desk, _, ids = await filled(api)
    chat = desk.account_id
    wanted = ids["Can I send something back?"]
    first = await ask(api, chat, "my shoes do not fit, label")
    assert titles(first) == ["Can I send something back?"]
    assert titles(await ask(api, chat, "shoes")) == []
    async with api.client() as client:
        said = {"account_id": chat, "search_id": first["search_id"], "article_id": wanted}
        for _ in range(3):
            assert (await client.post("/v1/customer/knowledge/opened", json=said)).status_code == 204
        other = {**said, "article_id": ids["Where is my parcel?"]}
        assert (await client.post("/v1/customer/knowledge/opened", json=other)).status_code == 404
    assert titles(await ask(api, chat, "shoes")) == ["Can I send something back?"]


async def test_drafts_withdrawn_articles_and_other_brands_are_not_found(api: Api) -> None:
    desk, key, ids = await filled(api)
    chat = desk.account_id
    await publish(api, key, "Zebra club", "Only for zebras.", brand="zebra")
    assert titles(await ask(api, chat, "zebra")) == []
    assert titles(await ask(api, chat, "zebra", brand="zebra")) == ["Zebra club"]
    article = ids["Where is my parcel?"]
    async with api.client(key) as client:
        changed = await client.put(
            f"/v1/knowledge/articles/{article}",
            json={"slug": "parcel", "language": "en", "title": "Quagga", "body": "Quagga."},
            headers={"If-Match": "*"},
        )
        assert changed.status_code == 200
        assert titles(await ask(api, chat, "quagga")) == []
        assert titles(await ask(api, chat, "parcel")) == ["Where is my parcel?"]
        assert (await client.post(f"/v1/knowledge/articles/{article}/withdraw")).json()["published"] is None
        assert titles(await ask(api, chat, "parcel")) == []
        await client.post(f"/v1/knowledge/articles/{article}/publish")
        assert titles(await ask(api, chat, "quaga")) == ["Quagga"]
        versions = (await client.get(f"/v1/knowledge/articles/{article}/versions")).json()["items"]
        assert [version["title"] for version in versions] == ["Quagga", "Where is my parcel?"]
        assert (await client.delete(f"/v1/knowledge/articles/{article}", headers={"If-Match": "*"})).status_code == 204
    assert titles(await ask(api, chat, "quagga")) == []


async def test_another_tenants_articles_are_not_found(api: Api) -> None:
    await filled(api)
    chat = (await make_chat(api.url)).account_id
    assert titles(await ask(api, chat, "parcel password returns")) == []


async def test_an_article_stands_in_no_section_of_another_tenant(api: Api) -> None:
    _, key, ids = await filled(api)
    theirs = (await add_key(api.url, (await make_chat(api.url)).tenant_id, role="admin"))[0]
    async with api.client(theirs) as client:
        section = (await client.post("/v1/knowledge/sections", json={"title": "Theirs"})).json()["id"]
    body = {"slug": "x", "language": "en", "title": "x", "body": "x", "section_id": section}
    article = f"/v1/knowledge/articles/{ids['Where is my parcel?']}"
    async with api.client(key) as client:
        made = await client.post("/v1/knowledge/articles", json=body)
        changed = await client.put(article, json=body, headers={"If-Match": "*"})
        missing = await client.post(
            "/v1/knowledge/articles", json=body | {"section_id": "sec_0190f3a87b3c7d5e8f9a0b1c2d3e4f50"}
        )
    assert [(answer.status_code, answer.json()["code"]) for answer in (made, changed, missing)] == [
        (409, "conflict")
    ] * 3


async def test_what_nobody_opens_is_a_gap_without_numbers_and_addresses(api: Api) -> None:
    desk, key, _ = await filled(api)
    chat = desk.account_id
    for _ in range(3):
        await ask(api, chat, "Do you sell gift cards? Mail ana@customer.example.test 0151 2345678")
    async with api.client(key) as client:
        gaps = (await client.get("/v1/knowledge/gaps")).json()["items"]
    assert [(gap["words"], gap["asked"]) for gap in gaps] == [("do you sell gift cards? mail … …", 3)]


def test_a_question_is_kept_without_what_points_to_a_person() -> None:
    assert (
        without_personal_data("Order 12345 for a@b.example?  https://x.example/?t=1 PIN 123")
        == "order … for … … pin 123"
    )


async def test_pages_need_no_script_and_show_hostile_texts_as_text(api: Api) -> None:
    desk, key, _ = await filled(api)
    chat = desk.account_id
    hostile = (
        "<script>alert(1)</script> [x](javascript:alert(1)) ![p](http://evil.example/a.png) <b onclick=x>b</b>\n\n"
        "![film](https://files.example/a.mp4) ![pic](https://files.example/a.png)"
    )
    await publish(api, key, "<img src=x onerror=alert(1)>", hostile)
    async with api.client() as client:
        contents = await client.get(f"/help/{chat}")
        assert "Where is my parcel?" in contents.text
        assert "script-src" not in contents.headers["Content-Security-Policy"]
        page = await client.get(f"/help/{chat}/img-src-x-onerror-alert-1")
        assert page.status_code == 200
        for forbidden in ("<script", 'href="javascript', "http://evil", "<b ", "<img src=x"):
            assert forbidden not in page.text
        assert '<video src="https://files.example/a.mp4" controls' in page.text
        found = await client.get(f"/help/{chat}", params={"q": "parcel <script>"})
        assert "<script" not in found.text
        link = found.text.split(f'href="/help/{chat}/')[1].split('"')[0]
        opened = await client.get(f"/help/{chat}/{link}", follow_redirects=False)
        assert (opened.status_code, opened.headers["Location"]) == (303, f"/help/{chat}/where-is-my-parcel")
        odd = (
            f"/help/{chat}/nothing",
            f"/help/{chat}/a%00b",
            "/help/acc%00",
            f"/help/{chat}/where-is-my-parcel?from=%00",
        )
        assert [(await client.get(address)).status_code for address in odd] == [404] * 4


async def test_opinions_are_counted(api: Api) -> None:
    desk, key, ids = await filled(api)
    chat = desk.account_id
    article = ids["Which payment methods do you accept?"]
    async with api.client() as client:
        for helpful in (True, True, False):
            said = {"account_id": chat, "helpful": helpful}
            answer = await client.post(f"/v1/customer/knowledge/articles/{article}/opinions", json=said)
            assert answer.status_code == 204
    async with api.client(key) as client:
        shown = (await client.get(f"/v1/knowledge/articles/{article}")).json()
    assert (shown["helpful"], shown["unhelpful"]) == (2, 1)
