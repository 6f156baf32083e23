"""A customer on the chat and an agent on the console talk in two real pages with fake cameras, over the real API."""

import asyncio
import gzip
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Locator, Page, WebSocketRoute, expect

from tests.browser.desk import SOON, console, follow
from tests.browser.shop import Shop
from tests.support.api import Api, add_key, serving_api
from tests.support.browser import axe_violations, chromium
from tests.support.chat import make_chat, routing
from tests.support.desk import Desk, rows
from tests.support.lossy import HOOK, lossy
from tests.support.shop import ShopServer, shop_server
from tests.support.stream import numbering

pytestmark = [pytest.mark.database, pytest.mark.timeout(240)]
PATIENCE = 60.0
# `make screens` keeps what it looks like.
SCREENS = os.environ.get("CONSOLE_SCREENS", "")
STATIC = Path(__file__).parents[2] / "agent_api" / "static"
# A camera and a microphone that hum and count; what they see of each other stays on this machine.
FLAGS = (
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    "--auto-accept-this-tab-capture",
    "--allow-loopback-in-peer-connection",
    "--autoplay-policy=no-user-gesture-required",
)
# The pages keep their connections to themselves: the browser's own class is watched.
WATCH = """
const Real = window.RTCPeerConnection;
window.links = [];
window.RTCPeerConnection = class extends Real { constructor(...values) { super(...values); window.links.push(this); } };
void 0;
"""
STATS = """async () => {
    const link = window.links.at(-1);
    if (link === undefined) return { bytes: 0, frames: 0, kinds: [], live: [], sent: [] };
    const seen = { bytes: 0, frames: 0, kinds: [], path: /a=ice-ufrag:(\\S+)/.exec(link.remoteDescription?.sdp ?? "")?.[1], state: link.connectionState };
    for (const one of (await link.getStats()).values()) {
        if (one.type !== "inbound-rtp") continue;
        seen.bytes += one.bytesReceived;
        seen.frames += one.framesDecoded ?? 0;
        if (one.bytesReceived > 0) seen.kinds.push(one.kind);
    }
    seen.live = link.getReceivers().filter(({ track }) => track?.readyState === "live").map(({ track }) => track.kind).sort();
    seen.sent = link.getSenders().map(({ track }) => track?.label ?? "");
    return seen;
}"""


@dataclass
class Talk:
    """Both pages; `sockets` are the customer's, to be cut."""

    shop: Shop
    desk: Page
    sockets: list[WebSocketRoute] = field(default_factory=list)

    @property
    def pages(self) -> tuple[Page, Page]:
        return self.desk, self.shop.page

    def pane(self, page: Page) -> Locator:
        return page.locator(".calling, .call-pane")

    async def connect(self, kind: str = "Video call") -> None:
        """The customer rings from the chat, the agent answers in the console, and media comes in on both."""
        await self.shop.page.get_by_role("button", name=kind).click(timeout=SOON)
        await self.desk.get_by_role("alert").get_by_role("button", name="Answer", exact=True).click(timeout=SOON)
        for page in self.pages:
            await expect(self.pane(page).get_by_role("status")).to_have_text("Connected", timeout=SOON)

    async def stats(self, page: Page, wanted: str) -> dict[str, Any]:
        """What came in, once the expression over `now` holds."""
        async with asyncio.timeout(PATIENCE):
            while True:
                now: dict[str, Any] = await page.evaluate(STATS)
                if await page.evaluate(f"now => Boolean({wanted})", now):
                    return now
                await asyncio.sleep(0.1)

    async def flows(self, page: Page) -> dict[str, Any]:
        """Waits until more bytes and pictures have come in than had."""
        before = await page.evaluate(STATS)
        return await self.stats(page, f"now.bytes > {before['bytes']} && now.frames > {before['frames'] + 3}")


@pytest.fixture
async def server() -> AsyncIterator[ShopServer]:
    async with shop_server() as server:
        yield server


@pytest.fixture
async def desk(database_url: str, server: ShopServer) -> Desk:
    return await make_chat(
        database_url, origins=[server.origin], widget={"title": "Parcel help", "calls": "video", "call_backs": True}
    )


@pytest.fixture
async def api(database_url: str, tmp_path: Path, server: ShopServer, desk: Desk) -> AsyncIterator[Api]:
    async with serving_api(database_url) as api, numbering(database_url, api.bus), routing(api, tmp_path):
        server.embed(api.base, desk.account_id)
        yield api


