"""Which pages may speak for their users: browsers say where a page is from, and nobody else needs to."""

from collections.abc import Collection
from urllib.parse import urlsplit

from starlette.requests import Request

from agent_api.parts import Parts
from backbone.errors import Forbidden

PAGE_HEADER = "X-Requested-With"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def origin_allowed(parts: Parts, origin: str | None, more: Collection[str] = ()) -> bool:
    """Browsers always say where a page is from (ASVS 4.4.2); a program says nothing and must bring its own secret.

    `more` are allowed besides the installation's own.
    """
    if origin is None:
        return True
    public = urlsplit(parts.config.public_url)
    return origin in parts.config.origins or origin in more or origin == f"{public.scheme}://{public.netloc}"


def refuse_other_pages(parts: Parts, request: Request) -> None:
    """For requests that stand on a cookie, which a browser adds for any page. Raises `Forbidden`.

    What changes something must come from a page of ours (`Origin`) and carry a header that no page of others can add
    without asking (`X-Requested-With`); the cookie itself is SameSite=Strict (OWASP CSRF prevention).
    """
    if request.method in _SAFE:
        return
    origin = request.headers.get("origin")
    own = origin is not None and urlsplit(origin).netloc == request.headers.get("host")
    if origin is None or not (own or origin_allowed(parts, origin)):
        raise Forbidden("A session's cookie counts on pages of this service only: the Origin is another, or missing.")
    if not request.headers.get(PAGE_HEADER):
        raise Forbidden(f"With a session's cookie, a change needs the header {PAGE_HEADER}.")
