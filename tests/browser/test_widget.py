"""The chat widget in a real browser, on a page of another origin under a strict content policy, with an agent at the API."""

import asyncio
import gzip
import json
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, WebSocketRoute

from schemas.inbound import InboundRecord, ReceiptReceived
from schemas.topics import INBOUND
from tests.browser.shop import Shop
from tests.support.api import Api, add_key, serving_api, until
from tests.support.browser import axe_violations, chromium
from tests.support.chat import identity_of, make_chat, routing
from tests.support.desk import Desk, rows
from tests.support.hostile_contents import hostile_contents
from tests.support.shop import ShopServer, shop_server
from tests.support.stream import numbering

pytestmark = pytest.mark.database
# `make screens` keeps what it looks like.
SCREENS = os.environ.get("CONSOLE_SCREENS", "")
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d4944415478da63f8cfc0f01f00050001ff89993d1d0000000049454e44ae426082"
)


@pytest.fixture
async def server() -> AsyncIterator[ShopServer]:
    async with shop_server() as server:
        yield server


@pytest.fixture
async def desk(database_url: str, server: ShopServer) -> Desk:
    return await make_chat(
        database_url, origins=[server.origin], widget={"title": "Parcel help", "starters": ["Where is my parcel?"]}
    )


@pytest.fixture
async def api(database_url: str, tmp_path: Path, server: ShopServer, desk: Desk) -> AsyncIterator[Api]:
    async with serving_api(database_url) as api, numbering(database_url, api.bus), routing(api, tmp_path):
        server.embed(api.base, desk.account_id)
        yield api


class Agent:
    """An agent's program."""

    def __init__(self, api: Api, key: str) -> None:
        self._api = api
        self._key = key

    async def conversation(self) -> str:
        for _ in range(1000):
            async with self._api.client(self._key) as client:
                items = (await client.get("/v1/conversations")).json()["items"]
            if items:
                return str(items[0]["id"])
            await asyncio.sleep(0.02)
        raise AssertionError("no conversation came")

    async def messages(self, count: int) -> list[dict[str, Any]]:
        """All messages, the oldest first, once there are so many."""
        conversation_id = await self.conversation()
        for _ in range(1000):
            async with self._api.client(self._key) as client:
                query: dict[str, str | int] = {"order": "oldest_first", "limit": 200}
                items: list[dict[str, Any]] = (
                    await client.get(f"/v1/conversations/{conversation_id}/messages", params=query)
                ).json()["items"]
            if len(items) >= count:
                return items
            await asyncio.sleep(0.02)
        raise AssertionError(f"{len(items)} of {count} messages came")

    async def reply(self, text: str, **more: Any) -> str:
        conversation_id = await self.conversation()
        async with self._api.client(self._key) as client:
            body = {"content": {"type": "text", "text": text, **more}}
            answer = await client.post(f"/v1/conversations/{conversation_id}/messages", json=body)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])


@pytest.fixture
async def agent(api: Api, desk: Desk) -> Agent:
    key, _ = await add_key(api.url, desk.tenant_id, "agent", desk.agent_ids[0])
    return Agent(api, key)


async def test_a_customer_and_an_agent_talk_both_ways_over_pages_and_tabs(
    api: Api, desk: Desk, server: ShopServer, agent: Agent
) -> None:
    async with chromium() as browser:
        shop = Shop(await browser.page(reduced_motion="reduce"), server)
        await shop.visit()
        await shop.open()
        assert await axe_violations(shop.page) == []
        await shop.page.get_by_role("button", name="Where is my parcel?").click()
        reply_id = await agent.reply(
            "Is it *this* one?", format="light", buttons=[{"id": "yes", "title": "Yes, that one"}]
        )
        await shop.shows("Is it this one?")
        await shop.page.get_by_role("button", name="Yes, that one").click()
        first, answer, choice = await agent.messages(3)
        await shop.page.locator("input[type=file]").set_input_files(
            {"name": "broken.png", "mimeType": "image/png", "buffer": PNG}
        )
        picture = (await agent.messages(4))[3]
        await shop.log().get_by_role("img").wait_for()
        await until_read(api, reply_id)
        if SCREENS:
            await shop.page.screenshot(path=Path(SCREENS) / "widget.jpg", type="jpeg", quality=82)
        assert await axe_violations(shop.page) == []
        await shop.visit("/next")
        await shop.shows("Is it this one?")
        tab = Shop(await shop.page.context.new_page(), server)
        await tab.visit("/tab")
        await tab.open()
        await tab.write("From the other tab")
        await shop.shows("From the other tab")
        assert (await shop.texts()).count("From the other tab") == 1
        assert browser.faults.seen == []
    assert [first["content"]["text"], choice["content"]["choice"]["id"]] == ["Where is my parcel?", "yes"]
    assert picture["content"]["media"][0]["mime"] == "image/png"
    assert answer["author"]["kind"] == "agent"


