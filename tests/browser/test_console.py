"""The console in a real Chromium over a real API: races, large queues, hostile texts, what loads first, and what axe says."""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.browser.desk import SOON, console, follow
from tests.support.api import Api, add_key, serving_api
from tests.support.browser import Chromium, axe_violations, chromium
from tests.support.desk import Desk, make_desk
from tests.support.hostile_texts import hostile_texts
from tests.support.lively import Lively, make_lively
from tests.support.stream import numbering

pytestmark = pytest.mark.database
# `make screens` keeps what the pages look like.
SCREENS = os.environ.get("CONSOLE_SCREENS", "")
SHOWN = ("inbox/{conversation}", "wall")
FIRST_LOAD_MOST = 150_000
ROWS = int(os.environ.get("CONSOLE_ROWS", "1000"))


@pytest.fixture
async def desk(database_url: str) -> Desk:
    return await make_desk(database_url, agents=3)


@pytest.fixture
async def api(database_url: str) -> AsyncIterator[Api]:
    async with serving_api(database_url) as api, numbering(database_url, api.bus):
        yield api


@pytest.fixture
async def browser() -> AsyncIterator[Chromium]:
    async with chromium() as browser:
        yield browser


async def key_of(api: Api, desk: Desk, number: int, role: str = "admin") -> str:
    return (await add_key(api.url, desk.tenant_id, role, desk.agent_ids[number]))[0]


async def test_of_two_agents_who_take_the_same_conversation_one_gets_it(
    api: Api, desk: Desk, browser: Chromium
) -> None:
    lively = await make_lively(api.url, desk)
    wanted = f"inbox/{lively.conversation_ids[1]}"
    pages = [await console(browser, api, await key_of(api, desk, number, "agent"), wanted) for number in (0, 1)]
    for page in pages:
        await page.get_by_role("heading", name="Emil Sørensen").first.wait_for(timeout=SOON)
    await asyncio.gather(*(page.keyboard.press("a") for page in pages))
    outcomes = [page.locator(".notice").first for page in pages]
    for outcome in outcomes:
        await outcome.wait_for(timeout=SOON)
    said = sorted([await outcome.inner_text() for outcome in outcomes])
    assert said == ["Assigned", "Somebody changed it meanwhile. Look again, then repeat it."]
    owners = {await page.locator(".thread-facts").inner_text() for page in pages}
    assert len(owners) == 1, "both see the same owner"
    # The lease: what one begins to write, the other is told.
    await pages[0].locator("#composer").fill("I am on it")
    await pages[1].get_by_text("Kim Doe is writing an answer.").wait_for(timeout=SOON)
    assert browser.faults.seen == []


async def long_tasks(page: Page) -> list[float]:
    """Scrolls the queue from end to end, frame by frame; answers how long each task over 50 ms took."""
    tasks: list[float] = await page.evaluate("""async () => {
        const list = document.querySelector(".virtual"), seen = [];
        const watch = new PerformanceObserver((found) => seen.push(...found.getEntries().map((entry) => entry.duration)));
        watch.observe({type: "longtask"});
        for (let step = 0; step <= 120; step++) {
            list.scrollTop = (list.scrollHeight * step) / 120;
            await new Promise(requestAnimationFrame);
        }
        await new Promise((done) => setTimeout(done, 60));
        watch.disconnect();
        return seen;
    }""")
    return tasks


async def test_a_long_queue_draws_only_what_is_in_sight(api: Api, desk: Desk, browser: Chromium) -> None:
    await make_lively(api.url, desk, more=ROWS - 10)
    page = await console(browser, api, await key_of(api, desk, 0))
    await expect(page.locator(".queue .count")).to_have_text(str(ROWS), timeout=60_000)
    tasks = await long_tasks(page)
    drawn = await page.locator(".virtual li").count()
    # The reference is what the same browser does with every row drawn: it is told beside, not asserted.
    print(
        f"\nqueue of {ROWS}: {drawn} rows drawn, {len(tasks)} tasks over 50 ms, longest {max(tasks, default=0):.0f} ms"
    )
    assert 5 < drawn < 40
    last = page.locator(".virtual li").last
    assert await last.get_attribute("aria-posinset") == str(ROWS)
    assert browser.faults.seen == []


