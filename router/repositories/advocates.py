"""Invitations to tell others."""

from datetime import datetime
from typing import Any

from backbone.storage.database import Connection
from router.domain.conversation import Conversation

COLUMNS = "id, conversation_id, channel, kind, code, at, opened_at, used_at, uses"


async def was_invited_since(connection: Connection, contact_id: str, since: datetime) -> bool:
    """Whether the contact was invited in any of their conversations."""
    found = await connection.fetchval(
        "SELECT 1 FROM conversations c JOIN advocate_invitations a ON a.conversation_id = c.id "
        "WHERE c.contact_id = $1 AND a.at > $2 LIMIT 1",
        contact_id,
        since,
    )
    return found is not None


async def invited_since(connection: Connection, tenant_id: str, since: datetime) -> int:
    """How many the tenant invited. Until the transaction ends nobody else counts: two at once can't both be the last."""
    await connection.execute("SELECT pg_advisory_xact_lock(hashtext('advocates'), hashtext($1))", tenant_id)
    found: int = await connection.fetchval(
        "SELECT count(*) FROM advocate_invitations WHERE tenant_id = $1 AND at > $2", tenant_id, since
    )
    return found


async def score_of(connection: Connection, conversation_id: str) -> int | None:
    found: int | None = await connection.fetchval(
        "SELECT score FROM ratings WHERE conversation_id = $1", conversation_id
    )
    return found


async def is_known(connection: Connection, conversation_id: str) -> bool:
    """Whether there was an invitation in this conversation already."""
    return bool(
        await connection.fetchval("SELECT 1 FROM advocate_invitations WHERE conversation_id = $1", conversation_id)
    )


async def insert(
    connection: Connection,
    current: Conversation,
    *,
    invitation_id: str,
    channel: str,
    kind: str,
    code: str,
    link: str | None,
    now: datetime,
) -> None:
    await connection.execute(
        "INSERT INTO advocate_invitations (id, tenant_id, conversation_id, channel, kind, code, link, at) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        invitation_id, current.tenant_id, current.id, channel, kind, code, link, now,
    )  # fmt: skip


async def use(connection: Connection, code: str, now: datetime) -> Any:
    """Counts that a friend used a referral code of the transaction's tenant; None where there is no such code."""
    return await connection.fetchrow(
        f"UPDATE advocate_invitations SET uses = uses + 1, used_at = coalesce(used_at, $2) "
        f"WHERE code = $1 AND kind = 'referral' RETURNING {COLUMNS}",
        code,
        now,
    )
