"""A shop's page with the chat on it."""

from playwright.async_api import Locator, Page

from tests.support.shop import ShopServer


class Shop:
    """A page of the shop in one browser, and what its chat shows."""

    def __init__(self, page: Page, server: ShopServer) -> None:
        self.page = page
        self._server = server

    async def visit(self, path: str = "/") -> None:
        await self.page.goto(f"{self._server.origin}{path}")

    async def open(self) -> None:
        await self.page.get_by_role("button", name="Open chat").click()

    async def write(self, text: str) -> None:
        await self.page.get_by_label("Your message").fill(text)
        await self.page.keyboard.press("Enter")

    def log(self) -> Locator:
        return self.page.get_by_role("log")

    async def shows(self, text: str) -> None:
        await self.log().get_by_text(text, exact=True).first.wait_for()

    async def texts(self) -> list[str]:
        return await self.log().locator(".bubble").all_inner_texts()
