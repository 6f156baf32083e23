"""Public posts as they were weighed, and incidents made of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from backbone.ids import new_id
from backbone.storage.database import Connection
from backbone.storage.statement import columns
from router.domain.reputation.storms import USUAL, WINDOW, Post, Storm

POSTS_MOST = 5000
"""Of one tenant's window: the newest are looked at."""


@dataclass(frozen=True, slots=True)
class PublicPost:
    """One row of `public_posts`."""

    message_id: str
    tenant_id: str
    conversation_id: str
    author: str
    at: datetime
    reach: int | None
    rating: int | None
    sentiment: float
    score: float
    terms: tuple[str, ...]


async def add(connection: Connection, posts: Sequence[PublicPost]) -> None:
    await connection.execute(
        """
        INSERT INTO public_posts (message_id, tenant_id, conversation_id, author, at, reach, rating, sentiment, score, terms)
        SELECT m, t, c, a, w, r, s, f, g, string_to_array(k, chr(10)) FROM unnest($1::text[], $2::text[], $3::text[], $4::text[],
            $5::timestamptz[], $6::int[], $7::int[], $8::real[], $9::real[], $10::text[]) AS v (m, t, c, a, w, r, s, f, g, k)
        ON CONFLICT DO NOTHING
        """,
        *columns(
            (p.message_id, p.tenant_id, p.conversation_id, p.author, p.at, p.reach, p.rating, p.sentiment, p.score, "\n".join(p.terms))
            for p in posts
        ),
    )  # fmt: skip


async def tenants_due(connection: Connection, now: datetime, most: int) -> list[str]:
    rows = await connection.fetch("SELECT tenant_id FROM reputations_due($1, $2)", now - WINDOW, most)
    return [row["tenant_id"] for row in rows]


async def window(connection: Connection, tenant_id: str, now: datetime) -> list[Post]:
    """What was said in public of a tenant in the last window, the oldest first."""
    rows = await connection.fetch(
        "SELECT conversation_id, author, terms, sentiment, message_id, reach, rating FROM public_posts WHERE tenant_id = $1 AND at > $2 AND at <= $3 "
        "ORDER BY at DESC LIMIT $4",
        tenant_id,
        now - WINDOW,
        now,
        POSTS_MOST,
    )
    return [
        Post(
            row["conversation_id"], row["author"], tuple(row["terms"]), row["sentiment"], row["message_id"], row["reach"],
            row["rating"],
        )
        for row in reversed(rows)
    ]  # fmt: skip


async def reweigh(connection: Connection, weights: Sequence[tuple[str, float]]) -> None:
    """Writes the weights that changed, by message."""
    await connection.execute(
        "UPDATE public_posts p SET score = v.s FROM unnest($1::text[], $2::real[]) AS v (m, s) "
        "WHERE p.message_id = v.m AND p.score <> v.s",
        *columns(weights),
    )


async def usual(connection: Connection, tenant_id: str, subjects: Sequence[str], now: datetime) -> dict[str, float]:
    """How many posts a window has on each subject, by the week before it."""
    rows = await connection.fetch(
        """
        SELECT s.subject, count(*) AS posts FROM unnest($2::text[]) AS s (subject)
        JOIN (SELECT terms FROM public_posts WHERE tenant_id = $1 AND at > $3 AND at <= $4 ORDER BY at DESC LIMIT 100000) AS p
            ON s.subject = ANY (p.terms)
        GROUP BY s.subject
        """,
        tenant_id,
        list(subjects),
        now - WINDOW - USUAL,
        now - WINDOW,
    )
    return {row["subject"]: row["posts"] * (WINDOW / USUAL) for row in rows}


