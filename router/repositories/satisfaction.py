"""Questions after a case, ratings, and each time a case was resolved."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from backbone.storage.database import Connection
from router.domain.conversation import Conversation
from router.domain.satisfaction import Answer, Stage

AGAIN_WITHIN = timedelta(hours=72)
"""A case stayed resolved if its customer wrote nothing for so long, on any channel."""
_CONVERSATIONS_LOOKED_AT = 50
"""Of one contact, the newest: where a message after a resolution may stand."""


@dataclass(slots=True)
class Ask:
    """A question whose answer may still come."""

    stage: Stage
    since: datetime
    score: int | None
    language: str | None


async def note_resolved(connection: Connection, current: Conversation, agent_id: str | None, now: datetime) -> None:
    """Call once the conversation is resolved; `agent_id` is who had it."""
    await connection.execute(
        "UPDATE resolutions SET next_at = $2 WHERE conversation_id = $1 AND next_at IS NULL", current.id, now
    )
    await connection.execute(
        """
        INSERT INTO resolutions (conversation_id, at, tenant_id, channel, team_id, agent_id)
        SELECT c.id, $2, c.tenant_id, c.channel, $3, $4 FROM conversations c WHERE c.id = $1 ON CONFLICT DO NOTHING
        """,
        current.id,
        now,
        current.team_id,
        agent_id,
    )


async def was_asked_since(connection: Connection, contact_id: str, since: datetime) -> bool:
    """Whether the contact was asked about any of their conversations. Until the transaction ends, nobody else asks them."""
    await connection.execute("SELECT pg_advisory_xact_lock(hashtext('satisfaction'), hashtext($1))", contact_id)
    found = await connection.fetchval(
        """
        SELECT 1 FROM conversations c JOIN satisfaction_asks a ON a.conversation_id = c.id
        WHERE c.contact_id = $1 AND a.asked_at > $2 LIMIT 1
        """,
        contact_id,
        since,
    )
    return found is not None


async def note_asked(connection: Connection, current: Conversation, now: datetime) -> None:
    """A second question about the same conversation takes the place of the first."""
    await connection.execute(
        """
        INSERT INTO satisfaction_asks (conversation_id, tenant_id, asked_at, stage, since) VALUES ($1, $2, $3, 'asked', $3)
        ON CONFLICT (conversation_id) DO UPDATE SET asked_at = $3, stage = 'asked', since = $3, score = NULL, effort = NULL
        """,
        current.id,
        current.tenant_id,
        now,
    )


async def waiting(connection: Connection, conversation_ids: Sequence[str], since: datetime) -> dict[str, Ask]:
    """Questions of these conversations that an answer may still come to, asked or answered at or after `since`."""
    rows = await connection.fetch(
        """
        SELECT a.conversation_id, a.stage, a.since, a.score, k.language FROM satisfaction_asks a
        JOIN conversations c ON c.id = a.conversation_id LEFT JOIN contacts k ON k.id = c.contact_id
        WHERE a.conversation_id = ANY($1::text[]) AND a.stage <> 'done' AND a.since >= $2
        """,
        sorted(conversation_ids),
        since,
    )
    return {row["conversation_id"]: Ask(*list(row)[1:]) for row in rows}


async def keep(connection: Connection, current: Conversation, answer: Answer, now: datetime) -> None:
    """Writes what was answered: the rating is whose the case was when it was resolved."""
    await connection.execute(
        "UPDATE satisfaction_asks SET stage = $2, since = $3, score = coalesce($4, score), effort = coalesce($5, effort) "
        "WHERE conversation_id = $1",
        current.id,
        answer.stage,
        now,
        answer.score,
        answer.effort,
    )
    if answer.score is not None:
        await connection.execute(
            """
            INSERT INTO ratings (conversation_id, tenant_id, score, agent_id, team_id, channel, at)
            SELECT c.id, c.tenant_id, $2, coalesce(r.agent_id, c.agent_id), coalesce(r.team_id, c.team_id), c.channel, $3
            FROM conversations c LEFT JOIN resolutions r ON r.conversation_id = c.id AND r.next_at IS NULL WHERE c.id = $1
            ON CONFLICT (conversation_id) DO UPDATE SET score = $2, comment = NULL, agent_id = excluded.agent_id,
                team_id = excluded.team_id, at = $3
            """,
            current.id,
            answer.score,
            now,
        )
    if answer.comment is not None:
        await connection.execute(
            "UPDATE ratings SET comment = $2 WHERE conversation_id = $1", current.id, answer.comment
        )


async def tenants_to_settle(connection: Connection, most: int) -> list[str]:
    rows = await connection.fetch("SELECT tenant_id FROM resolutions_due($1, $2)", AGAIN_WITHIN, most)
    return [row["tenant_id"] for row in rows]


async def settle(connection: Connection, tenant_id: str, now: datetime, most: int) -> int:
    """Looks for what the customers of a tenant's resolved cases wrote in the 72 hours after; answers how many it looked at.

    Automatic messages and answers to our question are no contact. Looked at are a contact's 50 newest conversations.
    """
    rows: Sequence[Any] = await connection.fetch(
        f"""
        WITH due AS (
            SELECT r.conversation_id, r.at FROM resolutions r
            WHERE r.tenant_id = $1 AND r.settled_at IS NULL AND r.at <= $2::timestamptz - $3::interval ORDER BY r.at LIMIT $4
        ), found AS (
            SELECT d.conversation_id, d.at, (
                SELECT min(m.received_at) FROM conversations mine
                CROSS JOIN LATERAL (SELECT c.id FROM conversations c WHERE c.contact_id = mine.contact_id
                    ORDER BY c.opened_at DESC LIMIT {_CONVERSATIONS_LOOKED_AT}) AS c
                JOIN messages m ON m.conversation_id = c.id
                WHERE mine.id = d.conversation_id AND m.direction = 'in' AND NOT m.automatic
                    AND m.received_at > d.at AND m.received_at <= d.at + $3::interval
                    AND m.sort_at > d.at - interval '5 minutes'
            ) AS again_at FROM due d
        )
        UPDATE resolutions r SET settled_at = $2, again_at = f.again_at FROM found f
        WHERE r.conversation_id = f.conversation_id AND r.at = f.at RETURNING 1
        """,
        tenant_id,
        now,
        AGAIN_WITHIN,
        most,
    )
    return len(rows)
