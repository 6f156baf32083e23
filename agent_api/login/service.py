"""Logging in and out, and passwords. What a stranger asks costs the same and is answered the same, whoever exists."""

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from agent_api.audit.chain import Entry, append
from agent_api.http.call import Answer, Call
from agent_api.http.idempotency import request_hash
from agent_api.login import repository
from agent_api.login.schemas import ChangePassword, Login, Session, SetPassword
from agent_api.parts import Parts
from agent_api.permissions import permissions_of, require_all_of
from backbone.errors import Conflict, InputInvalid, NotFound, RateLimited, Unauthenticated
from backbone.ids import new_id
from backbone.storage.database import Connection
from backbone.telemetry.metrics import Metric
from backbone.web.auth import SESSION_PREFIX, hash_secret, make_session_token
from backbone.web.auth import permissions_of as own_permissions_of
from backbone.web.passwords import check_password

SPAN = timedelta(minutes=15)
TRIES_ACCOUNT = 10
TRIES_ADDRESS = 100
"""More, since everybody behind a proxy has one address; right logins don't count."""
_WRONG = "The address or the password is wrong."


@dataclass(frozen=True, slots=True)
class Begun:
    """A session just stored, and the one time its token is known."""

    session: Session
    token: str


@dataclass(frozen=True, slots=True)
class Tries:
    """What is counted of a login: whose address it names, and which one it comes from."""

    account: bytes
    address: bytes

    @classmethod
    def of(cls, email: str, address: str) -> "Tries":
        return cls(_hashed("account", email.lower()), _hashed("address", address))


async def log_in(parts: Parts, body: Login, address: str, request_id: str) -> Begun:
    """Raises `Unauthenticated` for a wrong address or password, `RateLimited` after too many, `Conflict` if several tenants fit."""
    tries = Tries.of(body.email, address)
    await _count(parts, tries)
    async with parts.database.transaction(read_only=True) as connection:
        found = await repository.accounts(connection, body.email)
    wanted = [row for row in found if body.tenant_id in {None, row["tenant_id"]}]
    # One check at least: an address that nobody has takes as long as one that somebody has.
    hashes = [row["hash"] for row in wanted] or [None]
    right = [await parts.passwords.matches(known, body.password) for known in hashes]
    fitting = [row for row, fits in zip(wanted, right, strict=False) if fits]
    if not fitting:
        parts.metrics.inc(Metric.API_LOGINS, "password", "refused")
        raise Unauthenticated(_WRONG)
    if len(fitting) > 1:
        raise Conflict("Several tenants know this address: name one as tenant_id.")
    asked = request_hash("POST", "/v1/login", b"", body.email.lower().encode())
    return await begin(parts, fitting[0], "password", tries, request_id, asked)


async def begin(parts: Parts, row: Any, method: str, tries: Tries, request_id: str, asked: bytes) -> Begun:
    """Stores a session of the agent in `row` (agent_id, tenant_id), in a transaction of its own with its audit line."""
    session_id, token, now = new_id(SESSION_PREFIX), make_session_token(), parts.clock.now()
    agent_id, tenant_id = row["agent_id"], row["tenant_id"]
    operation = "startSession" if method == "password" else "finishOidcLogin"

    async def work(connection: Connection) -> Session:
        expires_at = now + parts.config.session_lifetime
        values = (session_id, tenant_id, agent_id, hash_secret(token), method, now, expires_at)
        await repository.insert(connection, values, now)
        await repository.forgive(connection, tries.account, tries.address, SPAN)
        entry = Entry(now, agent_id, operation, session_id, request_id, 200, asked)
        await append(connection, tenant_id, entry)
        return await read_session(connection, session_id)

    session = await parts.database.run(work, [tenant_id])
    parts.metrics.inc(Metric.API_LOGINS, method, "done")
    return Begun(session, token)


async def read_session(connection: Connection, session_id: str) -> Session:
    """Raises `NotFound` for what is no session: a key has none."""
    row = await repository.session(connection, session_id)
    if row is None:
        raise NotFound("These credentials are no login session.")
    may = permissions_of(row["role"], own_permissions_of(row))
    return Session(**{**dict(row), "permissions": sorted(may)})


async def get_session(connection: Connection, call: Call) -> Answer:
    return Answer(await read_session(connection, call.principal.key_id))


async def log_out(connection: Connection, call: Call, *, everywhere: bool) -> Answer:
    """Raises `NotFound` for a key: revoke that instead."""
    session = await read_session(connection, call.principal.key_id)
    if everywhere:
        await repository.end_all(connection, session.agent_id, call.now)
    else:
        await repository.end(connection, session.id, call.now)
    return Answer(None)


async def change_password(call: Call, body: ChangePassword, address: str) -> Answer:
    """Ends the person's other sessions. Raises `InputInvalid`, and `RateLimited` after too many guesses of the current one."""
    session = await call.read(lambda connection: read_session(connection, call.principal.key_id))
    check_password(body.new, pointer="/new", names=(session.agent_name, session.email))
    await _count(call.parts, Tries.of(session.email, address))
    known = await call.read(lambda connection: repository.password_hash(connection, session.agent_id))
    if not await call.parts.passwords.matches(known, body.current):
        raise InputInvalid(pointers={"/current": "is not your password"})
    hashed = await call.parts.passwords.hash(body.new)

    async def work(connection: Connection) -> Answer:
        await repository.set_password(connection, session.tenant_id, session.agent_id, hashed, call.now)
        await repository.end_all(connection, session.agent_id, call.now, but=session.id)
        return Answer(None)

    return await call.write(work)


async def set_password(connection: Connection, call: Call, agent_id: str, body: SetPassword, hashed: str) -> Answer:
    """Ends all sessions of that person. Raises `Forbidden` for somebody who may more than the caller."""
    row = await _manageable(connection, call, agent_id)
    if row["role"] == "bot":
        raise InputInvalid("A bot comes in by an API key.", pointers={"/password": "is not for bots"})
    check_password(body.password, pointer="/password", names=(row["name"], row["email"]))
    await repository.set_password(connection, call.principal.tenant_id, agent_id, hashed, call.now)
    await repository.end_all(connection, agent_id, call.now)
    return Answer(None)


async def end_sessions(connection: Connection, call: Call, agent_id: str) -> Answer:
    await _manageable(connection, call, agent_id)
    await repository.end_all(connection, agent_id, call.now)
    return Answer(None)


async def _manageable(connection: Connection, call: Call, agent_id: str) -> Any:
    row = await repository.agent(connection, agent_id)
    if row is None:
        raise NotFound("There is no such agent.")
    require_all_of(call.principal, permissions_of(row["role"], own_permissions_of(row)))
    return row


async def _count(parts: Parts, tries: Tries) -> None:
    """Before the password is looked at, and committed, so that guesses sent at once are all counted."""
    async with parts.database.transaction() as connection:
        wait = await repository.take(connection, [tries.account, tries.address], [TRIES_ACCOUNT, TRIES_ADDRESS], SPAN)
    if wait is not None:
        parts.metrics.inc(Metric.API_LOGINS, "password", "limited")
        raise RateLimited("Too many logins failed: wait.", retry_after=timedelta(seconds=wait))


def _hashed(kind: str, value: str) -> bytes:
    return hashlib.sha256(f"{kind}:{value}".encode()).digest()
