"""The console's page: static modules and a content policy that lets nothing else run."""

import base64
import hashlib
import re
from pathlib import Path

from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import FileResponse
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

_MAP = re.compile(r'<script type="importmap">(.*?)</script>', re.DOTALL)


def console_csp(page: str) -> str:
    """The policy for this page. Its import map is the one script inside it, so the policy names that text's hash (CSP 3, section 8)."""
    [inside] = _MAP.findall(page)
    digest = base64.b64encode(hashlib.sha256(inside.encode()).digest()).decode()
    return (
        f"default-src 'none'; script-src 'self' 'sha256-{digest}'; style-src 'self'; img-src 'self' blob:; media-src 'self' blob:; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    )


class ConsolePage:
    """Answers the page. The part behind `#` is the page's own and never reaches us."""

    def __init__(self, page: Path) -> None:
        self._page = page
        self._headers = {
            "Content-Security-Policy": console_csp(page.read_text(encoding="utf-8")),
            "Cache-Control": "no-cache",
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await FileResponse(self._page, headers=self._headers)(scope, receive, send)


def compressed(folder: Path) -> ASGIApp:
    """The files of a folder, asked for anew each time (`no-cache`: a release must not meet modules of the one before)."""
    return GZipMiddleware(_Fresh(directory=folder), minimum_size=512)


class _Fresh(StaticFiles):
    def file_response(self, *args: object, **more: object) -> FileResponse:
        response = super().file_response(*args, **more)  # type: ignore[arg-type]
        response.headers["Cache-Control"] = "no-cache"
        return response  # type: ignore[return-value]