async def open_or_extend(connection: Connection, tenant_id: str, storm: Storm, now: datetime) -> tuple[str, bool]:
    """The id of the subject's open incident, and whether it began just now. All of the storm's conversations are linked to it."""
    row: Any = await connection.fetchrow(
        """
        INSERT INTO incidents AS i (id, tenant_id, subject, state, began_at, last_at, posts, usual)
        VALUES ($1, $2, $3, 'open', $4, $4, $5, $6)
        ON CONFLICT (tenant_id, subject) WHERE state = 'open' DO UPDATE SET last_at = $4, posts = greatest(i.posts, $5)
        RETURNING id
        """,
        new_id("inc"),
        tenant_id,
        storm.subject,
        now,
        storm.posts,
        storm.usual,
    )
    began = await connection.fetchval(
        "SELECT NOT EXISTS (SELECT 1 FROM incident_conversations WHERE incident_id = $1)", row["id"]
    )
    await link(connection, row["id"], tenant_id, storm.conversations, now)
    return row["id"], bool(began)


async def link(
    connection: Connection, incident_id: str, tenant_id: str, conversations: Sequence[str], now: datetime
) -> None:
    await connection.execute(
        "INSERT INTO incident_conversations (incident_id, conversation_id, tenant_id, linked_at) "
        "SELECT $1, c, $2, $4 FROM unnest($3::text[]) AS c ON CONFLICT DO NOTHING",
        incident_id,
        tenant_id,
        list(conversations),
        now,
    )


async def open_incidents(connection: Connection, tenant_id: str) -> list[Any]:
    """At most 50: id, subject, and when the last post on it came."""
    return list(
        await connection.fetch(
            "SELECT id, subject, last_at FROM incidents WHERE tenant_id = $1 AND state = 'open' ORDER BY last_at LIMIT 50",
            tenant_id,
        )
    )


async def touch(connection: Connection, incident_id: str, now: datetime) -> None:
    await connection.execute("UPDATE incidents SET last_at = $2 WHERE id = $1", incident_id, now)


async def close(connection: Connection, incident_id: str, now: datetime) -> bool:
    """False where it was closed already."""
    done = await connection.execute(
        "UPDATE incidents SET state = 'closed', closed_at = $2 WHERE id = $1 AND state = 'open'", incident_id, now
    )
    return bool(done.endswith(" 1"))


async def keep_answer(connection: Connection, incident_id: str, text: str, by: str | None, now: datetime) -> str | None:
    """The incident's state, None where there is none; the answer is kept where it is open."""
    state: str | None = await connection.fetchval("SELECT state FROM incidents WHERE id = $1 FOR UPDATE", incident_id)
    if state == "open":
        await connection.execute(
            "UPDATE incidents SET answer = $2, answered_by = $3, answered_at = $4 WHERE id = $1",
            incident_id,
            text,
            by,
            now,
        )
    return state


async def to_answer(connection: Connection, tenant_id: str, most: int) -> list[Any]:
    """Conversations of open incidents that have a shared answer which did not go there yet."""
    return list(
        await connection.fetch(
            """
            SELECT i.id AS incident_id, i.answer, i.answered_by, c.conversation_id FROM incidents i
            JOIN incident_conversations c ON c.incident_id = i.id AND c.answered_at IS NULL
            WHERE i.tenant_id = $1 AND i.state = 'open' AND i.answer IS NOT NULL ORDER BY c.linked_at, c.conversation_id LIMIT $2
            """,
            tenant_id,
            most,
        )
    )


async def claim(connection: Connection, incident_id: str, conversation_id: str, now: datetime) -> bool:
    """Whether the answer is for the caller to send: once for each conversation."""
    done = await connection.execute(
        "UPDATE incident_conversations SET answered_at = $3, outcome = 'sent' "
        "WHERE incident_id = $1 AND conversation_id = $2 AND answered_at IS NULL",
        incident_id,
        conversation_id,
        now,
    )
    return bool(done.endswith(" 1"))


async def refused(connection: Connection, incident_id: str, conversation_id: str) -> None:
    await connection.execute(
        "UPDATE incident_conversations SET outcome = 'refused' WHERE incident_id = $1 AND conversation_id = $2",
        incident_id,
        conversation_id,
    )
