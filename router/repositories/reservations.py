"""Offers to agents: found, locked, and ended in sets with the units they held given back."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import msgspec

from backbone.storage.database import Connection
from router.domain.conversation import Fact
from router.repositories.events import EventRow, event_row

Ending = Literal["accepted", "declined", "timed_out", "withdrawn"]


@dataclass(frozen=True, slots=True)
class Reservation:
    """One agent who is or was asked."""

    id: str
    conversation_id: str
    round_id: str
    agent_id: str
    team_id: str | None
    state: str
    units: int
    interruptible: bool
    expires_at: datetime


_FIELDS = "id, conversation_id, round_id, agent_id, team_id, state, units, interruptible, expires_at"


def _load(row: Any) -> Reservation:
    return Reservation(*row)


async def find(connection: Connection, tenant_id: str, reservation_id: str) -> Reservation | None:
    """As it is now, not locked: whoever ends it locks its conversation first."""
    row = await connection.fetchrow(
        f"SELECT {_FIELDS} FROM reservations WHERE id = $1 AND tenant_id = $2", reservation_id, tenant_id
    )
    return None if row is None else _load(row)


async def offered(connection: Connection, conversation_ids: Sequence[str]) -> list[Reservation]:
    """All live offers of these conversations, whose rows the caller has locked."""
    rows = await connection.fetch(
        f"SELECT {_FIELDS} FROM reservations WHERE conversation_id = ANY($1::text[]) AND state = 'offered' ORDER BY id",
        list(conversation_ids),
    )
    return [_load(row) for row in rows]


# Units stay with who accepts: what was held for the offer is held for the conversation from then on.
_END = """
    WITH ended AS (
        UPDATE reservations r SET state = v.state, ended_at = $4, reason = v.reason
        FROM unnest($1::text[], $2::text[], $3::text[]) AS v (id, state, reason)
        WHERE r.id = v.id AND r.state = 'offered'
        RETURNING r.id, r.conversation_id, r.agent_id, r.units, r.interruptible, r.state
    ), freed AS (
        SELECT agent_id, coalesce(sum(units) FILTER (WHERE NOT interruptible), 0)::int AS units,
            coalesce(sum(units) FILTER (WHERE interruptible), 0)::int AS aside
        FROM ended WHERE state <> 'accepted' GROUP BY agent_id
    ), there AS MATERIALIZED (
        SELECT a.id FROM agents a WHERE a.id IN (SELECT agent_id FROM freed) ORDER BY a.id FOR NO KEY UPDATE
    ), back AS (
        UPDATE agents a SET used = greatest(0, a.used - freed.units), interruptible_used = greatest(0, a.interruptible_used - freed.aside)
        FROM freed, there WHERE a.id = there.id AND freed.agent_id = a.id
    ), cases AS (
        SELECT conversation_id, coalesce(array_agg(agent_id) FILTER (WHERE state IN ('declined', 'timed_out')), '{}') AS refused,
            EXISTS (SELECT 1 FROM reservations o WHERE o.conversation_id = ended.conversation_id AND o.state = 'offered'
                AND o.id NOT IN (SELECT id FROM ended)) AS more
        FROM ended GROUP BY conversation_id
    ), noted AS (
        UPDATE conversations c SET offered_until = CASE WHEN cases.more THEN c.offered_until END,
            declined_by = CASE WHEN c.declined_at > $5 THEN c.declined_by ELSE '{}' END || cases.refused,
            declined_at = CASE WHEN cases.refused <> '{}' THEN $4 ELSE c.declined_at END
        FROM cases WHERE c.id = cases.conversation_id
    )
    SELECT id FROM ended
"""


async def end(
    connection: Connection, endings: Mapping[str, tuple[Ending, str | None]], now: datetime, forgotten: datetime
) -> set[str]:
    """Ends live offers by id, each with its state and reason, and gives back what they held; answers those that ended.

    The caller has locked their conversations. Refusals from before `forgotten` count no more.
    """
    if not endings:
        return set()
    ids = sorted(endings)
    rows = await connection.fetch(_END, ids, [endings[i][0] for i in ids], [endings[i][1] for i in ids], now, forgotten)
    return {row["id"] for row in rows}


def told(
    tenant_id: str, reservations: Iterable[Reservation], endings: Mapping[str, tuple[Ending, str | None]], now: datetime
) -> list[EventRow]:
    """The events of these endings. They are the agents', not the conversations': others need not know who was asked."""
    rows = []
    for one in reservations:
        state, reason = endings[one.id]
        data = {
            "reservation_id": one.id,
            "conversation_id": one.conversation_id,
            "agent_id": one.agent_id,
            "team_id": one.team_id,
            "reason": reason,
        }
        row = event_row(tenant_id, Fact(f"reservation.{state}", data), now)
        rows.append(msgspec.structs.replace(row, conversation_id=None))
    return rows