async def test_nothing_in_hostile_texts_runs_or_breaks_the_page(api: Api, desk: Desk, browser: Chromium) -> None:
    texts = hostile_texts()
    assert len(texts) >= 200
    lively = await make_lively(api.url, desk, names=texts)
    page = await console(browser, api, await key_of(api, desk, 0))
    await expect(page.locator(".queue .count")).to_have_text(str(len(texts) + 10), timeout=SOON)
    await long_tasks(page)
    heights = await page.locator(".virtual li").evaluate_all("rows => [...new Set(rows.map(row => row.offsetHeight))]")
    assert heights == [88]
    for conversation_id in lively.conversation_ids[10::9]:
        await follow(page, f"inbox/{conversation_id}")
        await page.locator(f".row[aria-current][href$='{conversation_id}']").wait_for(timeout=SOON)
        await page.locator(".said").first.wait_for(timeout=SOON)
        wide = await page.evaluate("[document.documentElement.scrollWidth, innerWidth, window.hacked ?? 0]")
        assert wide[0] <= wide[1]
        assert wide[2] == 0
    assert browser.faults.seen == []


async def test_the_first_load_is_small_and_asks_for_each_thing_once(api: Api, desk: Desk, browser: Chromium) -> None:
    await make_lively(api.url, desk)
    page = await console(browser, api, await key_of(api, desk, 0))
    await page.locator(".row").first.wait_for(timeout=SOON)
    entries = await page.evaluate("""() => [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
        .map(({name, encodedBodySize, decodedBodySize}) => [name, encodedBodySize, decodedBodySize])""")
    files = [entry for entry in entries if "/static/" in entry[0] or "/console" in entry[0]]
    size, whole = sum(entry[1] for entry in files), sum(entry[2] for entry in files)
    print(f"\nfirst load: {len(files)} files, {size} bytes on the wire of {whole}; at most {FIRST_LOAD_MOST}")
    scripts = [entry[0] for entry in files if entry[0].endswith(".js")]
    assert len(set(scripts)) == len(scripts) > 30
    assert size <= FIRST_LOAD_MOST


PAGES = (
    "inbox", "inbox/{conversation}", "nowhere", "wall", "reports", "setup", "setup/agents", "setup/audit", "setup/channels",
    "setup/bots", "setup/dead", "setup/intents", "setup/keys", "setup/knowledge", "setup/login", "setup/macros", "setup/policies",
    "setup/replies", "setup/settings", "setup/sources", "setup/teams", "setup/trial", "setup/webhooks",
)  # fmt: skip


@pytest.mark.parametrize("look", ["light", "dark", "rtl", "small"])
async def test_every_page_is_clean_for_axe(api: Api, desk: Desk, browser: Chromium, look: str) -> None:
    lively = await make_lively(api.url, desk)
    prefs = '{language: "ar"}' if look == "rtl" else "{}"
    options = {"color_scheme": "dark" if look == "dark" else "light"}
    size = {"width": 320, "height": 640} if look == "small" else {"width": 1440, "height": 900}
    page = await console(browser, api, await key_of(api, desk, 0), prefs=prefs, viewport=size, **options)
    found: dict[str, list[str]] = {}
    for at in PAGES:
        await shown(page, at, lively)
        found[at] = await axe_violations(page)
        if SCREENS and at in SHOWN:
            name = f"{look}-{at.replace('/', '-').replace('{conversation}', 'conversation')}.jpg"
            await page.screenshot(path=Path(SCREENS) / name, type="jpeg", quality=82)
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (
            f"{at} is wider than the screen"
        )
    assert await page.evaluate("document.dir") == ("rtl" if look == "rtl" else "ltr")
    assert {at: problems for at, problems in found.items() if problems} == {}
    assert browser.faults.seen == []


async def shown(page: Page, at: str, lively: Lively) -> None:
    """Goes to a page, and waits until what it loads by itself is there."""
    await follow(page, at.format(conversation=lively.conversation_ids[0]))
    if at == "inbox/{conversation}":
        await page.locator(".said").first.wait_for(timeout=SOON)
    if not at.startswith("inbox"):
        await page.locator("h1:visible").first.wait_for(timeout=SOON)
    await page.wait_for_load_state("networkidle")
