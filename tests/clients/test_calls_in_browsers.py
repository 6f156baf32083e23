"""A customer and an agent talk in two real browsers with fake cameras: media flows, both may offer at once, and drops mend."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from fastapi import FastAPI
from playwright.async_api import Page
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route
from starlette.staticfiles import StaticFiles

from tests.support.api import Api, add_conversation, add_key, serving_api
from tests.support.browser import Chromium, chromium
from tests.support.calls import make_visited_desk, visitor_token
from tests.support.stream import numbering

pytestmark = [pytest.mark.database, pytest.mark.timeout(180)]
FOLDER = Path(__file__).parents[2] / "clients" / "javascript"
PATIENCE = 60.0
# A camera and a microphone that hum and count; what they see of each other stays on this machine.
FLAGS = (
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    "--auto-accept-this-tab-capture",
    "--allow-loopback-in-peer-connection",
    "--autoplay-policy=no-user-gesture-required",
)
SHELL = '<!doctype html><title>call</title><video autoplay muted></video><script type="module" src="/client/test/call-page.mjs"></script>'


@dataclass
class Talk:
    """Both pages, and the conversation they talk on."""

    agent: Page
    customer: Page
    conversation_id: str

    async def connect(self, kind: str = "video") -> None:
        """The customer rings, the agent answers, and both hear of each other."""
        await self.customer.evaluate("kind => window.side.calls.start({ kind }).then(() => {})", kind)
        await self.agent.wait_for_function("window.side.rings.length > 0")
        await self.agent.evaluate(
            "kind => window.side.calls.answer(window.side.rings.at(-1).call_id, kind).then(() => {})", kind
        )
        for page in (self.agent, self.customer):
            await page.wait_for_function("window.side.call?.state === 'connected'")

    async def stats(self, page: Page, holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """What came in, once it is as asked."""
        async with asyncio.timeout(PATIENCE):
            while True:
                found: dict[str, Any] = await page.evaluate("window.side.stats()")
                if holds(found):
                    return found
                await asyncio.sleep(0.05)

    async def flows(self, page: Page, *, pictures: bool = True) -> dict[str, Any]:
        """Waits until more has come in than had, bytes and pictures; what there is then."""
        before = await self.stats(page, lambda _now: True)
        more = 5 if pictures else 0
        return await self.stats(
            page, lambda now: now["bytes"] > before["bytes"] and now["frames"] >= before["frames"] + more
        )


async def _shell(_request: Request) -> Response:
    return HTMLResponse(SHELL)


def serve_pages(api: Api) -> None:
    """The client as a page of the same server: browsers keep pages from elsewhere away from this machine."""
    app = api.agent.app
    assert isinstance(app, FastAPI)
    app.router.routes.append(Route("/client/", _shell))
    app.mount("/client", StaticFiles(directory=FOLDER))


async def _page(browser: Chromium, base: str, **query: str) -> Page:
    page = await browser.page(bypass_csp=True)
    await page.goto(f"{base}/client/?{urlencode(query)}")
    await page.wait_for_function("window.side?.opened > 0")
    return page


@asynccontextmanager
async def talking(api: Api) -> AsyncIterator[Talk]:
    desk = await make_visited_desk(api.url)
    key, _ = await add_key(api.url, desk.tenant_id, "agent", desk.agent_ids[0])
    conversation_id = await add_conversation(api.url, desk, contact_address="vis_1", agent_id=desk.agent_ids[0])
    async with chromium(*FLAGS) as browser:
        customer = await _page(
            browser, api.base, side="customer", account=desk.account_id, token=visitor_token("vis_1")
        )
        agent = await _page(browser, api.base, side="agent", key=key)
        yield Talk(agent, customer, conversation_id)
        assert browser.faults.seen == []


@pytest.fixture
async def api(database_url: str) -> AsyncIterator[Api]:
    async with serving_api(database_url) as api, numbering(database_url, api.bus):
        serve_pages(api)
        yield api


async def test_two_browsers_see_and_hear_each_other_until_one_hangs_up(api: Api) -> None:
    async with talking(api) as talk:
        await talk.connect()
        came = [await talk.flows(page) for page in (talk.agent, talk.customer)]
        screens = [
            await page.evaluate(
                "[document.querySelector('video').videoWidth, window.side.call.remote.getTracks().length]"
            )
            for page in (talk.agent, talk.customer)
        ]
        await talk.agent.evaluate("window.side.call.hangUp()")
        await talk.customer.wait_for_function("window.side.call.state === 'ended'")
        ended = await talk.customer.evaluate("[window.side.call.cause, window.side.call.local.active]")
    assert min(one["bytes"] for one in came) > 0
    assert min(width for width, _ in screens) > 0
    assert [tracks for _, tracks in screens] == [2, 2]
    assert ended == ["hung_up", False]


async def test_who_lost_signals_with_its_connection_gets_what_it_missed(api: Api) -> None:
    async with talking(api) as talk:
        await talk.connect("audio")
        await talk.customer.evaluate("(window.side.away = true, window.side.drop())")
        # Meanwhile the agent brings a picture into the call: an offer that nobody hears.
        await talk.agent.evaluate("window.side.call.shareScreen()")
        await talk.agent.wait_for_function("window.side.call.connection.signalingState === 'have-local-offer'")
        await talk.customer.evaluate("window.side.comeBack()")
        await talk.customer.wait_for_function("window.side.call.remote.getVideoTracks().length === 1")
        seen = await talk.flows(talk.customer)
    assert seen["frames"] > 0


async def test_after_a_drop_of_the_signalling_both_sides_find_a_new_path_and_media_goes_on(api: Api) -> None:
    async with talking(api) as talk:
        await talk.connect()
        pages = (talk.agent, talk.customer)
        before = [await talk.stats(page, lambda now: now["path"] is not None) for page in pages]
        await talk.customer.evaluate("window.side.drop()")
        paths = {one["path"] for one in before}
        # The name of a path is new with each ICE restart, and each side knows the other's.
        for page in pages:
            await talk.stats(page, lambda now: now["path"] not in paths and now["state"] == "connected")
        after = [await talk.flows(page) for page in pages]
    assert [now["bytes"] > was["bytes"] for now, was in zip(after, before, strict=True)] == [True, True]


async def test_both_may_offer_at_once_and_both_are_heard(api: Api) -> None:
    async with talking(api) as talk:
        await talk.connect("audio")
        await asyncio.gather(*(page.evaluate("window.side.call.shareScreen()") for page in (talk.agent, talk.customer)))
        for page in (talk.agent, talk.customer):
            await page.wait_for_function("window.side.call.remote.getVideoTracks().length === 1")
            await talk.flows(page)
        await talk.agent.evaluate("window.side.call.stopSharing()")
        states = [
            await page.evaluate("window.side.call.connection.signalingState") for page in (talk.agent, talk.customer)
        ]
    assert states == ["stable", "stable"]


async def test_a_microphone_can_be_changed_and_silenced_while_it_goes_on(api: Api) -> None:
    async with talking(api) as talk:
        await talk.connect()
        changed = await talk.agent.evaluate(
            """async () => {
                const { calls, call } = window.side;
                const before = call.local.getAudioTracks()[0].id;
                const devices = (await calls.devices()).filter((one) => one.kind === "audioinput");
                await call.use("audio", devices.at(-1).deviceId);
                call.mute("audio", true);
                const [track] = call.local.getAudioTracks();
                const sent = call.connection.getSenders().find((one) => one.track?.kind === "audio").track.id;
                return { fresh: track.id !== before, sent: sent === track.id, enabled: track.enabled };
            }"""
        )
        await talk.flows(talk.customer)
    assert changed == {"fresh": True, "sent": True, "enabled": False}