async def until_read(api: Api, message_id: str) -> None:
    """Until the customer's browser has said so."""

    def said() -> bool:
        events = [InboundRecord.model_validate_json(record.value).event for record in api.bus.records(INBOUND)]
        return any(isinstance(event, ReceiptReceived) and event.provider_message_id == message_id for event in events)

    await until(said)


class Tunnel:
    """The customer's network: connections break after some frames, and none comes up while it is dark."""

    def __init__(self) -> None:
        self.dark = False
        self.frames = 0
        self.cuts = 0
        self._open: list[WebSocketRoute] = []

    async def dig(self, page: Page) -> None:
        await page.route_web_socket("**/v1/customer/stream**", self._pass)

    async def _pass(self, ours: WebSocketRoute) -> None:
        if self.dark:
            await ours.close(code=1001)
            return
        theirs = ours.connect_to_server()
        self._open.append(ours)

        def down(message: str | bytes) -> None:
            kind = json.loads(message)["type"]
            self.frames += 1
            # Each third ack is lost: whether what was said arrived, the customer can't know.
            if kind == "ack" and self.frames % 3 == 0:
                self.cuts += 1
                asyncio.get_running_loop().create_task(ours.close(code=1001))
                return
            ours.send(message)

        theirs.on_message(down)

    async def darken(self) -> None:
        self.dark = True
        for one in self._open:
            await one.close(code=1001)
        self._open.clear()


async def test_what_is_said_in_a_tunnel_arrives_once_and_in_order_when_it_ends(
    api: Api, desk: Desk, server: ShopServer, agent: Agent
) -> None:
    async with chromium() as browser:
        shop, tunnel = Shop(await browser.page(reduced_motion="reduce"), server), Tunnel()
        await tunnel.dig(shop.page)
        await shop.visit()
        await shop.open()
        for number in range(6):
            await shop.write(f"before {number}")
        await agent.messages(6)
        await tunnel.darken()
        for number in range(4):
            await shop.write(f"inside {number}")
            await agent.reply(f"answer {number}")
        await shop.visit("/page-in-the-tunnel")
        await shop.shows("inside 3")
        tunnel.dark = False
        await shop.shows("answer 3")
        said = await agent.messages(14)
        await shop.page.wait_for_function(
            "() => document.querySelector('frontdesk-chat').shadowRoot.querySelectorAll('.waiting').length === 0"
        )
        shown = await shop.texts()
    ours = [f"before {number}" for number in range(6)] + [f"inside {number}" for number in range(4)]
    answers = [f"answer {number}" for number in range(4)]
    told = [message["content"]["text"] for message in said]
    assert [text for text in told if text in ours] == ours
    assert [text for text in shown if text in ours] == ours
    assert [text for text in shown if text in answers] == answers
    assert len(shown) == len(told) == 14
    assert tunnel.cuts > 0


async def test_hostile_texts_are_shown_and_nothing_more(api: Api, desk: Desk, server: ShopServer, agent: Agent) -> None:
    async with chromium() as browser:
        server.embed(api.base, desk.account_id, 'data-theme="dark"')
        shop = Shop(await browser.page(viewport={"width": 360, "height": 640}), server)
        await shop.visit()
        await shop.page.evaluate(TRAP)
        await shop.open()
        await shop.write("<img src=x onerror=alert(1)>")
        conversation_id = await agent.conversation()
        contents = hostile_contents()
        await fill_history(api, desk, conversation_id, contents)
        await shop.visit("/again")
        await shop.page.evaluate(TRAP)
        await shop.log().locator("li.row").nth(45).wait_for()
        held = await shop.page.evaluate(HELD)
        seen = browser.faults.seen
    assert len(contents) >= 40
    assert held["ran"] == []
    assert held["strange"] == []
    assert held["links"] == []
    assert held["wide"] == []
    assert [fault for fault in seen if "script" in fault] == []