@asynccontextmanager
async def talking(api: Api, desk: Desk, server: ShopServer, **look: Any) -> AsyncIterator[Talk]:
    key, _ = await add_key(api.url, desk.tenant_id, "agent", desk.agent_ids[0])
    async with chromium(*FLAGS) as browser:
        page = await console(browser, api, key, prefs=look.get("prefs"), viewport=look.get("viewport"))
        await page.evaluate(WATCH)
        shop = Shop(await browser.page(reduced_motion="reduce"), server)
        talk = Talk(shop, page)
        await shop.page.add_init_script(WATCH)

        def route(socket: WebSocketRoute) -> None:
            socket.connect_to_server()
            talk.sockets.append(socket)

        await shop.page.route_web_socket("**/v1/customer/stream*", route)
        await shop.visit()
        await shop.open()
        yield talk
        assert browser.faults.seen == []


async def test_a_customer_calls_by_video_and_both_see_and_hear_each_other_until_the_agent_hangs_up(
    api: Api, desk: Desk, server: ShopServer
) -> None:
    async with talking(api, desk, server) as talk:
        # Nobody wrote before: the wish is the first message, and the call belongs to its conversation.
        await talk.connect()
        for page in talk.pages:
            came = await talk.flows(page)
            assert came["live"] == ["audio", "video"]
            assert sorted(came["kinds"]) == ["audio", "video"]
            picture = talk.pane(page).locator("video.their")
            assert await picture.evaluate("video => video.videoWidth") > 0
            await expect(talk.pane(page).locator(".unseen")).to_have_count(0, timeout=SOON)
            assert await axe_violations(page) == []
        await talk.desk.get_by_role("button", name="Hang up").click()
        for page in talk.pages:
            await expect(talk.pane(page)).to_have_count(0, timeout=SOON)
        await expect(talk.shop.page.get_by_text("The call has ended")).to_be_visible()
        timeline = talk.desk.get_by_role("log")
        await expect(timeline).to_contain_text("I would like to talk by video.", timeout=SOON)
        await expect(timeline.locator(".fact", has_text="Video call from")).to_contain_text("Call ended", timeout=SOON)
        states = [await page.evaluate("window.links.at(-1).connectionState") for page in talk.pages]
    assert states == ["closed", "closed"]


async def test_an_agent_calls_a_customer_whose_chat_is_closed_and_no_focus_is_taken(
    api: Api, desk: Desk, server: ShopServer
) -> None:
    async with talking(api, desk, server) as talk:
        await talk.shop.write("Where is my parcel?")
        await talk.shop.shows("Where is my parcel?")
        await talk.desk.locator(".row", has_text="Where is my parcel?").click(timeout=SOON)
        await talk.shop.page.keyboard.press("Escape")
        await talk.shop.page.evaluate("document.body.tabIndex = -1, document.body.focus()")
        await talk.desk.get_by_role("button", name="Call by voice").click(timeout=SOON)
        ring = talk.shop.page.get_by_role("alert").filter(has_text="We are calling you")
        await expect(ring).to_be_visible(timeout=SOON)
        assert await talk.shop.page.evaluate("document.activeElement.tagName") == "BODY"
        assert await axe_violations(talk.shop.page) == []
        await ring.get_by_role("button", name="Answer").click()
        came = await talk.stats(talk.shop.page, "now.bytes > 0 && now.kinds.includes('audio')")
        # The customer hangs up, and the console says so.
        await talk.shop.page.get_by_role("button", name="Hang up").click()
        fact = talk.desk.locator(".fact", has_text="Voice call from")
        await expect(fact).to_contain_text("Call ended", timeout=SOON)
        await expect(talk.pane(talk.desk)).to_have_count(0)
    assert came["live"] == ["audio"]


async def test_who_declines_ends_the_ringing_on_both_sides(api: Api, desk: Desk, server: ShopServer) -> None:
    async with talking(api, desk, server) as talk:
        await talk.shop.page.get_by_role("button", name="Call us").click(timeout=SOON)
        await expect(talk.pane(talk.shop.page).get_by_role("status")).to_have_text("Ringing …", timeout=SOON)
        rings = talk.desk.get_by_role("alert")
        await expect(rings).to_contain_text("is calling", timeout=SOON)
        assert await axe_violations(talk.desk) == []
        await rings.get_by_role("button", name="Decline").click()
        await expect(talk.shop.page.get_by_text("Declined")).to_be_visible(timeout=SOON)
        await expect(rings.get_by_role("button")).to_have_count(0)


