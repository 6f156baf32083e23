"""What the dispatcher reads and writes, each in one statement: the queue, the agents, decisions that stick, reasons."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from backbone.ids import new_id
from backbone.storage.database import Connection
from backbone.telemetry import tracing
from router.domain.teamwork import DECLINED_FOR
from router.domain.urgency import Pressure
from router.domain.work import INTERRUPTIBLE, WHOLE, Candidate, Decision, Need, Waiting

ON_TIME, LATE, AGENTS = 300, 100, 2000
"""How much of the front of a queue, of what is late, and how many agents one round looks at."""

_COLUMNS = """c.id, c.team_id, c.units, c.priority, c.due_at, c.waiting_since, c.channel_class, c.auto_replied_at, c.unassigned_reason, c.needs,
    c.window_expires_at, (c.public_post ->> 'reach')::float8 AS reach, (c.public_post ->> 'rating')::int AS rating,
    c.direct_agent_id, c.wants_human, CASE WHEN c.declined_at > $3 THEN c.declined_by ELSE '{}' END AS declined_by,
    coalesce(c.last_agent_id, (SELECT p.last_agent_id FROM conversations p WHERE p.id = c.previous_id)) AS last_agent_id,
    CASE WHEN EXISTS (SELECT 1 FROM agents a WHERE a.tenant_id = $1 AND a.languages <> '{}')
        THEN (SELECT lower(split_part(k.language, '-', 1)) FROM contacts k WHERE k.id = c.contact_id) END AS language"""
_FRONT = """c.tenant_id = $1 AND c.agent_id IS NULL AND c.status = 'open' AND c.waiting_since IS NOT NULL AND c.offered_until IS NULL"""
# Late work does not stand in the way of what can still be in time: each has its own part of the round.
_QUEUE = f"""
    (SELECT {_COLUMNS} FROM conversations c WHERE {_FRONT} AND c.due_at >= $2 ORDER BY c.priority DESC, c.due_at, c.id LIMIT {ON_TIME})
    UNION ALL
    (SELECT {_COLUMNS} FROM conversations c WHERE {_FRONT} AND c.due_at < $2 ORDER BY c.priority DESC, c.due_at, c.id LIMIT {LATE})
"""


@dataclass(frozen=True, slots=True)
class Queued:
    """A waiting conversation, whether its customer has been told that it takes long, the reason noted last, and who had it."""

    work: Waiting
    told: bool
    reason: str | None
    last_agent_id: str | None


async def queue(connection: Connection, tenant_id: str, now: datetime) -> list[Queued]:
    """The front of the tenant's queue, not locked: whoever changes one of them meanwhile wins. What is on offer is not in it."""
    rows = await connection.fetch(_QUEUE, tenant_id, now, now - DECLINED_FOR)
    return [
        Queued(_waiting(row), row["auto_replied_at"] is not None, row["unassigned_reason"], row["last_agent_id"])
        for row in rows
    ]


def _waiting(row: Any) -> Waiting:
    return Waiting(
        row["id"],
        row["team_id"],
        row["units"],
        row["priority"],
        row["due_at"],
        row["waiting_since"],
        exclude=frozenset(row["declined_by"]),
        channel_class=row["channel_class"],
        needs=needs_from(row["needs"]) if row["needs"] else (),
        language=row["language"],
        direct=row["direct_agent_id"],
        human=row["wants_human"],
        pressure=Pressure(row["window_expires_at"], row["reach"], row["rating"]),
    )


def needs_from(document: Sequence[Mapping[str, Any]]) -> tuple[Need, ...]:
    """`[{skill, level, relaxes_after_seconds}]` as stored; its shape was checked when it was written."""
    return tuple(Need(n["skill"], n.get("level", 1), _after(n.get("relaxes_after_seconds"))) for n in document)


def _after(seconds: float | None) -> timedelta | None:
    return None if seconds is None else timedelta(seconds=seconds)


