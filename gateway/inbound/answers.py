"""Answers written straight to ASGI: the codec's own, problems, and the cheap refusals of a process at its limit."""

import random
from collections.abc import Callable
from datetime import timedelta

from starlette.types import Send

from backbone.channel.port import Response
from backbone.errors import FrontdeskError, NotFound, Overloaded, Retriable, Unavailable
from backbone.ids import new_id
from backbone.web.problem import MEDIA_TYPE, problem_response

FIRST_RETRY = timedelta(seconds=1)
LAST_RETRY = timedelta(seconds=5)

Headers = list[tuple[bytes, bytes]]


async def send_response(send: Send, response: Response) -> None:
    """The codec's answer, byte for byte."""
    headers: Headers = [
        (b"content-type", response.media_type.encode("latin-1")),
        (b"content-length", str(len(response.body)).encode("ascii")),
    ]
    if response.headers:
        headers += [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in response.headers]
    await _send(send, response.status, headers, response.body)


async def send_problem(send: Send, error: FrontdeskError, *, close: bool = False, allow: str = "") -> None:
    """An error of ours as problem+json. `close` ends the connection, for a body that was not read to its end."""
    answer = problem_response(error, new_id("req"))
    # Browsers are asked for credentials by this header; a provider's signature is none.
    headers: Headers = [(name, value) for name, value in answer.raw_headers if name != b"www-authenticate"]
    if allow:
        headers.append((b"allow", allow.encode("ascii")))
    if close:
        headers.append((b"connection", b"close"))
    await _send(send, answer.status_code, headers, bytes(answer.body))


class Refusals:
    """503 with a jittered `Retry-After`, never 429 (some providers give up on any 4xx). Bodies are made once."""

    def __init__(self, jitter: Callable[[], float] = random.random) -> None:
        self._jitter = jitter
        self._bodies = {kind: bytes(problem_response(kind(), "-").body) for kind in (Overloaded, Unavailable)}

    async def send(self, send: Send, error: Retriable, *, close: bool = False) -> None:
        body = self._bodies[Overloaded if isinstance(error, Overloaded) else Unavailable]
        headers: Headers = [
            (b"content-type", MEDIA_TYPE.encode("ascii")),
            (b"content-length", str(len(body)).encode("ascii")),
            (b"cache-control", b"no-store"),
            (b"retry-after", str(self.retry_after()).encode("ascii")),
        ]
        if close:
            headers.append((b"connection", b"close"))
        await _send(send, 503, headers, body)

    def retry_after(self) -> int:
        """Whole seconds from 1 to 5: providers that were refused together come back apart."""
        spread = (LAST_RETRY - FIRST_RETRY).total_seconds()
        return round(FIRST_RETRY.total_seconds() + spread * self._jitter())


async def send_not_found(send: Send) -> None:
    """Says nothing about what there is: ids of accounts are not to be guessed from answers."""
    headers: Headers = [
        (b"content-type", MEDIA_TYPE.encode("ascii")),
        (b"content-length", str(len(_NOT_FOUND)).encode("ascii")),
        (b"cache-control", b"no-store"),
    ]
    await _send(send, 404, headers, _NOT_FOUND)


_NOT_FOUND = bytes(problem_response(NotFound(), "-").body)


async def _send(send: Send, status: int, headers: Headers, body: bytes) -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
