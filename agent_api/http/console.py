"""The console's page: static modules and a content policy that lets nothing else run."""

import base64
import hashlib
import re
from pathlib import Path

from starlette.responses import FileResponse
from starlette.types import Receive, Scope, Send

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
