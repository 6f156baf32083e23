"""Signing in by the company's own provider, in a real browser: out, back, and in; and told why where it doesn't let in."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Page, expect

from backbone.web.addresses import Guard
from backbone.web.fetcher import Fetcher
from tests.browser.desk import SOON
from tests.support.api import Api, add_key, serving_api
from tests.support.browser import chromium
from tests.support.desk import make_desk, rows
from tests.support.idp import CLIENT_ID, SECRET, Idp, running_idp

pytestmark = pytest.mark.database
EMAIL = "kim@demo.example"


@pytest.fixture
async def idp() -> AsyncIterator[Idp]:
    async with running_idp() as idp:
        yield idp


@pytest.fixture
async def api(database_url: str, idp: Idp) -> AsyncIterator[Api]:
    desk = await make_desk(database_url)
    await rows(database_url, "UPDATE agents SET email = $2, name = 'Kim Doe' WHERE id = $1", desk.agent_ids[0], EMAIL)
    async with serving_api(database_url, fetcher=Fetcher(Guard("127.0.0.1"))) as api:
        key, _ = await add_key(api.url, desk.tenant_id)
        body = {
            "name": "Demo staff",
            "issuer": idp.issuer,
            "client_id": CLIENT_ID,
            "secret": SECRET,
            "domains": ["demo.example"],
        }
        async with api.client(key) as client:
            assert (await client.post("/v1/identity-providers", json=body)).status_code == 201
        yield api


async def go(page: Page, api: Api) -> None:
    """To the login page, and by the link that an address of the company brings."""
    await page.goto(f"{api.base}/console")
    await page.get_by_label("E-mail").fill(EMAIL)
    await page.get_by_label("E-mail").press("Tab")
    link = page.get_by_role("link", name="Sign in with Demo staff")
    await expect(link).to_contain_text("127.0.0.1", timeout=SOON)
    await link.click()


async def test_an_agent_signs_in_by_the_companys_own_and_is_told_where_that_does_not_know_them(
    api: Api, idp: Idp
) -> None:
    async with chromium() as browser:
        page = await browser.page()
        idp.claims = {"email": EMAIL, "email_verified": False}
        await go(page, api)
        await expect(page.get_by_text("doesn't know you")).to_be_visible(timeout=SOON)
        assert page.url == f"{api.base}/console"
        idp.claims = {"email": EMAIL, "email_verified": True}
        await go(page, api)
        await expect(page.locator(".shell")).to_be_visible(timeout=SOON)
        assert page.url.split("#")[0].split("?")[0] == f"{api.base}/console"
        await page.reload()
        await expect(page.locator(".shell")).to_be_visible(timeout=SOON)
        await expect(page.get_by_label("Password")).to_have_count(0)
    assert idp.asked == {}, "both codes were used"
