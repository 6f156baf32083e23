"""Opens the console for an agent, and waits for what is on it."""

from playwright.async_api import Page

from tests.support.api import Api
from tests.support.browser import Chromium

SOON = 20_000


async def console(browser: Chromium, api: Api, key: str, at: str = "inbox", **options: object) -> Page:
    """A page that is signed in with the key, on the page `at`, once the live stream is open."""
    prefs = options.pop("prefs", None)
    page = await browser.page(**options)
    if prefs is not None:
        await page.add_init_script(f"localStorage.setItem('frontdesk.console.prefs', JSON.stringify({prefs}))")
    await page.goto(f"{api.base}/console#token={key}")
    await page.locator(".shell").wait_for(timeout=SOON)
    await follow(page, at)
    return page


async def follow(page: Page, at: str) -> None:
    """Goes to another of its pages without loading it anew."""
    await page.evaluate("at => { location.hash = '#/' + at }", at)
