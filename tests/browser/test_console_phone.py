"""A phone call's conversation on the console: what the call does, what was recorded and said, and the time that is promised."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import expect

from backbone.channel.calls.events import Call, callback_requested, updated
from schemas.content import Content, Media, MediaKind
from schemas.inbound import MessageReceived
from tests.browser.desk import SOON, console, follow
from tests.support.api import Api, add_key, serving_api
from tests.support.browser import axe_violations, chromium
from tests.support.desk import Desk, Feed, make_desk, rows
from tests.support.router import Workers
from tests.support.stream import numbering

pytestmark = pytest.mark.database
CALL = Call("CA1", None, outgoing=False, number="+31612345678", ours="+31201234567", name=None, language="en")


@pytest.fixture
async def desk(database_url: str) -> Desk:
    return await make_desk(database_url, channel="twilio_voice")


@pytest.fixture
async def api(database_url: str) -> AsyncIterator[Api]:
    async with serving_api(database_url) as api, numbering(database_url, api.bus):
        yield api


def said(key: str, content: Content) -> MessageReceived:
    return MessageReceived(
        thread_key=CALL.thread_key, dedup_key=key, sender=CALL.sender, content=content, provider_message_id=key
    )


async def test_a_phone_call_is_followed_and_its_call_back_promised_and_kept(
    api: Api, desk: Desk, workers: Workers
) -> None:
    workers.clock.advance(api.agent.parts.clock.now() - workers.clock.now())
    key, _ = await add_key(api.url, desk.tenant_id, "agent", desk.agent_ids[0])
    feed = Feed(desk, "twilio_voice")
    state, wish = callback_requested(CALL)
    voicemail = Content(media=(Media(kind=MediaKind.VOICE, mime="audio/mpeg", provider_ref="RE1"),))
    now = workers.clock.now()
    async with chromium() as browser:
        await workers.take(feed.event(wish, received_at=now))
        [case] = await rows(api.url, "SELECT id FROM conversations")
        prefs = '{"context": true}'
        page = await console(
            browser, api, key, f"inbox/{case['id']}", prefs=prefs, viewport={"width": 1500, "height": 900}
        )
        timeline = page.get_by_role("log")
        await expect(timeline).to_contain_text("Please call me back: +31612345678", timeout=SOON)
        for event in (state, updated(CALL, "completed", "completed", duration=65)):
            await workers.take(feed.event(event, received_at=now))
        await workers.take(feed.event(said("RE1", voicemail), received_at=now))
        await workers.take(feed.event(said("TR1", Content(text="The parcel is broken")), received_at=now))
        await expect(timeline).to_contain_text("Call call-back wished", timeout=SOON)
        await expect(timeline).to_contain_text("Call ended · 1 min", timeout=SOON)
        await expect(timeline.locator(".media")).to_have_count(1, timeout=SOON)
        await expect(timeline).to_contain_text("The parcel is broken", timeout=SOON)
        await page.get_by_role("button", name="Snooze").click()
        await page.get_by_role("menuitem", name="Promise a call-back").click()
        dialog = page.get_by_role("dialog")
        await dialog.get_by_label("When").select_option(index=1, timeout=SOON)
        await dialog.get_by_role("button", name="Promise a call-back").click()
        await expect(page.get_by_text("Promised by Agent 0")).to_be_visible(timeout=SOON)
        [promised] = await rows(api.url, "SELECT status FROM conversations")
        assert await axe_violations(page) == []
        await follow(page, f"inbox/{case['id']}")
        await page.get_by_role("button", name="Mark it done").click()
        await expect(page.get_by_text("Promised by Agent 0")).to_have_count(0, timeout=SOON)
        assert browser.faults.seen == []
    [kept] = await rows(api.url, "SELECT status FROM conversations")
    assert (promised["status"], kept["status"]) == ("snoozed", "open")