async def test_a_screen_takes_the_place_of_the_camera_and_gives_it_back(
    api: Api, desk: Desk, server: ShopServer
) -> None:
    async with talking(api, desk, server) as talk:
        await talk.connect()
        camera = (await talk.flows(talk.shop.page))["frames"]
        before = await talk.stats(talk.desk, "now.sent.length === 2")
        share = talk.desk.get_by_role("button", name="Share the screen")
        await share.click()
        await expect(share).to_have_attribute("aria-pressed", "true", timeout=SOON)
        shared = await talk.stats(talk.desk, f"!now.sent.includes({before['sent'][1]!r})")
        seen = await talk.flows(talk.shop.page)
        await share.click()
        await expect(share).to_have_attribute("aria-pressed", "false", timeout=SOON)
        after = await talk.stats(talk.desk, "true")
        await talk.flows(talk.shop.page)
        links = await talk.desk.evaluate("window.links.length")
    assert links == 1
    assert shared["sent"][1] != before["sent"][1]
    assert seen["frames"] > camera
    assert after["sent"] == before["sent"]


async def test_after_a_drop_of_the_network_both_find_a_new_path_and_media_flows_again(
    api: Api, desk: Desk, server: ShopServer
) -> None:
    async with talking(api, desk, server) as talk:
        await talk.connect()
        before = [await talk.flows(page) for page in talk.pages]
        await talk.sockets[-1].close(code=1001)
        paths = [one["path"] for one in before]
        # The name of a path is new with each ICE restart, and each side knows the other's.
        for page in talk.pages:
            await talk.stats(page, f"now.path && !{paths!r}.includes(now.path) && now.state === 'connected'")
        after = [await talk.flows(page) for page in talk.pages]
        for page in talk.pages:
            await expect(talk.pane(page).get_by_role("status")).to_have_text("Connected", timeout=SOON)
    assert [now["bytes"] > was["bytes"] for now, was in zip(after, before, strict=True)] == [True, True]


async def test_when_no_packet_comes_through_for_a_while_a_new_path_is_found_and_media_flows_again(
    api: Api, desk: Desk, server: ShopServer
) -> None:
    async with lossy() as network, talking(api, desk, server) as talk:
        for page in talk.pages:
            await network.join(page)
        await talk.desk.evaluate(HOOK)
        await talk.shop.visit()
        await talk.connect()
        before = [await talk.flows(page) for page in talk.pages]
        network.cut = True
        for page in talk.pages:
            status = talk.pane(page).get_by_role("status")
            await expect(status).to_contain_text("Looking for a new way", timeout=60_000)
        paths = [one["path"] for one in before]
        # Both agree on a new one while nothing comes through; else the old one could mend by itself.
        for page in talk.pages:
            await talk.stats(page, f"!{paths!r}.includes(now.path)")
        network.cut = False
        for page in talk.pages:
            await talk.stats(page, "now.state === 'connected'")
            await talk.flows(page)
            await expect(talk.pane(page).get_by_role("status")).to_have_text("Connected", timeout=SOON)
    assert network.passed > 0
    assert network.lost > 0


async def test_a_microphone_is_silenced_and_another_chosen_by_the_keyboard(
    api: Api, desk: Desk, server: ShopServer
) -> None:
    async with talking(api, desk, server, viewport={"width": 320, "height": 640}) as talk:
        await talk.connect()
        await talk.desk.get_by_role("button", name="Mute the microphone").press("Enter")
        enabled = await talk.desk.evaluate(
            "window.links.at(-1).getSenders().find(({track}) => track?.kind === 'audio').track.enabled"
        )
        before = await talk.desk.evaluate(STATS)
        await talk.desk.get_by_role("button", name="Microphone and camera").press("Enter")
        await talk.desk.get_by_role("menuitemradio", name="Fake Audio Input 2").press("Enter")
        chosen = await talk.stats(talk.desk, "now.sent.some((label) => label.includes('Audio Input 2'))")
        wide = await talk.desk.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert await axe_violations(talk.desk) == []
    assert (enabled, wide) == (False, True)
    assert chosen["sent"] != before["sent"]


