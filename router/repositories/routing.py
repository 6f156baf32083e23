"""What the dispatcher reads and writes, each in one statement: the queue, the agents, decisions that stick, reasons."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from backbone.ids import new_id
from backbone.storage.database import Connection
from backbone.telemetry import tracing
from router.domain.assignment import Candidate, Decision, Need, Waiting

ON_TIME, LATE, AGENTS = 300, 100, 2000
"""How much of the front of a queue, of what is late, and how many agents one round looks at."""

_COLUMNS = """c.id, c.team_id, c.units, c.priority, c.due_at, c.waiting_since, c.channel_class, c.auto_replied_at, c.unassigned_reason, c.needs,
    CASE WHEN EXISTS (SELECT 1 FROM agents a WHERE a.tenant_id = $1 AND a.languages <> '{}')
        THEN (SELECT lower(split_part(k.language, '-', 1)) FROM contacts k WHERE k.id = c.contact_id) END AS language"""
_FRONT = """c.tenant_id = $1 AND c.agent_id IS NULL AND c.status = 'open' AND c.waiting_since IS NOT NULL"""
# Late work does not stand in the way of what can still be in time: each has its own part of the round.
_QUEUE = f"""
    (SELECT {_COLUMNS} FROM conversations c WHERE {_FRONT} AND c.due_at >= $2 ORDER BY c.priority DESC, c.due_at, c.id LIMIT {ON_TIME})
    UNION ALL
    (SELECT {_COLUMNS} FROM conversations c WHERE {_FRONT} AND c.due_at < $2 ORDER BY c.priority DESC, c.due_at, c.id LIMIT {LATE})
"""


@dataclass(frozen=True, slots=True)
class Queued:
    """A waiting conversation, whether its customer has been told that it takes long, and the reason noted last."""

    work: Waiting
    told: bool
    reason: str | None


async def queue(connection: Connection, tenant_id: str, now: datetime) -> list[Queued]:
    """The front of the tenant's queue, not locked: whoever changes one of them meanwhile wins."""
    rows = await connection.fetch(_QUEUE, tenant_id, now)
    return [Queued(_waiting(row), row["auto_replied_at"] is not None, row["unassigned_reason"]) for row in rows]


def _waiting(row: Any) -> Waiting:
    return Waiting(
        row["id"],
        row["team_id"],
        row["units"],
        row["priority"],
        row["due_at"],
        row["waiting_since"],
        channel_class=row["channel_class"],
        needs=needs_from(row["needs"]) if row["needs"] else (),
        language=row["language"],
    )


def needs_from(document: Sequence[Mapping[str, Any]]) -> tuple[Need, ...]:
    """`[{skill, level, relaxes_after_seconds}]` as stored; its shape was checked when it was written."""
    return tuple(Need(n["skill"], n.get("level", 1), _after(n.get("relaxes_after_seconds"))) for n in document)


def _after(seconds: float | None) -> timedelta | None:
    return None if seconds is None else timedelta(seconds=seconds)


async def agents(connection: Connection, tenant_id: str, teams: Sequence[str]) -> list[Candidate]:
    """Members of these teams, the likeliest first: online, least loaded."""
    rows = await connection.fetch(
        """
        SELECT a.id, array_agg(m.team_id) AS teams, a.presence, a.capacity + a.capacity_override AS capacity, a.used,
            a.last_assigned_at, a.skills, a.languages
        FROM agents a JOIN team_members m ON m.agent_id = a.id
        WHERE a.tenant_id = $1 AND m.team_id = ANY($2::text[])
        GROUP BY a.id ORDER BY a.presence = 'online' DESC, a.used::float / greatest(1, a.capacity), a.id LIMIT $3
        """,
        tenant_id,
        list(teams),
        AGENTS,
    )
    return [
        Candidate(
            r["id"],
            frozenset(r["teams"]),
            r["presence"],
            r["capacity"],
            r["used"],
            r["last_assigned_at"],
            tuple(sorted(r["skills"].items())),
            frozenset(r["languages"]),
        )
        for r in rows
    ]


