"""Reads figures of conversations, and keeps ratings."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from backbone.storage.database import Connection

_KEYS = {
    "day": "to_char(c.opened_at AT TIME ZONE 'UTC', 'YYYY-MM-DD')",
    "channel": "c.channel",
    "team": "c.team_id",
}
_LINES_MOST = 500
_QUARTERS_MOST = 93 * 24 * 4
_RATING = "conversation_id, score, comment, agent_id, team_id, channel, at"


async def figures(connection: Connection, by: str, since: datetime, until: datetime) -> Sequence[Any]:
    """One row for each group of the conversations opened in between."""
    took = "extract(epoch FROM c.first_reply_at - c.opened_at)"
    return await connection.fetch(
        f"""
        SELECT {_KEYS[by]} AS key, count(*) AS opened, count(*) FILTER (WHERE c.status = 'resolved') AS resolved,
            count(c.first_reply_at) AS answered, count(c.waiting_since) AS waiting,
            count(*) FILTER (WHERE c.sla_state = 'breached') AS breached,
            percentile_cont(0.5) WITHIN GROUP (ORDER BY {took}) FILTER (WHERE c.first_reply_at IS NOT NULL) AS first_reply_p50_seconds,
            percentile_cont(0.9) WITHIN GROUP (ORDER BY {took}) FILTER (WHERE c.first_reply_at IS NOT NULL) AS first_reply_p90_seconds,
            count(r.score) AS rated, avg(r.score)::float8 AS rating_average
        FROM conversations c LEFT JOIN ratings r ON r.conversation_id = c.id
        WHERE c.tenant_id = current_setting('frontdesk.tenant') AND c.opened_at >= $1 AND c.opened_at < $2
        GROUP BY 1 ORDER BY 1 LIMIT {_LINES_MOST}
        """,
        since,
        until,
    )


_RESOLVED_BY = {
    "day": "to_char(r.at AT TIME ZONE 'UTC', 'YYYY-MM-DD')",
    "channel": "r.channel",
    "team": "r.team_id",
    "agent": "r.agent_id",
}


async def resolutions(connection: Connection, by: str, since: datetime, until: datetime) -> Sequence[Any]:
    """One row for each group of resolutions in between, with what customers said of them and whether they wrote again.

    A rating or a question counts for the resolution that it followed.
    """
    follows = "r.conversation_id AND {0} >= r.at AND (r.next_at IS NULL OR {0} < r.next_at)"
    return await connection.fetch(
        f"""
        SELECT {_RESOLVED_BY[by]} AS key, count(*) AS resolved, count(a.asked_at) AS asked, count(a.score) AS answered,
            count(x.score) AS rated, avg(x.score)::float8 AS average, count(*) FILTER (WHERE x.score >= 4) AS satisfied,
            count(a.effort) AS efforts, avg(a.effort)::float8 AS effort_average,
            count(r.settled_at) AS settled, count(r.again_at) AS again
        FROM resolutions r
        LEFT JOIN ratings x ON x.conversation_id = {follows.format("x.at")}
        LEFT JOIN satisfaction_asks a ON a.conversation_id = {follows.format("a.asked_at")}
        WHERE r.tenant_id = current_setting('frontdesk.tenant') AND r.at >= $1 AND r.at < $2
        GROUP BY 1 ORDER BY 1 LIMIT {_LINES_MOST}
        """,
        since,
        until,
    )


async def quarters(connection: Connection, since: datetime, until: datetime) -> Sequence[Any]:
    """One row for each quarter of an hour in which conversations were opened; `seconds` is what their first answers took in all."""
    return await connection.fetch(
        f"""
        SELECT date_bin('15 minutes', opened_at, 'epoch') AS at, count(*) AS opened, count(first_reply_at) AS answered,
            count(*) FILTER (WHERE sla_state = 'breached') AS breached,
            coalesce(sum(extract(epoch FROM first_reply_at - opened_at)), 0)::float8 AS seconds
        FROM conversations
        WHERE tenant_id = current_setting('frontdesk.tenant') AND opened_at >= $1 AND opened_at < $2
        GROUP BY 1 ORDER BY 1 LIMIT {_QUARTERS_MOST}
        """,
        since,
        until,
    )


async def settings_of(connection: Connection) -> Any:
    """Of the transaction's tenant."""
    return await connection.fetchval("SELECT settings FROM tenants WHERE id = current_setting('frontdesk.tenant')")


async def put_rating(connection: Connection, values: Sequence[object]) -> Any:
    return await connection.fetchrow(
        f"""
        INSERT INTO ratings (conversation_id, tenant_id, score, comment, agent_id, team_id, channel, at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        ON CONFLICT (conversation_id) DO UPDATE SET score = $3, comment = $4, agent_id = $5, team_id = $6, at = $8
        RETURNING {_RATING}
        """,
        *values,
    )


async def ratings(connection: Connection, before: tuple[datetime, str] | None, limit: int) -> Sequence[Any]:
    """Up to `limit + 1` ratings, the newest first."""
    at, last_id = before or (None, None)
    return await connection.fetch(
        f"SELECT {_RATING} FROM ratings WHERE tenant_id = current_setting('frontdesk.tenant') "
        "AND ($1::timestamptz IS NULL OR (at, conversation_id) < ($1, $2)) ORDER BY at DESC, conversation_id DESC LIMIT $3",
        at,
        last_id,
        limit + 1,
    )
