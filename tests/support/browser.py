"""A real Chromium that tests drive: pages that remember what went wrong in them.

`python -m tests.support.browser` installs Debian's where it may; `make test` does that first. Where there is none, tests that ask for
it are skipped, and say so. Nothing a page asks for may leave this machine: it is refused and counts as a fault.
"""

import contextlib
import fcntl
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import axe_playwright_python
import pytest
from playwright.async_api import Browser, ConsoleMessage, Page, Request, Route, async_playwright

from tests.support.ports import HOST

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
INSTALL_WITHIN = 900.0
# Chromium writes every answer from 400 on into the console. Of the API these are answers like others: nobody has the
# reply lease, somebody was quicker.
REFUSED = re.compile(r"^Failed to load resource: .* status of 4(04|09|12) ")
LOCK = Path(tempfile.gettempdir()) / f"frontdesk-browser-{os.getuid()}.lock"


def find_chromium() -> str | None:
    """The path of an installed one; `CHROMIUM` names another."""
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)


def install_chromium() -> str | None:
    """Installs Debian's where this is root and it is not there yet. One at a time: others wait and find it."""
    with LOCK.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if (found := find_chromium()) is not None or os.geteuid() != 0 or shutil.which("apt-get") is None:
            return found
        environ = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        for words in (("update",), ("install", "--yes", "--no-install-recommends", "chromium")):
            with contextlib.suppress(subprocess.SubprocessError):
                subprocess.run(["apt-get", "-qq", *words], env=environ, check=True, timeout=INSTALL_WITHIN)
        return find_chromium()


@dataclass
class Faults:
    """What went wrong in the pages of one browser: errors of scripts, of the console, of the content policy, and foreign requests."""

    seen: list[str] = field(default_factory=list)

    def follow(self, page: Page) -> None:
        page.on("pageerror", lambda error: self.seen.append(f"script: {error}"))
        page.on("console", self._console)

    def _console(self, message: ConsoleMessage) -> None:
        url = message.location.get("url", "")
        if message.type == "error" and not (REFUSED.search(message.text) and "/v1/" in url):
            self.seen.append(f"console: {message.text} {url}")


AXE = Path(axe_playwright_python.__file__).parent / "axe.min.js"


async def axe_violations(page: Page) -> list[str]:
    """What axe finds against WCAG 2.2 A and AA and its best practices, each with the first place it is at."""
    await page.evaluate(AXE.read_text(encoding="utf-8"))
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    found = await page.evaluate("tags => axe.run(document, {runOnly: tags, resultTypes: ['violations']})", tags)
    return [
        f"{v['id']}: {v['help']} at {v['nodes'][0]['html'][:200]} {v['nodes'][0].get('failureSummary', '')[:300]}"
        for v in found["violations"]
    ]


@dataclass
class Chromium:
    """A running browser. `page` opens a page in a context of its own: another person at another machine."""

    browser: Browser
    faults: Faults = field(default_factory=Faults)

    async def page(self, **options: Any) -> Page:
        context = await self.browser.new_context(**options)
        # Nothing answers within the default half minute on a machine that is busy with other tests at times.
        context.set_default_timeout(60_000)
        await context.route(self._is_foreign, self._refuse)
        page = await context.new_page()
        self.faults.follow(page)
        return page

    @staticmethod
    def _is_foreign(url: str) -> bool:
        parts = urlsplit(url)
        return parts.scheme in {"http", "https", "ws", "wss"} and parts.hostname not in {HOST, "localhost"}

    async def _refuse(self, route: Route, request: Request) -> None:
        self.faults.seen.append(f"foreign request: {request.url}")
        await route.abort()


@asynccontextmanager
async def chromium(*flags: str) -> AsyncIterator[Chromium]:
    """Starts one with more flags, and ends it. Skips the test where there is none."""
    path = find_chromium()
    if path is None:
        pytest.skip(
            "there is no Chromium on this machine: `make browser` as root installs Debian's, CHROMIUM names another"
        )
    async with async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=path, args=[*FLAGS, *flags])
        try:
            yield Chromium(browser)
        finally:
            await browser.close()


if __name__ == "__main__":
    sys.stdout.write(f"{install_chromium() or 'NO CHROMIUM: the tests of pages will be skipped'}\n")
