"""Who calls: API keys and login sessions, of which only hashes are stored, and the principal that one stands for."""

import hashlib
import re
import secrets
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from backbone.clock import Clock
from backbone.errors import Unauthenticated
from backbone.storage.database import Database

Role = Literal["admin", "supervisor", "agent", "bot", "partner"]
Environment = Literal["local", "production"]

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_MARKS: dict[Environment, str] = {"production": "live", "local": "test"}
_TOKEN = re.compile(r"fd_(live|test|session)_[0-9A-Za-z]{43}")
SESSION_PREFIX = "lgn"
"""Of the ids of login sessions."""
PREFIX_LENGTH = 12
"""What is kept of a key in the clear: enough to tell two apart, and for secret scanners (`fd_live_` and 4 more)."""


@dataclass(frozen=True, slots=True)
class Principal:
    """A caller: one tenant, one role, and the agent or bot it acts as, if any.

    `key_id` names the API key or the login session it came with. `permissions` are those of a role of the tenant's own;
    None: those of the built-in role.
    """

    tenant_id: str
    role: Role
    key_id: str
    agent_id: str | None = None
    permissions: frozenset[str] | None = None

    @property
    def actor(self) -> str:
        """Who is named as having done something: an agent on all of its devices; a key without an agent is one by itself."""
        return self.agent_id or self.key_id

    @property
    def logged_in(self) -> bool:
        """True for a person's session, false for a key."""
        return self.key_id.startswith(f"{SESSION_PREFIX}_")


def principal_of(row: Any) -> Principal:
    """The caller in a row of `authenticate_caller` or `redeem_ticket`."""
    return Principal(row["tenant_id"], row["role"], row["id"], row["agent_id"], permissions_of(row))


def permissions_of(row: Any) -> frozenset[str] | None:
    return None if row["permissions"] is None else frozenset(row["permissions"])


def make_key(environment: Environment) -> str:
    """A fresh key `fd_<live|test>_<43 base-62 digits>` of 256 random bits; shown once, never stored."""
    return _token(_MARKS[environment])


def make_session_token() -> str:
    """A fresh token of a login session, made as keys are."""
    return _token("session")


def _token(mark: str) -> str:
    number = int.from_bytes(secrets.token_bytes(32), "big")
    digits = []
    for _ in range(43):
        number, digit = divmod(number, 62)
        digits.append(_ALPHABET[digit])
    return f"fd_{mark}_{''.join(digits)}"


def hash_secret(secret: str) -> bytes:
    """SHA-256: enough for values of 256 random bits, which can't be guessed."""
    return hashlib.sha256(secret.encode()).digest()


def looks_like_token(token: str) -> bool:
    return _TOKEN.fullmatch(token) is not None


class Authenticator:
    """Finds the principal of a key or session. Answers are remembered for `cached_for`: what is revoked works that long at most.

    Wrong ones are not remembered: the caller limits how often an address may try.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        *,
        cached_for: timedelta = timedelta(seconds=3),
        most: int = 10_000,
        note_use_every: timedelta = timedelta(minutes=1),
    ) -> None:
        self._database = database
        self._clock = clock
        self._cached_for = cached_for.total_seconds()
        self._most = most
        self._note_use_every = note_use_every.total_seconds()
        self._cache: OrderedDict[bytes, tuple[float, Principal, datetime | None]] = OrderedDict()
        self._noted: OrderedDict[str, float] = OrderedDict()

    async def authenticate(self, token: str) -> Principal:
        """Raises `Unauthenticated` for what is unknown, revoked or over, and `Unavailable` with the database away."""
        if not looks_like_token(token):
            raise Unauthenticated("The key or token has another form.")
        key_hash = hash_secret(token)
        found = self._remembered(key_hash)
        if found is None:
            found = await self._look_up(key_hash)
        return found

    def _remembered(self, key_hash: bytes) -> Principal | None:
        entry = self._cache.get(key_hash)
        if entry is None:
            return None
        at, principal, expires_at = entry
        over = expires_at is not None and expires_at <= self._clock.now()
        if over or self._clock.monotonic() - at >= self._cached_for:
            del self._cache[key_hash]
            return None
        return principal

    async def _look_up(self, key_hash: bytes) -> Principal:
        asked_at = self._clock.monotonic()
        async with self._database.transaction(read_only=True) as connection:
            row = await connection.fetchrow("SELECT * FROM authenticate_caller($1)", key_hash)
        if row is None:
            raise Unauthenticated("The key or session is unknown, revoked or over.")
        principal = principal_of(row)
        self._cache[key_hash] = (asked_at, principal, row["expires_at"])
        while len(self._cache) > self._most:
            self._cache.popitem(last=False)
        await self._note_use(principal)
        return principal

    async def _note_use(self, principal: Principal) -> None:
        """Writes `last_used_at` once a minute a credential and process."""
        now = self._clock.monotonic()
        if now - self._noted.get(principal.key_id, float("-inf")) < self._note_use_every:
            return
        self._noted[principal.key_id] = now
        self._noted.move_to_end(principal.key_id)
        while len(self._noted) > self._most:
            self._noted.popitem(last=False)
        async with self._database.transaction([principal.tenant_id]) as connection:
            table = "login_sessions" if principal.logged_in else "api_keys"
            await connection.execute(
                f"UPDATE {table} SET last_used_at = $2 WHERE id = $1", principal.key_id, self._clock.now()
            )

    def forget(self, key_id: str) -> None:
        """Looks a credential up anew at its next use here; other processes do within `cached_for`."""
        for key_hash in [known for known, (_, principal, _) in self._cache.items() if principal.key_id == key_id]:
            del self._cache[key_hash]