_AGENTS = """
    SELECT a.id, array_remove(array_agg(m.team_id), NULL) AS teams, a.presence, a.capacity + a.capacity_override AS capacity, a.used,
        a.last_assigned_at, a.skills, a.languages, a.wrap_up_until, a.interruptible_capacity, a.interruptible_used,
        a.role = 'bot' AS bot, a.hours
    FROM agents a LEFT JOIN team_members m ON m.agent_id = a.id
    WHERE a.tenant_id = $1 AND a.id IN (SELECT agent_id FROM team_members WHERE team_id = ANY($2::text[]) UNION SELECT unnest($3::text[]))
    GROUP BY a.id ORDER BY a.presence = 'online' DESC, a.used::float / greatest(1, a.capacity), a.id LIMIT $4
"""


async def agents(
    connection: Connection, tenant_id: str, teams: Sequence[str], named: Sequence[str] = ()
) -> list[tuple[Candidate, Mapping[str, Any] | None]]:
    """Members of these teams and those named, the likeliest first: online, least loaded. With each their working hours as
    stored.
    """
    rows = await connection.fetch(_AGENTS, tenant_id, list(teams), list(named), AGENTS)
    return [(_candidate(row), row["hours"]) for row in rows]


def _candidate(row: Any) -> Candidate:
    return Candidate(
        row["id"],
        frozenset(row["teams"]),
        row["presence"],
        row["capacity"],
        row["used"],
        row["last_assigned_at"],
        tuple(sorted(row["skills"].items())),
        frozenset(row["languages"]),
        row["wrap_up_until"],
        row["interruptible_capacity"],
        row["interruptible_used"],
        row["bot"],
    )


def _classes(names: frozenset[str]) -> str:
    return "('" + "', '".join(sorted(names)) + "')"


ASIDE = f"{{class}} IN {_classes(INTERRUPTIBLE)} AND {{agent}}.interruptible_capacity > 0"
"""Whether work of a class takes an agent's interruptible units."""
WEIGHT = (
    f"CASE WHEN {{class}} IN {_classes(WHOLE)} "
    "THEN greatest({units}, {agent}.capacity + {agent}.capacity_override) ELSE {units} END"
)
"""How many units work takes of an agent."""

# The order of locks is everybody's: conversations, then agents by id. An agent who has less room than was read, or is no
# longer there, drops out with all that was meant for them; the rest stands.
_ADMITTED = f"""there AS MATERIALIZED (
        SELECT a.* FROM agents a WHERE a.id IN (SELECT agent_id FROM held) ORDER BY a.id FOR NO KEY UPDATE
    ), takes AS (
        SELECT held.id, held.agent_id, {ASIDE.format(**{"class": "held.channel_class", "agent": "there"})} AS aside,
            {WEIGHT.format(**{"class": "held.channel_class", "agent": "there", "units": "held.units"})} AS units
        FROM held JOIN there ON there.id = held.agent_id
    ), asked AS (
        SELECT agent_id, coalesce(sum(units) FILTER (WHERE NOT aside), 0)::int AS units,
            coalesce(sum(units) FILTER (WHERE aside), 0)::int AS aside FROM takes GROUP BY agent_id
    ), admitted AS (
        UPDATE agents a SET used = a.used + asked.units, interruptible_used = a.interruptible_used + asked.aside, last_assigned_at = $2
        FROM asked, there
        WHERE a.id = there.id AND asked.agent_id = a.id AND a.presence = 'online' AND (a.wrap_up_until IS NULL OR a.wrap_up_until <= $2)
            AND (asked.units = 0 OR a.used + asked.units <= a.capacity + a.capacity_override)
            AND (asked.aside = 0 OR a.interruptible_used + asked.aside <= a.interruptible_capacity)
        RETURNING a.id
    )"""
# A conversation that somebody else took, holds, or means for another drops out.
_HELD = """held AS (
        SELECT c.id, c.units, c.channel_class, c.team_id, w.agent_id FROM conversations c JOIN wanted w ON w.id = c.id
        WHERE c.agent_id IS NULL AND c.status = 'open' AND c.waiting_since IS NOT NULL AND c.offered_until IS NULL
            AND c.team_id IS NOT DISTINCT FROM w.team_id AND (c.direct_agent_id IS NULL OR c.direct_agent_id = w.agent_id)
        ORDER BY c.account_id, c.thread_key FOR UPDATE OF c SKIP LOCKED
    )"""