TRAP = "() => { window.ran = []; window.alert = (what) => window.ran.push(String(what)); }"
HELD = """() => {
  const root = document.querySelector('frontdesk-chat').shadowRoot;
  const log = root.querySelector('.scroll');
  const own = new Set('OL LI DIV P SPAN A I IMG SMALL TIME STRONG EM S CODE BUTTON UL DETAILS SUMMARY svg path AUDIO VIDEO'.split(' '));
  return {
    ran: window.ran,
    strange: [...log.querySelectorAll('*')].filter((e) => !own.has(e.tagName) || [...e.attributes].some((a) => a.name.startsWith('on'))).map((e) => e.outerHTML.slice(0, 100)),
    links: [...log.querySelectorAll('a')].map((a) => a.href).filter((url) => !/^https?:/.test(url)),
    wide: [...log.querySelectorAll('*')].filter((e) => log.scrollWidth > log.clientWidth && !e.closest('.cards') && e.getBoundingClientRect().right > log.getBoundingClientRect().right + 1).map((e) => e.tagName + '.' + e.className + ' ' + e.textContent.slice(0, 30)),
  };
}"""


async def fill_history(api: Api, desk: Desk, conversation_id: str, contents: list[dict[str, Any]]) -> None:
    await rows(
        api.url,
        "INSERT INTO messages (id, tenant_id, conversation_id, account_id, direction, author_kind, author_id, content, received_at, sort_at, state) "
        "SELECT 'msg_hostile' || n, $1, $2, $3, 'out', 'agent', $4, c::jsonb, now(), now() + n * interval '1 ms', 'sent' "
        "FROM unnest($5::text[]) WITH ORDINALITY AS t (c, n)",
        desk.tenant_id,
        conversation_id,
        desk.account_id,
        desk.agent_ids[0],
        [json.dumps(content) for content in contents],
    )


async def test_the_pages_functions_sign_in_and_out_and_tell_what_happens(
    api: Api, desk: Desk, server: ShopServer, agent: Agent
) -> None:
    async with chromium() as browser:
        server.embed(api.base, desk.account_id, 'data-lang="ar"')
        shop = Shop(await browser.page(locale="ar", reduced_motion="reduce"), server)
        await shop.visit()
        await shop.page.wait_for_function("() => document.querySelector('frontdesk-chat')")
        await shop.page.evaluate(
            "(token) => { window.told = []; for (const name of ['open', 'close', 'error']) Frontdesk.on(name, () => window.told.push(name));"
            " Frontdesk.identify(token); Frontdesk.open(); }",
            identity_of("c-42", name="Mia"),
        )
        direction = await shop.page.locator("frontdesk-chat .chat").get_attribute("dir")
        assert await axe_violations(shop.page) == []
        await shop.page.get_by_label("رسالتك").fill("مرحبا")
        await shop.page.keyboard.press("Enter")
        [message] = await agent.messages(1)
        await shop.page.keyboard.press("Escape")
        await shop.page.evaluate("Frontdesk.reset()")
        await shop.page.wait_for_function("() => !Object.keys(localStorage).some((key) => key.endsWith('session'))")
        told = await shop.page.evaluate("window.told")
        focus = await shop.page.evaluate("document.querySelector('frontdesk-chat').shadowRoot.activeElement?.className")
        assert browser.faults.seen == []
    [contact] = await rows(api.url, "SELECT name FROM contacts WHERE tenant_id = $1", desk.tenant_id)
    assert (direction, told, focus) == ("rtl", ["open", "close"], "launcher")
    assert contact["name"] == "Mia"
    assert message["content"]["text"] == "مرحبا"


def test_all_that_a_page_loads_is_at_most_25_kilobytes() -> None:
    folder = Path(__file__).parents[2] / "agent_api" / "static" / "widget"
    sizes = {path.name: len(gzip.compress(path.read_bytes())) for path in folder.glob("*.js")}
    words = max(len(gzip.compress(path.read_bytes())) for path in (folder / "words").glob("*.js"))
    assert "widget.js" in sizes
    assert sum(sizes.values()) + words <= 25_000
