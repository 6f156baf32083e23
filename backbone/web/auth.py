"""Who calls: API keys, of which only a hash is stored, and the principal that a key stands for."""

import hashlib
import re
import secrets
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from backbone.clock import Clock
from backbone.errors import Unauthenticated
from backbone.storage.database import Database

Role = Literal["admin", "supervisor", "agent", "bot", "partner"]
Environment = Literal["local", "production"]

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_MARKS: dict[Environment, str] = {"production": "live", "local": "test"}
_KEY = re.compile(r"fd_(live|test)_[0-9A-Za-z]{43}")
PREFIX_LENGTH = 12
"""What is kept of a key in the clear: enough to tell two apart, and for secret scanners (`fd_live_` and 4 more)."""


@dataclass(frozen=True, slots=True)
class Principal:
    """A caller: one tenant, one role, and the agent or bot it acts as, if any."""

    tenant_id: str
    role: Role
    key_id: str
    agent_id: str | None = None


def make_key(environment: Environment) -> str:
    """A fresh key `fd_<live|test>_<43 base-62 digits>` of 256 random bits; shown once, never stored."""
    number = int.from_bytes(secrets.token_bytes(32), "big")
    digits = []
    for _ in range(43):
        number, digit = divmod(number, 62)
        digits.append(_ALPHABET[digit])
    return f"fd_{_MARKS[environment]}_{''.join(digits)}"


def hash_secret(secret: str) -> bytes:
    """SHA-256: enough for values of 256 random bits, which can't be guessed."""
    return hashlib.sha256(secret.encode()).digest()


def looks_like_key(token: str) -> bool:
    return _KEY.fullmatch(token) is not None


class Authenticator:
    """Finds the principal of a key. Answers are remembered for `cached_for`, so that a revoked key works that long at most.

    Wrong keys are not remembered: the caller limits how often an address may try.
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
        """Raises `Unauthenticated` for a key that is unknown, revoked or over, and `Unavailable` with the database away."""
        if not looks_like_key(token):
            raise Unauthenticated("The key has another form.")
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
            row = await connection.fetchrow("SELECT * FROM authenticate_key($1)", key_hash)
        if row is None:
            raise Unauthenticated("The key is unknown, revoked or over.")
        principal = Principal(row["tenant_id"], row["role"], row["id"], row["agent_id"])
        self._cache[key_hash] = (asked_at, principal, row["expires_at"])
        while len(self._cache) > self._most:
            self._cache.popitem(last=False)
        await self._note_use(principal)
        return principal

    async def _note_use(self, principal: Principal) -> None:
        """Writes `last_used_at` once a minute a key and process."""
        now = self._clock.monotonic()
        if now - self._noted.get(principal.key_id, float("-inf")) < self._note_use_every:
            return
        self._noted[principal.key_id] = now
        self._noted.move_to_end(principal.key_id)
        while len(self._noted) > self._most:
            self._noted.popitem(last=False)
        async with self._database.transaction([principal.tenant_id]) as connection:
            await connection.execute(
                "UPDATE api_keys SET last_used_at = $2 WHERE id = $1", principal.key_id, self._clock.now()
            )