# All of a round in one statement. The order of locks is everybody's: conversations, then agents by id. A conversation that
# somebody else took or holds, and an agent who has less room than was read, drop out; the rest stands.
_GIVE = """
    WITH wanted AS (
        SELECT * FROM unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[]) WITH ORDINALITY
            AS v (id, team_id, agent_id, explanation, decision_id, event_id, due_at, n)
    ), held AS (
        SELECT c.id, c.units, w.agent_id FROM conversations c JOIN wanted w ON w.id = c.id
        WHERE c.agent_id IS NULL AND c.status = 'open' AND c.waiting_since IS NOT NULL AND c.team_id = w.team_id
        ORDER BY c.account_id, c.thread_key FOR UPDATE OF c SKIP LOCKED
    ), asked AS (
        SELECT agent_id, sum(units)::int AS units FROM held GROUP BY agent_id
    ), there AS MATERIALIZED (
        SELECT a.id FROM agents a WHERE a.id IN (SELECT agent_id FROM asked) ORDER BY a.id FOR NO KEY UPDATE
    ), admitted AS (
        UPDATE agents a SET used = a.used + asked.units, last_assigned_at = $2 FROM asked, there
        WHERE a.id = there.id AND asked.agent_id = a.id AND a.presence = 'online' AND a.used + asked.units <= a.capacity + a.capacity_override
        RETURNING a.id
    ), given AS (
        UPDATE conversations c SET agent_id = held.agent_id, assigned_at = $2, unassigned_reason = NULL, version = c.version + 1
        FROM held JOIN admitted ON admitted.id = held.agent_id WHERE c.id = held.id RETURNING c.id
    ), done AS (
        SELECT w.* FROM wanted w JOIN given ON given.id = w.id
    ), said AS (
        INSERT INTO events_pending (tenant_id, id, type, conversation_id, at, data, traceparent)
        SELECT $1, event_id, 'conversation.assigned', id, $2, jsonb_build_object('conversation_id', id, 'agent_id', agent_id,
            'team_id', team_id, 'from_agent_id', NULL, 'by', NULL, 'reason', 'routed', 'due_at', due_at), $10
        FROM done ORDER BY n
    ), explained AS (
        INSERT INTO routing_decisions (id, tenant_id, conversation_id, at, outcome, agent_id, explanation)
        SELECT decision_id, $1, id, $2, 'assigned', agent_id, explanation::jsonb FROM done
    )
    SELECT id FROM given
"""


async def give(
    connection: Connection,
    tenant_id: str,
    decisions: Sequence[Decision],
    teams: Mapping[str, str | None],
    now: datetime,
) -> set[str]:
    """Writes assignments with their units, events and explanations; answers the conversations that were given."""
    if not decisions:
        return set()
    rows = await connection.fetch(
        _GIVE,
        tenant_id,
        now,
        [d.conversation_id for d in decisions],
        [teams[d.conversation_id] for d in decisions],
        [d.agent_id for d in decisions],
        [json.dumps(d.explanation) for d in decisions],
        [new_id("dec") for _ in decisions],
        [new_id("evt") for _ in decisions],
        [d.explanation["due_at"] for d in decisions],
        tracing.traceparent(),
    )
    return {row["id"] for row in rows}


_NOTE = """
    WITH wanted AS (
        SELECT * FROM unnest($3::text[], $4::text[], $5::text[], $6::text[]) AS v (id, reason, explanation, decision_id)
    ), changed AS (
        UPDATE conversations c SET unassigned_reason = w.reason FROM wanted w
        WHERE c.id = w.id AND c.agent_id IS NULL AND c.unassigned_reason IS DISTINCT FROM w.reason RETURNING c.id
    )
    INSERT INTO routing_decisions (id, tenant_id, conversation_id, at, outcome, agent_id, explanation)
    SELECT w.decision_id, $1, w.id, $2, w.reason, NULL, w.explanation::jsonb FROM wanted w JOIN changed ON changed.id = w.id
"""


async def note(
    connection: Connection,
    tenant_id: str,
    decisions: Sequence[Decision],
    known: Mapping[str, str | None],
    now: datetime,
) -> None:
    """Writes why work is not assigned where the reason differs from the `known` one, with its explanation."""
    fresh = [d for d in decisions if known.get(d.conversation_id) != d.outcome]
    if fresh:
        await connection.execute(
            _NOTE,
            tenant_id,
            now,
            [d.conversation_id for d in fresh],
            [d.outcome for d in fresh],
            [json.dumps(d.explanation) for d in fresh],
            [new_id("dec") for _ in fresh],
        )
