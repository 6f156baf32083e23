"""The one HTTP client for every outgoing URL of the product: guarded, pinned, bounded, and clear about what is unknown."""

import asyncio
import ssl
import zlib
from collections.abc import AsyncIterable, AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import httpcore2
import httpx2

from backbone.errors import AnswerUnreadable, CallFailed, OutcomeUnknown, UrlRefused
from backbone.web.addresses import Guard, literal
from backbone.web.dialer import CONNECT_WITHIN, Dialer, PinnedBackend, Resolver, SystemResolver

DEADLINE = timedelta(seconds=20)
ANSWER_MAX = 1024 * 1024
URL_MAX = 8192
CONNECTIONS = 200

_Headers = tuple[tuple[str, str], ...]
_BEFORE_SENDING = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout, httpx2.UnsupportedProtocol)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. Header names are in lower case; the body is decoded from gzip and deflate."""

    status: int
    headers: _Headers = field(repr=False)
    body: bytes = field(repr=False)

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key == name), None)


class Fetcher:
    """Calls URLs of others. It follows no redirect, keeps no cookie, knows no proxy and reads no environment.

    A URL may be http or https, without user or password, on an open port; its host's addresses are resolved here,
    checked, and the checked address is the one connected to, so that a second look-up can't give another. The bounds
    hold for the whole call: one deadline from the look-up to the last byte, one size for the decoded body, 100 KiB for
    the headers. One for a process; `stop` closes its connections.
    """

    def __init__(
        self,
        guard: Guard,
        *,
        resolver: Resolver | None = None,
        connections: int = CONNECTIONS,
        tls: ssl.SSLContext | None = None,
        user_agent: str = "Frontdesk",
        http2: bool = False,
    ) -> None:
        """With `http2` it speaks that alone: Apple's push service demands it."""
        self._own_resolver = SystemResolver() if resolver is None else None
        chosen = resolver or self._own_resolver
        assert chosen is not None
        self.resolver: Resolver = chosen
        self.dialer = Dialer(guard, chosen)
        tls = tls or ssl.create_default_context()
        transport = _Transport(PinnedBackend(self.dialer), connections, tls, http2=http2)
        self._client = httpx2.AsyncClient(
            transport=transport,
            follow_redirects=False,
            trust_env=False,
            headers={"user-agent": user_agent, "accept-encoding": "gzip, deflate"},
        )

    async def stop(self) -> None:
        await self._client.aclose()
        if self._own_resolver is not None:
            self._own_resolver.close()

    async def call(
        self,
        method: str,
        url: str,
        *,
        headers: _Headers = (),
        body: bytes = b"",
        deadline: timedelta = DEADLINE,
        most: int = ANSWER_MAX,
    ) -> Answer:
        """One request, one answer of at most `most` bytes; redirects are answers.

        Raises `UrlRefused`; `CallFailed` where nothing was asked; `OutcomeUnknown` where the request left and no whole
        answer came; `AnswerUnreadable` with the status where one came that is too large or in a foreign encoding.
        """
        sent = _Sent()
        checked = checked_url(url)
        limits = httpx2.Timeout(deadline.total_seconds(), connect=min(CONNECT_WITHIN, deadline).total_seconds())
        try:
            request = self._client.build_request(
                method, checked, headers=list(headers), content=body, timeout=limits, extensions={"trace": sent.trace}
            )
        except (ValueError, TypeError) as error:
            raise UrlRefused("the request holds characters that no header may", reason="characters") from error
        try:
            async with asyncio.timeout(deadline.total_seconds()):
                return await self._answer(request, most)
        except (httpx2.HTTPError, httpx2.LocalProtocolError, TimeoutError, OSError) as error:
            context = {"error": type(error).__name__}
            if isinstance(error, _BEFORE_SENDING) or not sent.begun:
                raise CallFailed(context=context) from error
            raise OutcomeUnknown(context=context) from error

    async def _answer(self, request: httpx2.Request, most: int) -> Answer:
        response = await self._client.send(request, stream=True)
        try:
            headers = tuple((key.lower(), value) for key, value in response.headers.multi_items())
            encoding = response.headers.get("content-encoding", "identity").strip().lower()
            chunks = bytearray()
            async for chunk in _decoded(response.aiter_raw(), encoding, most, response.status_code):
                chunks += chunk
                if len(chunks) > most:
                    raise AnswerUnreadable(answered=response.status_code)
            return Answer(response.status_code, headers, bytes(chunks))
        finally:
            await response.aclose()