# All of a round in one statement.
_GIVE = f"""
    WITH wanted AS (
        SELECT * FROM unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[]) WITH ORDINALITY
            AS v (id, team_id, agent_id, explanation, decision_id, event_id, due_at, n)
    ), {_HELD}, {_ADMITTED}, given AS (
        UPDATE conversations c SET agent_id = takes.agent_id, assigned_at = $2, unassigned_reason = NULL, version = c.version + 1,
            held_units = takes.units, held_interruptible = takes.aside, last_agent_id = takes.agent_id, direct_agent_id = NULL,
            declined_by = '{{}}'
        FROM takes JOIN admitted ON admitted.id = takes.agent_id WHERE c.id = takes.id RETURNING c.id
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


# Several agents may be asked for one conversation. The events are the agents': only they need know what they are asked.
_OFFER = f"""
    WITH wanted AS (
        SELECT * FROM unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::timestamptz[], $10::text[],
            $11::text[]) AS v (id, team_id, agent_id, reservation_id, round_id, event_id, expires_at, decision_id, explanation)
    ), {_HELD}, {_ADMITTED}, offered AS (
        INSERT INTO reservations (id, tenant_id, conversation_id, round_id, agent_id, team_id, units, interruptible, offered_at, expires_at)
        SELECT w.reservation_id, $1, w.id, w.round_id, w.agent_id, w.team_id, takes.units, takes.aside, $2, w.expires_at
        FROM wanted w JOIN takes ON takes.id = w.id AND takes.agent_id = w.agent_id JOIN admitted ON admitted.id = w.agent_id
        RETURNING id, conversation_id
    ), done AS (
        SELECT w.* FROM wanted w JOIN offered ON offered.id = w.reservation_id
    ), marked AS (
        UPDATE conversations c SET offered_until = d.expires_at, unassigned_reason = 'offered'
        FROM (SELECT DISTINCT id, expires_at FROM done) d WHERE c.id = d.id
    ), said AS (
        INSERT INTO events_pending (tenant_id, id, type, at, data, traceparent)
        SELECT $1, event_id, 'reservation.offered', $2, jsonb_build_object('reservation_id', reservation_id, 'conversation_id', id,
            'agent_id', agent_id, 'team_id', team_id, 'expires_at', expires_at, 'reason', NULL), $12
        FROM done ORDER BY reservation_id
    ), explained AS (
        INSERT INTO routing_decisions (id, tenant_id, conversation_id, at, outcome, agent_id, explanation)
        SELECT DISTINCT ON (id) decision_id, $1, id, $2, 'offered', NULL, explanation::jsonb FROM done ORDER BY id, decision_id
    )
    SELECT DISTINCT conversation_id FROM offered
"""


async def offer(
    connection: Connection,
    tenant_id: str,
    decisions: Sequence[Decision],
    teams: Mapping[str, str | None],
    until: Mapping[str, datetime],
    now: datetime,
) -> set[str]:
    """Asks the agents of each decision, holds their units until each answers or the time is over, and says so; answers the
    conversations for which anybody was asked.
    """
    if not decisions:
        return set()
    asked = [
        (d, agent_id, round_id)
        for d in decisions
        for round_id in (new_id("rnd"),)
        for agent_id in (d.agent_id, *d.also)
    ]
    rows = await connection.fetch(
        _OFFER,
        tenant_id,
        now,
        [d.conversation_id for d, _, _ in asked],
        [teams[d.conversation_id] for d, _, _ in asked],
        [agent_id for _, agent_id, _ in asked],
        [new_id("res") for _ in asked],
        [round_id for _, _, round_id in asked],
        [new_id("evt") for _ in asked],
        [until[d.conversation_id] for d, _, _ in asked],
        [new_id("dec") for _ in asked],
        [json.dumps(d.explanation) for d, _, _ in asked],
        tracing.traceparent(),
    )
    return {row["conversation_id"] for row in rows}


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
