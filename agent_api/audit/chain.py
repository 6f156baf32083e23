"""The hash chain of a tenant's audit log. Lines hold ids and names of operations; what was asked is a salted hash only.

Each line's hash covers the one before it. The salt can be destroyed by an erasure: the chain stays whole, and nothing can be
guessed from it any more. A tenant's changes of configuration wait for each other, which are few; nothing else does.
"""

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from backbone.storage.database import Connection

FIRST = bytes(32)
_SALT = 32


@dataclass(frozen=True, slots=True)
class Entry:
    """One change that was asked for. `asked` is a hash of the request, salted before it is stored."""

    at: datetime
    actor: str
    operation: str
    target: str | None
    request_id: str
    status: int
    asked: bytes


def line_hash(before: bytes, number: int, line: Sequence[str | None], request_hash: bytes) -> bytes:
    """SHA-256 over the hash before, the number and every part behind its length, so that no two lines write the same bytes."""
    digest = hashlib.sha256(before + number.to_bytes(8, "big"))
    for part in line:
        data = b"\xff" if part is None else part.encode()
        digest.update(len(data).to_bytes(8, "big") + data)
    digest.update(request_hash)
    return digest.digest()


def line_of(row: Any) -> list[str | None]:
    """The parts of a stored line that its hash covers, in their order."""
    at = row["at"].astimezone(UTC).isoformat(timespec="microseconds")
    return [at, row["actor"], row["operation"], row["target"], row["request_id"], str(row["status"])]


async def append(connection: Connection, tenant_id: str, entry: Entry) -> None:
    """Writes one line with the caller's transaction."""
    await connection.execute(
        "INSERT INTO audit_heads (tenant_id, number, hash, salt) VALUES ($1, 0, $2, $3) ON CONFLICT DO NOTHING",
        tenant_id,
        FIRST,
        secrets.token_bytes(_SALT),
    )
    head = await connection.fetchrow(
        "SELECT number, hash, salt FROM audit_heads WHERE tenant_id = $1 FOR UPDATE", tenant_id
    )
    number = head["number"] + 1
    salted = hmac.new(head["salt"], entry.asked, hashlib.sha256).digest()
    row = {
        "at": entry.at,
        "actor": entry.actor,
        "operation": entry.operation,
        "target": entry.target,
        "request_id": entry.request_id,
        "status": entry.status,
    }
    chained = line_hash(head["hash"], number, line_of(row), salted)
    await connection.execute(
        "INSERT INTO audit_log (tenant_id, number, at, actor, operation, target, request_id, status, request_hash, hash) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        tenant_id,
        number,
        *row.values(),
        salted,
        chained,
    )
    await connection.execute(
        "UPDATE audit_heads SET number = $2, hash = $3 WHERE tenant_id = $1", tenant_id, number, chained
    )
