"""A shop's own web server: every path is a page with the chat widget on it, under a strict content policy."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from tests.support.ports import HOST, free_ports


@dataclass
class ShopServer:
    """Where its pages are, on another origin than the desk's; `script` is set before they are visited."""

    origin: str
    page: str = ""
    policy: str = ""

    def embed(self, base: str, account_id: str, attributes: str = "") -> None:
        """Puts the widget of the desk at `base` on the pages; nothing else may run on them or be fetched."""
        socket = base.replace("http", "ws", 1)
        self.policy = (
            f"default-src 'none'; script-src {base}; img-src {base}; media-src {base}; connect-src {base} {socket}"
        )
        script = (
            f'<script async src="{base}/static/widget/widget.js" data-account="{account_id}" {attributes}></script>'
        )
        self.page = (
            '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
            f"<title>Shop</title><main><h1>Shop</h1></main>{script}"
        )


@asynccontextmanager
async def shop_server() -> AsyncIterator[ShopServer]:
    port = free_ports(1)[0]
    shop = ShopServer(f"http://localhost:{port}")

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        first = await reader.readuntil(b"\r\n\r\n")
        found = b" /favicon.ico " not in first
        body = shop.page.encode() if found else b""
        status = "200 OK" if found else "204 No Content"
        head = f"HTTP/1.1 {status}\r\nContent-Type: text/html\r\nContent-Security-Policy: {shop.policy}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        writer.write(head.encode() + body)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, HOST, port)
    try:
        yield shop
    finally:
        server.close()
        await server.wait_closed()
