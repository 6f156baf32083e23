"""Who takes part in a conversation besides its requester: rooms, groups, copied mail, comment threads."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from backbone.storage.database import Connection
from backbone.storage.statement import columns

MOST = 200
"""Of one conversation: the first ones; what further ones write is stored all the same."""


@dataclass(frozen=True, slots=True)
class Participant:
    """`role` is requester, sender (they wrote) or participant (they were only named)."""

    conversation_id: str
    address: str
    tenant_id: str
    name: str | None
    role: str
    joined_at: datetime


async def add(connection: Connection, wanted: Sequence[Participant]) -> None:
    """Adds who is not there yet; one who was named before and writes now becomes a sender."""
    unique: dict[tuple[str, str], Participant] = {}
    for one in wanted:
        before = unique.get((one.conversation_id, one.address))
        if before is None or before.role == "participant":
            unique[one.conversation_id, one.address] = one
    if not unique:
        return
    values = (
        (p.conversation_id, p.address, p.tenant_id, p.name, p.role, p.joined_at) for _, p in sorted(unique.items())
    )
    await connection.execute(
        f"""
        INSERT INTO conversation_participants AS p (conversation_id, address, tenant_id, name, role, joined_at)
        SELECT c, a, t, n, r, j FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[])
            AS v (c, a, t, n, r, j)
        WHERE (SELECT count(*) FROM conversation_participants x WHERE x.conversation_id = v.c) < {MOST}
        ON CONFLICT (conversation_id, address) DO UPDATE SET name = coalesce(excluded.name, p.name), role = excluded.role
        WHERE p.role = 'participant' AND excluded.role <> 'participant'
        """,
        *columns(values),
    )
