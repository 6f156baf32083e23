"""One authenticated request: who asks, and the one transaction in which it is answered."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Annotated, TypeVar

import asyncpg
from fastapi import Depends, Header, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from agent_api.audit.chain import Entry, append
from agent_api.http.cookies import session_cookie
from agent_api.http.idempotency import Once, StoredAnswer, earlier_answer, request_hash, store_answer
from agent_api.http.origins import refuse_other_pages
from agent_api.http.quota import address_of, count
from agent_api.http.versions import etag, not_modified
from agent_api.parts import Parts, parts_of
from agent_api.permissions import AUDITED, Permission, allows, require
from backbone.errors import (
    CapacityExhausted,
    Conflict,
    Forbidden,
    IdempotencyKeyMissing,
    Overloaded,
    RateLimited,
    Unauthenticated,
)
from backbone.storage.database import Connection
from backbone.telemetry.logs import bind
from backbone.telemetry.metrics import Metric
from backbone.web.auth import Principal
from backbone.web.problem import request_id_of

T = TypeVar("T")
Work = Callable[[Connection], Awaitable[T]]

_BEARER = HTTPBearer(
    auto_error=False,
    scheme_name="api_key",
    bearerFormat="fd_live_…, fd_test_… or fd_session_…",
    description="An API key, or the token of a login session. Pages of this service send the session's cookie instead.",
)
KEY_HEADER = "Idempotency-Key"
_KEY_MAX = 255
_BUSY = (
    asyncpg.QueryCanceledError,
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
    asyncpg.LockNotAvailableError,
)


@dataclass(frozen=True, slots=True)
class Answer:
    """What an endpoint says: a model (None is an empty 204), its version for the ETag, where it lives."""

    model: BaseModel | None
    status: int = 200
    version: int | None = None
    location: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def stored(self) -> StoredAnswer:
        headers = dict(self.headers)
        if self.version is not None:
            headers["ETag"] = etag(self.version)
        if self.location is not None:
            headers["Location"] = self.location
        body = b"" if self.model is None else self.model.model_dump_json().encode()
        return StoredAnswer(204 if self.model is None else self.status, headers, body)

    def response(self) -> Response:
        return to_response(self.stored())


def to_response(stored: StoredAnswer) -> Response:
    headers = {"Cache-Control": "no-store", **stored.headers}
    media_type = "application/json" if stored.body else None
    return Response(stored.body, status_code=stored.status, headers=headers, media_type=media_type)


@contextmanager
def in_our_words() -> Iterator[None]:
    """The database's refusals in our words: a rule of the schema is the caller's, waiting too long is ours."""
    try:
        yield
    except asyncpg.UniqueViolationError as error:
        raise Conflict("There is one of that name already.") from error
    except asyncpg.ForeignKeyViolationError as error:
        raise Conflict("It is still used, or what it names is gone.") from error
    except asyncpg.CheckViolationError as error:
        if error.constraint_name != "agents_capacity":
            raise
        raise CapacityExhausted from error
    except _BUSY as error:
        raise Overloaded(retry_after=timedelta(seconds=1)) from error


@dataclass(frozen=True, slots=True)
class Call:
    """A request whose caller is known and allowed. One of `read`, `write` and `once` is used, once."""

    request: Request
    principal: Principal
    parts: Parts
    known: str | None = None
    """The ETags the caller has."""
    audited: bool = False
    """Changes are written to the audit log, in their own transaction."""

    @property
    def now(self) -> datetime:
        return self.parts.clock.now()

    def allows(self, permission: Permission) -> bool:
        return allows(self.principal, permission)

    async def read(self, work: Work[T]) -> T:
        """In a read-only transaction of the caller's tenant."""
        with in_our_words():
            async with self.parts.database.transaction([self.principal.tenant_id], read_only=True) as connection:
                return await work(connection)

    async def write(self, work: Work[T]) -> T:
        """In a transaction of the caller's tenant, repeated on deadlocks; a broken rule of the schema is a `Conflict`."""
        with in_our_words():
            return await self.parts.database.run(work, [self.principal.tenant_id])

    async def get(self, work: Work[Answer]) -> Response:
        """As `read`, for one thing with a version: 304 where the caller has it already."""
        answer = await self.read(work)
        if answer.version is not None and not_modified(self.known, answer.version):
            return Response(status_code=304, headers={"ETag": etag(answer.version), "Cache-Control": "no-store"})
        return answer.response()

    async def change(self, work: Work[Answer]) -> Response:
        """As `write`, for methods that are idempotent by themselves."""
        asked = await self._asked()

        async def run(connection: Connection) -> Answer:
            answer = await work(connection)
            await self._note(connection, answer.stored().status, asked)
            return answer

        async with self._denials_noted():
            return (await self.write(run)).response()

    async def once(self, work: Work[Answer]) -> Response:
        """As `write`, for POST: the same Idempotency-Key is done once and answered the same."""
        once = await self._once()
        now, kept, master = self.now, self.parts.config.idempotency_kept, self.parts.master

        async def run(connection: Connection) -> tuple[StoredAnswer, bool]:
            earlier = await earlier_answer(connection, master, once, now=now, kept=kept)
            if earlier is not None:
                return earlier, True
            answer = (await work(connection)).stored()
            await self._note(connection, answer.status, once.request_hash)
            await store_answer(connection, master, once, answer, now=now, kept=kept)
            return answer, False

        async with self._denials_noted():
            stored, replayed = await self.write(run)
        return self._replayed(stored) if replayed else to_response(stored)

    async def once_apart(self, work: Callable[[], Awaitable[Answer]]) -> Response:
        """As `once`, for long work that changes nothing and has transactions of its own. A repeat is answered without doing
        it again; two that run at the same time are both done, and answered what the first of them stored.
        """
        once = await self._once()
        kept, master = self.parts.config.idempotency_kept, self.parts.master
        earlier = await self.write(lambda connection: earlier_answer(connection, master, once, now=self.now, kept=kept))
        if earlier is not None:
            return self._replayed(earlier)
        async with self._denials_noted():
            found = await work()

        async def told(_connection: Connection) -> Answer:
            return found

        return await self.once(told)

    async def _once(self) -> Once:
        key = self.request.headers.get(KEY_HEADER)
        if key is None:
            raise IdempotencyKeyMissing
        return Once(self.principal.tenant_id, self.principal.key_id, key, await self._asked())

    def _replayed(self, stored: StoredAnswer) -> Response:
        self.parts.metrics.inc(Metric.API_REPLAYED)
        response = to_response(stored)
        response.headers["Idempotent-Replayed"] = "true"
        return response

    @asynccontextmanager
    async def _denials_noted(self) -> AsyncIterator[None]:
        """What a rule beyond the role's permission refuses, such as giving away more than one has, is noted as well."""
        try:
            yield
        except Forbidden:
            await self.note_denial()
            raise

    async def note_denial(self) -> None:
        """In a transaction of its own, since nothing else is committed."""
        if self.audited:
            asked = await self._asked()
            await self.write(lambda connection: self._note(connection, Forbidden.status, asked))

    async def _asked(self) -> bytes:
        url = self.request.url
        return request_hash(self.request.method, url.path, url.query.encode(), await self.request.body())

    async def _note(self, connection: Connection, status: int, asked: bytes) -> None:
        if not self.audited:
            return
        entry = Entry(
            at=self.now,
            actor=self.principal.actor,
            operation=self.request.scope["route"].operation_id,
            target=next(iter(self.request.path_params.values()), None),
            request_id=request_id_of(self.request),
            status=status,
            asked=asked,
        )
        await append(connection, self.principal.tenant_id, entry)


