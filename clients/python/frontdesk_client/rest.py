"""The REST API, with retries that can't do anything twice."""

import asyncio
import random
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import httpx2

from frontdesk_client.errors import ApiError, Unreachable

RETRIES = 3
PAUSE_FIRST = 0.3
PAUSE_MOST = 20.0
_RETRIED = frozenset({429, 502, 503, 504})
Query = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Versioned:
    """An answer and its version, which a change of it names as `if_match`."""

    body: Any
    version: int | None


class Frontdesk:
    """Calls the API as one key. Use it as a context, or `close` it.

    A repeat is safe for reads, for changes under If-Match, and for POSTs, whose Idempotency-Key is kept over the tries;
    those are tried again after 429, 502, 503, 504 and lost connections. Raises `ApiError` and `Unreachable`.
    """

    def __init__(
        self,
        base_url: str,
        *,
        key: str,
        timeout: float = 20.0,
        transport: httpx2.AsyncBaseTransport | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self._sleep = sleep
        self._http = httpx2.AsyncClient(
            base_url=self.base_url,
            headers={"Authorization": f"Bearer {key}", "Accept": "application/json"},
            timeout=timeout,
            follow_redirects=False,
            transport=transport,
        )

    def __repr__(self) -> str:
        return f"Frontdesk({self.base_url!r})"

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        await self._http.aclose()

    async def get(self, path: str, query: Query | None = None) -> Any:
        return (await self.request("GET", path, query=query)).body

    async def post(self, path: str, body: Any = None, *, idempotency_key: str | None = None, **more: Any) -> Any:
        return (await self.request("POST", path, body=body, idempotency_key=idempotency_key, **more)).body

    async def items(self, path: str, query: Query | None = None) -> AsyncIterator[Any]:
        """Every item of a list, page by page."""
        cursor = (query or {}).get("cursor")
        while True:
            page = await self.get(path, {**(query or {}), **({} if cursor is None else {"cursor": cursor})})
            for item in page["items"]:
                yield item
            cursor = page.get("next_cursor")
            if cursor is None:
                return

    async def request(
        self,
        method: str,
        path: str,
        *,
        query: Query | None = None,
        body: Any = None,
        if_match: int | str | None = None,
        idempotency_key: str | None = None,
    ) -> Versioned:
        """One operation; answers what it answers, parsed, with its version."""
        headers = {}
        if method == "POST":
            headers["Idempotency-Key"] = idempotency_key or str(uuid.uuid4())
        if if_match is not None:
            headers["If-Match"] = "*" if if_match == "*" else f'"{if_match}"'
        wanted = {name: value for name, value in (query or {}).items() if value is not None}
        attempt = 0
        while True:
            attempt += 1
            try:
                return await self._once(method, path, wanted, body, headers)
            except (ApiError, Unreachable) as error:
                retried = isinstance(error, Unreachable) or error.status in _RETRIED
                if not retried or attempt > RETRIES:
                    raise
                asked = error.retry_after or 0.0 if isinstance(error, ApiError) else 0.0
                await self._sleep(min(PAUSE_MOST, max(_pause(attempt), asked)))

    async def _once(
        self, method: str, path: str, query: Mapping[str, Any], body: Any, headers: Mapping[str, str]
    ) -> Versioned:
        content = {} if body is None else {"json": body}
        try:
            answer = await self._http.request(method, path, params=dict(query), headers=dict(headers), **content)
        except httpx2.TransportError as error:
            raise Unreachable(type(error).__name__) from error
        found = _parsed(answer)
        if answer.status_code >= 300:
            after = answer.headers.get("Retry-After", "")
            problem = found if isinstance(found, dict) else {}
            raise ApiError(answer.status_code, problem, float(after) if after.isdigit() else None)
        tag = answer.headers.get("ETag", "").strip('"')
        return Versioned(found, int(tag) if tag.isdigit() else None)


def _parsed(answer: httpx2.Response) -> Any:
    try:
        return answer.json() if answer.content else None
    except ValueError:
        return None


def _pause(attempt: int) -> float:
    return min(PAUSE_MOST, PAUSE_FIRST * 2.0 ** (attempt - 1)) * random.uniform(0.5, 1)  # noqa: S311  spread
