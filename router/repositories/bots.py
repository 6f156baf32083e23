"""The turns of bots: what they owe an answer to, and until when."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from backbone.storage.database import Connection
from router.domain.conversation import Conversation

SAID_MOST = 5
"""Messages of the customer that are looked at together."""


@dataclass(frozen=True, slots=True)
class Turn:
    """`said` is what the customer wrote since they wait. `until` is of this wait; `looked_at` that the last message was."""

    said: str = field(repr=False)
    until: datetime | None
    misses: int
    looked_at: bool


@dataclass(frozen=True, slots=True)
class Introduction:
    """Whether a bot has spoken in this conversation, the customer's language, and the tenant's settings."""

    spoke: bool
    language: str | None
    settings: dict[str, Any]


async def due(connection: Connection, most: int) -> list[tuple[str, str]]:
    """Tenant and conversation of those to look at, the longest waiting first."""
    rows = await connection.fetch("SELECT tenant_id, conversation_id FROM bot_turns_due($1)", most)
    return [(row["tenant_id"], row["conversation_id"]) for row in rows]


async def turn(connection: Connection, current: Conversation) -> Turn | None:
    """None where no bot has the conversation."""
    row = await connection.fetchrow(
        """
        SELECT t.until, t.misses, t.said_at IS NOT DISTINCT FROM $3 AND t.until IS NOT NULL AS looked_at FROM agents a
        LEFT JOIN bot_turns t ON t.conversation_id = $1 AND t.agent_id = a.id AND t.waiting_since = $4
        WHERE a.id = $2 AND a.role = 'bot'
        """,
        current.id,
        current.agent_id,
        current.last_customer_at,
        current.waiting_since,
    )
    if row is None:
        return None
    said = await connection.fetch(
        """
        SELECT content ->> 'text' AS text FROM messages
        WHERE conversation_id = $1 AND direction = 'in' AND received_at >= $2 ORDER BY sort_at DESC, id DESC LIMIT $3
        """,
        current.id,
        current.waiting_since,
        SAID_MOST,
    )
    text = "\n".join(one["text"] for one in reversed(said) if one["text"])
    return Turn(text, row["until"], row["misses"] or 0, bool(row["looked_at"]))


async def begin(connection: Connection, current: Conversation, until: datetime) -> None:
    """The bot's time runs until then; a further message of the same wait leaves it."""
    await connection.execute(
        """
        INSERT INTO bot_turns AS t (conversation_id, tenant_id, agent_id, waiting_since, said_at, until) VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (conversation_id) DO UPDATE SET agent_id = $3, waiting_since = $4, said_at = $5, until = $6,
            misses = CASE WHEN t.agent_id = $3 AND t.waiting_since = $4 THEN t.misses ELSE 0 END,
            asked = CASE WHEN t.agent_id = $3 AND t.waiting_since = $4 THEN t.asked ELSE 0 END
        """,
        current.id,
        current.tenant_id,
        current.agent_id,
        current.waiting_since,
        current.last_customer_at,
        until,
    )


async def miss(connection: Connection, current: Conversation, until: datetime) -> None:
    await connection.execute(
        "UPDATE bot_turns SET misses = misses + 1, until = $2 WHERE conversation_id = $1", current.id, until
    )


async def extend(connection: Connection, current: Conversation, until: datetime, times: int) -> datetime | None:
    """The later of what it had and `until`; None where it has asked so many times."""
    found: datetime | None = await connection.fetchval(
        """
        INSERT INTO bot_turns AS t (conversation_id, tenant_id, agent_id, waiting_since, said_at, until, asked)
        VALUES ($1, $2, $3, $4, NULL, $5, 1) ON CONFLICT (conversation_id) DO UPDATE SET
            until = CASE WHEN t.agent_id = $3 AND t.waiting_since = $4 THEN greatest(t.until, $5) ELSE $5 END,
            said_at = CASE WHEN t.agent_id = $3 AND t.waiting_since = $4 THEN t.said_at END,
            misses = CASE WHEN t.agent_id = $3 AND t.waiting_since = $4 THEN t.misses ELSE 0 END,
            asked = CASE WHEN t.agent_id = $3 AND t.waiting_since = $4 THEN t.asked + 1 ELSE 1 END,
            agent_id = $3, waiting_since = $4
        WHERE NOT (t.agent_id = $3 AND t.waiting_since = $4 AND t.asked >= $6) RETURNING t.until
        """,
        current.id,
        current.tenant_id,
        current.agent_id,
        current.waiting_since,
        until,
        times,
    )
    return found


async def mark_human(connection: Connection, conversation_id: str, skill: str | None, preferred_for: int) -> None:
    """No bot is given it again; `skill` is preferred for so many seconds of its wait."""
    need = [] if skill is None else [{"skill": skill, "level": 1, "relaxes_after_seconds": preferred_for}]
    await connection.execute(
        """
        UPDATE conversations SET wants_human = true,
            needs = CASE WHEN $2::jsonb = '[]' THEN needs ELSE coalesce(needs, '[]') || $2::jsonb END WHERE id = $1
        """,
        conversation_id,
        need,
    )
    await connection.execute("DELETE FROM bot_turns WHERE conversation_id = $1", conversation_id)


async def introduction(connection: Connection, current: Conversation) -> Introduction:
    row = await connection.fetchrow(
        """
        SELECT EXISTS (SELECT 1 FROM messages m WHERE m.conversation_id = c.id AND m.direction = 'out' AND m.author_kind = 'bot') AS spoke,
            k.language, t.settings FROM conversations c JOIN tenants t ON t.id = c.tenant_id LEFT JOIN contacts k ON k.id = c.contact_id
        WHERE c.id = $1
        """,
        current.id,
    )
    return Introduction(row["spoke"], row["language"], row["settings"])