IdempotencyKey = Annotated[
    str | None,
    Header(
        alias=KEY_HEADER,
        min_length=1,
        max_length=_KEY_MAX,
        pattern=r"^[!-~]+$",
        description="Makes a repeat of this POST safe: the same key and body is done once and answered the same for 24 h.",
        examples=["0190f3a8-7b3c-7d5e-8f9a-0b1c2d3e4f50"],
    ),
]
IfMatch = Annotated[
    str | None,
    Header(
        alias="If-Match",
        max_length=200,
        description='The ETag you read. Another version now: 412. "*" takes any.',
        examples=['"3"'],
    ),
]
IfNoneMatch = Annotated[
    str | None,
    Header(
        alias="If-None-Match",
        max_length=1000,
        description="The ETag you have: 304 if it is still that.",
        examples=['"3"'],
    ),
]


def note_failure(parts: Parts, address: str) -> None:
    """Counts a wrong key by the peer of the connection: what a client writes into X-Forwarded-For proves nothing.

    Raises `RateLimited` for too many. Right keys are never refused for it: behind a proxy everybody has one address, and
    256 random bits are not guessed.
    """
    decision = parts.attempts.take(address)
    if not decision.allowed:
        raise RateLimited("Too many wrong keys from this address.", retry_after=decision.retry)


async def authenticated(
    request: Request, credentials: Annotated[HTTPAuthorizationCredentials | None, Security(_BEARER)]
) -> Call:
    """Finds the caller and counts the request. Raises `Unauthenticated`, `RateLimited`, `Forbidden` (a foreign page)."""
    parts = parts_of(request)
    token = credentials.credentials if credentials is not None else session_cookie(request, parts.config)
    if token is None:
        raise Unauthenticated("Send an API key or a session's token: Authorization: Bearer fd_….")
    if credentials is None:
        refuse_other_pages(parts, request)
    try:
        principal = await parts.authenticator.authenticate(token)
    except Unauthenticated:
        note_failure(parts, address_of(request))
        raise
    try:
        count(request, parts.quota, principal.key_id)
    except RateLimited:
        parts.metrics.inc(Metric.API_RATE_LIMITED, principal.role)
        raise
    bind(tenant_id=principal.tenant_id, key_id=principal.key_id)
    return Call(request, principal, parts)


Authenticated = Annotated[Call, Depends(authenticated)]


async def perhaps_authenticated(
    request: Request, credentials: Annotated[HTTPAuthorizationCredentials | None, Security(_BEARER)]
) -> Call | None:
    """As `authenticated`; None for callers without a key, whom the operation must limit by itself."""
    return None if credentials is None else await authenticated(request, credentials)


class May:
    """A dependency that lets a call through if its role has `permission`; routes are found by it in the tests."""

    def __init__(self, permission: Permission) -> None:
        self.permission = permission

    async def __call__(self, call: Authenticated) -> Call:
        allowed = replace(call, audited=self.permission in AUDITED and call.request.method not in {"GET", "HEAD"})
        try:
            require(call.principal, self.permission)
        except Forbidden:
            await allowed.note_denial()
            raise
        return allowed


class MayPost(May):
    """As `May`, for a POST that is done once for each Idempotency-Key. Raises `IdempotencyKeyMissing`."""

    async def __call__(self, call: Authenticated, key: IdempotencyKey = None) -> Call:
        if key is None:
            raise IdempotencyKeyMissing
        return await super().__call__(call)


class MayGet(May):
    """As `May`, for one thing whose version the caller may name, to be told only that it has it."""

    async def __call__(self, call: Authenticated, if_none_match: IfNoneMatch = None) -> Call:
        allowed = await super().__call__(call)
        return replace(allowed, known=if_none_match)
