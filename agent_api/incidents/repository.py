"""Reads incidents, and what was said in public in figures."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from backbone.storage.database import Connection
from router.usecases.reputation import NEUTRAL

_COLUMNS = """
    i.id, i.subject, i.state, i.began_at, i.last_at, i.posts, i.usual, i.answer, i.answered_by, i.answered_at, i.closed_at,
    c.conversations, c.answered, c.refused
"""
_COUNTED = """
    CROSS JOIN LATERAL (SELECT count(*) AS conversations, count(*) FILTER (WHERE outcome = 'sent') AS answered,
        count(*) FILTER (WHERE outcome = 'refused') AS refused FROM incident_conversations x WHERE x.incident_id = i.id) AS c
"""
_KEYS = {"day": "to_char(p.at AT TIME ZONE 'UTC', 'YYYY-MM-DD')", "channel": "c.channel"}


async def find(connection: Connection, incident_id: str) -> Any:
    return await connection.fetchrow(f"SELECT {_COLUMNS} FROM incidents i {_COUNTED} WHERE i.id = $1", incident_id)


async def page(connection: Connection, state: str | None, before: str | None, limit: int) -> Sequence[Any]:
    """Up to `limit + 1`, the newest first."""
    return await connection.fetch(
        f"""
        SELECT {_COLUMNS} FROM (SELECT * FROM incidents WHERE tenant_id = current_setting('frontdesk.tenant')
            AND ($1::text IS NULL OR state = $1) AND ($2::text IS NULL OR id < $2) ORDER BY id DESC LIMIT $3) AS i {_COUNTED}
        ORDER BY i.id DESC
        """,
        state,
        before,
        limit + 1,
    )


async def figures(connection: Connection, by: str, since: datetime, until: datetime) -> Sequence[Any]:
    """One row for each group of the public posts in between. A conversation counts where its first post in between is."""
    took = "extract(epoch FROM q.first_reply_at - q.opened_at)"
    return await connection.fetch(
        f"""
        WITH said AS (
            SELECT {_KEYS[by]} AS key, p.conversation_id, p.at, p.sentiment, p.rating, p.score, p.reach, c.opened_at, c.first_reply_at,
                row_number() OVER (PARTITION BY p.conversation_id ORDER BY p.at, p.message_id) = 1 AS first
            FROM public_posts p JOIN conversations c ON c.id = p.conversation_id
            WHERE p.tenant_id = current_setting('frontdesk.tenant') AND p.at >= $1 AND p.at < $2
        )
        SELECT q.key, count(*) AS posts, count(*) FILTER (WHERE q.sentiment <= -{NEUTRAL}) AS negative,
            count(*) FILTER (WHERE q.sentiment >= {NEUTRAL}) AS positive, avg(q.sentiment)::float8 AS sentiment_average,
            avg(q.rating)::float8 AS rating_average, max(q.score)::float8 AS score_highest, max(q.reach) AS reach_highest,
            count(*) FILTER (WHERE q.first) AS conversations, count(q.first_reply_at) FILTER (WHERE q.first) AS answered,
            percentile_cont(0.5) WITHIN GROUP (ORDER BY {took}) FILTER (WHERE q.first AND q.first_reply_at IS NOT NULL)
                AS first_answer_p50_seconds,
            percentile_cont(0.9) WITHIN GROUP (ORDER BY {took}) FILTER (WHERE q.first AND q.first_reply_at IS NOT NULL)
                AS first_answer_p90_seconds
        FROM said q GROUP BY 1 ORDER BY 1 LIMIT 500
        """,
        since,
        until,
    )