async def test_who_may_not_use_the_microphone_is_told_why(api: Api, desk: Desk, server: ShopServer) -> None:
    async with talking(api, desk, server) as talk:
        refuse = "navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', '{}')); void 0"
        await talk.shop.page.evaluate(refuse.format("NotAllowedError"))
        await talk.shop.page.get_by_role("button", name="Call us").click(timeout=SOON)
        await expect(talk.shop.page.get_by_text("Your browser does not let this page use")).to_be_visible(timeout=SOON)
        await talk.desk.locator(".row").first.click(timeout=SOON)
        await talk.desk.evaluate(refuse.format("NotFoundError"))
        await talk.desk.get_by_role("button", name="Call by video").click(timeout=SOON)
        await expect(talk.desk.get_by_text("There is no microphone or camera.")).to_be_visible(timeout=SOON)
    assert await rows(api.url, "SELECT 1 FROM calls") == []


async def test_a_customer_chooses_a_time_to_be_called_back_and_the_agent_marks_it_done(
    api: Api, desk: Desk, server: ShopServer
) -> None:
    prefs = '{"context": true}'
    async with talking(api, desk, server, prefs=prefs, viewport={"width": 1400, "height": 800}) as talk:
        await talk.shop.page.get_by_role("button", name="Ask to be called back").click(timeout=SOON)
        form = talk.shop.page.get_by_role("form", name="When shall we call you back?")
        await form.get_by_label("Time").select_option(index=2, timeout=SOON)
        await form.get_by_label("Your number").fill("+31 20 123 4567")
        assert await axe_violations(talk.shop.page) == []
        await form.get_by_role("button", name="Call me then").click()
        await expect(talk.shop.page.get_by_text("We will call you back:")).to_be_visible(timeout=SOON)
        [case] = await rows(api.url, "SELECT id, status FROM conversations")
        await follow(talk.desk, f"inbox/{case['id']}")
        await expect(talk.desk.get_by_role("log")).to_contain_text("+31 20 123 4567", timeout=SOON)
        await expect(talk.desk.get_by_text("Chosen by the customer")).to_be_visible(timeout=SOON)
        assert await axe_violations(talk.desk) == []
        await talk.desk.get_by_role("button", name="Mark it done").click()
        await expect(talk.desk.get_by_text("Chosen by the customer")).to_have_count(0, timeout=SOON)
    [after] = await rows(api.url, "SELECT status FROM conversations")
    assert (case["status"], after["status"]) == ("snoozed", "open")
    assert await rows(api.url, "SELECT 1 FROM call_backs") == []


@pytest.mark.parametrize(
    ("look", "theme", "language"), [("light", "light", "en"), ("dark", "dark", "de"), ("rtl", "light", "ar")]
)
async def test_the_call_pane_is_clean_for_axe_and_leaves_room_to_write(
    api: Api, desk: Desk, server: ShopServer, look: str, theme: str, language: str
) -> None:
    prefs = f'{{"theme": "{theme}", "language": "{language}", "context": true}}'
    server.embed(api.base, desk.account_id, f'data-theme="{theme}"')
    async with talking(api, desk, server, prefs=prefs) as talk:
        await talk.shop.page.evaluate("Frontdesk.setAttributes({ name: 'Mia Jansen' })")
        await talk.shop.page.get_by_role("button", name="Video call").click(timeout=SOON)
        await talk.desk.locator(".rings .primary").click(timeout=SOON)
        await expect(talk.pane(talk.shop.page).get_by_role("status")).to_have_text("Connected", timeout=SOON)
        for page in talk.pages:
            await expect(talk.pane(page).locator(".unseen")).to_have_count(0, timeout=SOON)
            assert await axe_violations(page) == []
        width = await talk.desk.locator("#composer").evaluate("field => field.offsetWidth")
        hang_up = talk.desk.locator(".hang-up")
        inside = await hang_up.evaluate(
            "it => it.getBoundingClientRect().bottom <= it.closest('.calling').getBoundingClientRect().bottom"
        )
        if SCREENS:
            for page, name in zip(talk.pages, (f"{look}-call.jpg", f"{look}-widget-call.jpg"), strict=True):
                await page.screenshot(path=Path(SCREENS) / name, type="jpeg", quality=82)
    assert width >= 320
    assert inside


def test_what_is_loaded_when_somebody_calls_is_at_most_17_kilobytes() -> None:
    paths = [
        *(STATIC / "widget" / "calls").glob("*.js"),
        STATIC / "client" / "call.js",
        STATIC / "client" / "errors.js",
    ]
    assert sum(len(gzip.compress(path.read_bytes())) for path in paths) <= 17_000
