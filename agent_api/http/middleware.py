"""What goes around every request: its id, limits of its body, security headers, CORS, metrics, and the last catch."""

from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backbone.clock import Clock
from backbone.errors import PayloadTooLarge, UnsupportedMediaType
from backbone.ids import new_id
from backbone.telemetry.logs import bind
from backbone.telemetry.metrics import Metric, Metrics
from backbone.web.problem import answer_unexpected, problem_response

BODY_MOST = 1024 * 1024
UPLOADS = "/v1/attachments"
CUSTOMERS = "/v1/customer/"
OFFERS = "/v1/offers"
CUSTOMER_UPLOADS = "/v1/customer/uploads"
ROOMS = "/v1/livekit"
"""LiveKit's webhooks, which have a type of their own."""
UPLOAD_MOST = 16 * 1024 * 1024
_JSON_METHODS = frozenset({"POST", "PUT", "PATCH"})
_BYTES = b"application/octet-stream"
_TYPES = {UPLOADS: _BYTES, CUSTOMER_UPLOADS: _BYTES, ROOMS: b"application/webhook+json"}
_TYPE = b"application/json"
EXPOSED = "ETag, Location, Link, RateLimit, RateLimit-Policy, Retry-After, X-Request-Id, Idempotent-Replayed"
_ALLOWED_HEADERS = (
    "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, Last-Event-ID, X-Requested-With"
)
_ALLOWED_METHODS = "GET, POST, PUT, PATCH, DELETE"
SECURITY_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"strict-transport-security", b"max-age=31536000; includeSubDomains"),
)
DEFAULT_CSP = b"default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"


class Envelope:
    """The outermost middleware. Answers 413, 415, CORS preflights and crashes by itself; passes sockets through."""

    def __init__(self, app: ASGIApp, *, origins: Iterable[str], metrics: Metrics, clock: Clock) -> None:
        self._app = app
        self._origins = frozenset(origin.encode() for origin in origins)
        self._metrics = metrics
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started_at = self._clock.monotonic()
        request_id = new_id("req")
        scope.setdefault("state", {})["request_id"] = request_id
        wrapper = _Answer(scope, send, request_id, self._origins)
        with bind(request_id=request_id):
            try:
                await self._serve(scope, receive, wrapper)
            except Exception as error:
                if wrapper.status is not None:
                    raise
                response = await answer_unexpected(Request(scope), error)
                await response(scope, receive, wrapper)
        self._count(scope, wrapper.status or 500, self._clock.monotonic() - started_at)

    async def _serve(self, scope: Scope, receive: Receive, wrapper: "_Answer") -> None:
        headers = dict(scope["headers"])
        if scope["method"] == "OPTIONS" and b"access-control-request-method" in headers and wrapper.origin_allowed:
            await wrapper.preflight()
            return
        refusal: PayloadTooLarge | UnsupportedMediaType | None = None
        length = headers.get(b"content-length", b"0")
        upload = scope["path"] in {UPLOADS, CUSTOMER_UPLOADS}
        most = UPLOAD_MOST if upload else BODY_MOST
        wanted = _TYPES.get(scope["path"], _TYPE)
        if not length.isdigit() or int(length) > most:
            refusal = PayloadTooLarge(f"At most {most} bytes.")
        elif scope["method"] in _JSON_METHODS and _has_body(headers) and _type_of(headers) != wanted:
            refusal = UnsupportedMediaType(f"The body must be {wanted.decode()}.")
        if refusal is not None:
            await problem_response(refusal, wrapper.request_id)(scope, receive, wrapper)
            return
        await self._app(scope, _Bounded(receive, most), wrapper)

    def _count(self, scope: Scope, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", "none")
        labels = (scope["method"] if scope["method"] in _KNOWN_METHODS else "other", route, f"{status // 100}xx")
        self._metrics.inc(Metric.API_REQUESTS, *labels)
        self._metrics.observe(Metric.API_SECONDS, seconds, *labels)


_KNOWN_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def _has_body(headers: dict[bytes, bytes]) -> bool:
    return b"transfer-encoding" in headers or headers.get(b"content-length", b"0") != b"0"


def _type_of(headers: dict[bytes, bytes]) -> bytes:
    """A form or text/plain could be sent by any web page without asking (CSRF); those we take can't."""
    return headers.get(b"content-type", b"").split(b";")[0].strip().lower()


class _Bounded:
    """Stops a body sent in chunks once it is too large."""

    def __init__(self, receive: Receive, most: int) -> None:
        self._receive = receive
        self._most = most
        self._read = 0

    async def __call__(self) -> Message:
        message = await self._receive()
        self._read += len(message.get("body", b""))
        if self._read > self._most:
            # FastAPI lets only its own kind of error through while it reads a body.
            raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        return message


class _Answer:
    """Adds headers to the start of an answer and notes its status."""

    def __init__(self, scope: Scope, send: Send, request_id: str, origins: frozenset[bytes]) -> None:
        self._scope = scope
        self._send = send
        self.request_id = request_id
        self.status: int | None = None
        origin = dict(scope["headers"]).get(b"origin")
        # Customers' paths read no cookie, and a chat's own settings say which pages may begin a session.
        open_to_pages = scope["path"].startswith(CUSTOMERS) or scope["path"] == OFFERS
        self.origin_allowed = origin if open_to_pages or origin in origins else None

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message["headers"] = [*message["headers"], *self._extra({key for key, _ in message["headers"]})]
        await self._send(message)

    def _extra(self, present: set[bytes]) -> list[tuple[bytes, bytes]]:
        security = [(name, value) for name, value in SECURITY_HEADERS if name not in present]
        extra = [(b"x-request-id", self.request_id.encode()), *security]
        if b"content-security-policy" not in present:
            extra.append((b"content-security-policy", DEFAULT_CSP))
        more: dict[str, str] = self._scope["state"].get("response_headers", {})
        extra += [(name.lower().encode(), value.encode()) for name, value in more.items()]
        extra.append((b"vary", b"Origin"))
        if self.origin_allowed is not None:
            extra += [
                (b"access-control-allow-origin", self.origin_allowed),
                (b"access-control-expose-headers", EXPOSED.encode()),
            ]
        return extra

    async def preflight(self) -> None:
        headers: list[Any] = [
            (b"access-control-allow-methods", _ALLOWED_METHODS.encode()),
            (b"access-control-allow-headers", _ALLOWED_HEADERS.encode()),
            (b"access-control-max-age", b"600"),
        ]
        await self({"type": "http.response.start", "status": HTTPStatus.NO_CONTENT, "headers": headers})
        await self({"type": "http.response.body", "body": b""})
