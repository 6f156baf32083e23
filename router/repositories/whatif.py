"""The past of a tenant, for playing it again: cases with what came of them, and when people were online."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from backbone.storage.database import Connection

LEGS_MOST = 100
"""Of one conversation; what comes after is not counted into its handling."""
EVENTS_MOST = 20_000
AGENTS_MOST = 2000
HISTORY_MOST = 20_000

_CASES = f"""
    SELECT c.id, c.opened_at, c.channel_class, c.visibility, c.cohort, c.priority, c.team_id, c.units, c.needs,
        c.first_reply_at, c.resolved_at,
        CASE WHEN EXISTS (SELECT 1 FROM agents a WHERE a.tenant_id = $1 AND a.languages <> '{{}}')
            THEN (SELECT lower(split_part(k.language, '-', 1)) FROM contacts k WHERE k.id = c.contact_id) END AS language,
        l.taken_at, l.agent_id, coalesce(l.with_agent, 0) AS with_agent, coalesce(l.with_customer, 0) AS with_customer,
        coalesce(l.customers, 0) AS customers
    FROM conversations c LEFT JOIN LATERAL (
        SELECT min(started_at) FILTER (WHERE agent_id IS NOT NULL) AS taken_at,
            (array_agg(agent_id ORDER BY number) FILTER (WHERE agent_id IS NOT NULL))[1] AS agent_id,
            sum(extract(epoch FROM coalesce(ended_at, $4) - started_at)::float8) FILTER (WHERE leg = 'agent') AS with_agent,
            sum(extract(epoch FROM coalesce(ended_at, $4) - started_at)::float8)
                FILTER (WHERE leg = 'customer' AND agent_id IS NOT NULL) AS with_customer,
            count(*) FILTER (WHERE leg = 'customer' AND agent_id IS NOT NULL) AS customers
        FROM (SELECT * FROM conversation_legs WHERE conversation_id = c.id ORDER BY number LIMIT {LEGS_MOST}) AS first
    ) l ON true
    WHERE c.tenant_id = $1 AND c.opened_at >= $2 AND c.opened_at < $3 ORDER BY c.opened_at, c.id LIMIT $5
"""
_HISTORY = """
    SELECT opened_at, team_id, channel_class, visibility, cohort, needs FROM conversations
    WHERE tenant_id = $1 AND opened_at >= $2 AND opened_at < $3 ORDER BY opened_at DESC LIMIT $4
"""
_PRESENCE = """
    SELECT data ->> 'agent_id' AS agent_id, data ->> 'from' AS before, data ->> 'to' AS after, at FROM events
    WHERE tenant_id = $1 AND type = 'agent.presence_changed' AND at >= $2 ORDER BY at, seq LIMIT $3
"""
_PEOPLE = """
    SELECT a.id, array_remove(array_agg(m.team_id ORDER BY m.team_id), NULL) AS teams, a.presence, a.presence_changed_at,
        a.capacity, a.skills, a.languages, a.interruptible_capacity
    FROM agents a LEFT JOIN team_members m ON m.agent_id = a.id
    WHERE a.tenant_id = $1 AND a.role <> 'bot' GROUP BY a.id ORDER BY a.id LIMIT $2
"""


async def cases(
    connection: Connection, tenant_id: str, start: datetime, end: datetime, now: datetime, most: int
) -> Sequence[Any]:
    """Those that began in the period, in order."""
    return await connection.fetch(_CASES, tenant_id, start, end, now, most)


async def history(connection: Connection, tenant_id: str, before: datetime, span: timedelta) -> Sequence[Any]:
    """What came before the period, for a forecast: the newest first."""
    return await connection.fetch(_HISTORY, tenant_id, before - span, before, HISTORY_MOST)


async def presence(connection: Connection, tenant_id: str, since: datetime) -> Sequence[Any]:
    """Changes of presence from then on, as far as the stream is kept."""
    return await connection.fetch(_PRESENCE, tenant_id, since, EVENTS_MOST)


async def people(connection: Connection, tenant_id: str) -> Sequence[Any]:
    """Everybody but bots, as they are now."""
    return await connection.fetch(_PEOPLE, tenant_id, AGENTS_MOST)
