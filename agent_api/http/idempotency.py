"""A POST done once however often it is sent: its answer is stored in the transaction of its effect.

Follows draft-ietf-httpapi-idempotency-key-header-07 (a draft). Answers that failed are not stored: nothing happened.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from backbone.errors import IdempotencyMismatch, IdempotencyRunning
from backbone.storage.crypto import MasterKey
from backbone.storage.database import Connection

RETRY_AFTER = timedelta(seconds=1)
_SWEEP_EVERY = 64


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """An answer as it goes out. `body` is exact."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Once:
    """One use of a key: whose, which, and a hash of what was asked (method, path, query, body)."""

    tenant_id: str
    caller: str
    key: str
    request_hash: bytes

    @property
    def context(self) -> str:
        """What a sealed answer is bound to."""
        return f"idempotency {self.tenant_id} {self.caller} {self.key}"

    @property
    def lock(self) -> int:
        """A number for PostgreSQL's advisory locks: 63 bits of a hash, so two keys practically never share one."""
        return int.from_bytes(hashlib.sha256(self.context.encode()).digest()[:8], "big") >> 1


def request_hash(method: str, path: str, query: bytes, body: bytes) -> bytes:
    """SHA-256 over the parts, each behind its length, so that no two requests write the same bytes."""
    digest = hashlib.sha256()
    for part in (method.encode(), path.encode(), query, body):
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.digest()


async def earlier_answer(
    connection: Connection, master: MasterKey, once: Once, *, now: datetime, kept: timedelta
) -> StoredAnswer | None:
    """The answer of the first request with this key; None if this is the first. The key is locked until the commit.

    Raises `IdempotencyRunning` while another transaction has it, `IdempotencyMismatch` if it asked something else.
    """
    if not await connection.fetchval("SELECT pg_try_advisory_xact_lock($1)", once.lock):
        raise IdempotencyRunning(retry_after=RETRY_AFTER)
    row: Any = await connection.fetchrow(
        "SELECT request_hash, status, headers, body, created_at FROM idempotency_keys WHERE caller = $1 AND key = $2",
        once.caller,
        once.key,
    )
    if row is None:
        return None
    if row["created_at"] < now - kept:
        await connection.execute("DELETE FROM idempotency_keys WHERE caller = $1 AND key = $2", once.caller, once.key)
        return None
    if row["request_hash"] != once.request_hash:
        raise IdempotencyMismatch
    return StoredAnswer(row["status"], row["headers"], master.open(row["body"], once.context))


async def store_answer(
    connection: Connection, master: MasterKey, once: Once, answer: StoredAnswer, *, now: datetime, kept: timedelta
) -> None:
    """Keeps the answer with the effect: both are committed, or neither. Sealed: it may hold a fresh key or somebody's words."""
    await connection.execute(
        """
        INSERT INTO idempotency_keys (tenant_id, caller, key, request_hash, status, headers, body, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        """,
        once.tenant_id,
        once.caller,
        once.key,
        once.request_hash,
        answer.status,
        dict(answer.headers),
        master.seal(answer.body, once.context),
        now,
    )
    if once.lock % _SWEEP_EVERY == 0:
        await _forget_old(connection, now - kept)


async def _forget_old(connection: Connection, before: datetime) -> None:
    """Removes answers of this tenant that were kept long enough, some at a time, with a request now and then."""
    await connection.execute(
        """
        DELETE FROM idempotency_keys WHERE (tenant_id, caller, key) IN (
            SELECT tenant_id, caller, key FROM idempotency_keys WHERE created_at < $1 LIMIT 500)
        """,
        before,
    )
