"""Pages of lists: items, the cursor of the next page, and the Link header that says the same."""

from collections.abc import Sequence
from typing import Any, TypeVar
from urllib.parse import parse_qsl, urlencode

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from agent_api.http.call import Answer

T = TypeVar("T")


def split(rows: Sequence[T], limit: int) -> tuple[Sequence[T], T | None]:
    """Of `limit + 1` rows asked for: the page, and its last row if there is more."""
    page = rows[:limit]
    return page, (page[-1] if len(rows) > limit else None)


def page_response(request: Request, page: BaseModel) -> Response:
    """A page with its `Link: …; rel="next"` (RFC 8288); the link is relative, so it holds behind any proxy."""
    answer = Answer(page).response()
    cursor: Any = getattr(page, "next_cursor", None)
    if cursor is not None:
        kept = [
            (name, value) for name, value in parse_qsl(request.url.query, keep_blank_values=True) if name != "cursor"
        ]
        query = urlencode([*kept, ("cursor", cursor)])
        answer.headers["Link"] = f'<{request.url.path}?{query}>; rel="next"'
    return answer