def checked_url(url: str) -> httpx2.URL:
    """The URL as the client will read it. Raises `UrlRefused` for anything but plain http and https.

    Judged on what the client itself parsed, so that no second parser can see another host.
    """
    if len(url) > URL_MAX or any(ord(character) <= 32 or ord(character) == 127 for character in url) or "\\" in url:
        raise UrlRefused("the URL holds characters that none may", reason="characters")
    try:
        parsed = httpx2.URL(url)
        host = parsed.raw_host.decode("ascii")
    except (httpx2.InvalidURL, ValueError, TypeError) as error:
        raise UrlRefused("the URL can't be read", reason="host") from error
    if parsed.scheme not in {"http", "https"}:
        raise UrlRefused("only http and https URLs may be called", reason="scheme")
    if parsed.userinfo or "@" in url.split("://", 1)[-1].split("/", 1)[0]:
        raise UrlRefused("the URL holds a user or password", reason="userinfo")
    if not host:
        raise UrlRefused("the URL has no host", reason="host")
    if parsed.port == 0:
        # The client would read it as none given.
        raise UrlRefused("this port may not be called", reason="port")
    literal(host)
    return parsed


class _Sent:
    """Learns from the client's trace when the first byte of the request left: before that nothing can have happened."""

    def __init__(self) -> None:
        self.begun = False

    async def trace(self, name: str, _info: dict[str, Any]) -> None:
        self.begun = self.begun or name in {"http11.send_request_headers.started", "http2.send_request_headers.started"}


class _Transport(httpx2.AsyncBaseTransport):
    """httpx2 over a pool whose sockets come from the pinned back end, which httpx2's own transport can't be given."""

    def __init__(self, backend: PinnedBackend, connections: int, tls: ssl.SSLContext, *, http2: bool) -> None:
        self._pool = httpcore2.AsyncConnectionPool(
            ssl_context=tls,
            max_connections=connections,
            max_keepalive_connections=connections // 2,
            keepalive_expiry=5.0,
            http1=not http2,
            http2=http2,
            network_backend=backend,
        )

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        url = request.url
        asked = httpcore2.Request(
            method=request.method,
            url=httpcore2.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
            headers=request.headers.raw,
            content=request.stream,
            extensions=request.extensions,
        )
        try:
            answered = await self._pool.handle_async_request(asked)
        except Exception as error:
            raise _translated(error) from error
        return httpx2.Response(answered.status, headers=answered.headers, stream=_Stream(answered.stream))

    async def aclose(self) -> None:
        await self._pool.aclose()


class _Stream(httpx2.AsyncByteStream):
    def __init__(self, inner: Any) -> None:
        self._inner: AsyncIterable[bytes] = inner

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for chunk in self._inner:
                yield chunk
        except Exception as error:
            raise _translated(error) from error

    async def aclose(self) -> None:
        close = getattr(self._inner, "aclose", None)
        if close is not None:
            await close()


def _translated(error: Exception) -> Exception:
    """httpcore2's errors as httpx2's of the same name; all others as they are."""
    if isinstance(error, httpcore2.TimeoutException | httpcore2.NetworkError | httpcore2.ProtocolError):
        kind = getattr(httpx2, type(error).__name__, httpx2.TransportError)
        return kind(str(error)) if issubclass(kind, httpx2.TransportError) else httpx2.TransportError(str(error))
    if isinstance(error, httpcore2.UnsupportedProtocol):
        return httpx2.UnsupportedProtocol(str(error))
    return error


async def _decoded(chunks: AsyncIterator[bytes], encoding: str, most: int, status: int) -> AsyncIterator[bytes]:
    """Inflates at most one byte more than allowed, whatever a small body claims to hold."""
    if encoding in {"", "identity"}:
        async for chunk in chunks:
            yield chunk
        return
    if encoding not in {"gzip", "x-gzip", "deflate"}:
        raise AnswerUnreadable("the answer's encoding is not one we asked for", answered=status, reason="encoding")
    inflate = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)
    left = most + 1
    async for chunk in chunks:
        try:
            plain = inflate.decompress(chunk, left)
        except zlib.error as error:
            raise AnswerUnreadable("the answer can't be inflated", answered=status, reason="encoding") from error
        left -= len(plain)
        yield plain
        if left <= 0:
            raise AnswerUnreadable(answered=status)
