"""What expected waits are made from, and where they are written; each in one bounded statement."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from backbone.storage.database import Connection
from backbone.storage.statement import columns
from backbone.storage.team_waits import TeamWait
from router.domain.waits import Measured, Place

QUEUE_MOST = 5000
_RECENT = timedelta(hours=6)
_RECENT_MOST, _MEASURED_MOST, _OPEN_MOST = 2000, 200, 500


@dataclass(frozen=True, slots=True)
class Queued:
    """A waiting conversation of a team."""

    place: Place
    team_id: str | None
    channel_class: str


async def queue(connection: Connection, tenant_id: str) -> list[Queued]:
    """Who waits without an owner, at most 5,000."""
    rows = await connection.fetch(
        """
        SELECT id, due_at, waiting_since, priority, team_id, channel_class FROM conversations c
        WHERE c.tenant_id = $1 AND c.agent_id IS NULL AND c.status = 'open' AND c.waiting_since IS NOT NULL AND c.due_at IS NOT NULL
        ORDER BY c.priority DESC, c.due_at, c.id LIMIT $2
        """,
        tenant_id,
        QUEUE_MOST,
    )
    return [
        Queued(Place(r["id"], r["due_at"], r["waiting_since"], r["priority"]), r["team_id"], r["channel_class"])
        for r in rows
    ]


@dataclass(frozen=True, slots=True)
class Staffing:
    """Agents of a team who are online, their units of capacity, and those that are free."""

    online: int
    slots: int
    free: int


async def staffing(connection: Connection, tenant_id: str) -> dict[str, Staffing]:
    """By team. Who is in two teams counts in both: the corrections of the forecasts learn what that costs."""
    rows = await connection.fetch(
        """
        SELECT m.team_id, count(*) AS online, sum(a.capacity + a.capacity_override) AS slots,
            sum(greatest(0, a.capacity + a.capacity_override - a.used)) AS free
        FROM agents a JOIN team_members m ON m.agent_id = a.id
        WHERE a.tenant_id = $1 AND a.presence = 'online' GROUP BY m.team_id
        """,
        tenant_id,
    )
    return {r["team_id"]: Staffing(int(r["online"]), int(r["slots"]), int(r["free"])) for r in rows}


@dataclass(frozen=True, slots=True)
class Handled:
    """How long one conversation held a slot, and how long its agent took to answer; in seconds, None where it did not."""

    team_id: str | None
    channel_class: str
    handling: float | None
    pickup: float | None


async def handled(connection: Connection, tenant_id: str, now: datetime) -> list[Handled]:
    """Of the last six hours, the newest 2,000."""
    rows = await connection.fetch(
        """
        SELECT team_id, channel_class, extract(epoch FROM resolved_at - assigned_at)::float8 AS handling,
            CASE WHEN first_reply_at >= assigned_at THEN extract(epoch FROM first_reply_at - assigned_at)::float8 END AS pickup
        FROM conversations WHERE tenant_id = $1 AND last_message_at >= $2 AND assigned_at IS NOT NULL
        ORDER BY last_message_at DESC, id DESC LIMIT $3
        """,
        tenant_id,
        now - _RECENT,
        _RECENT_MOST,
    )
    return [Handled(*row) for row in rows]


async def measured(connection: Connection, team_ids: Sequence[str]) -> dict[str, list[Measured]]:
    """The last 200 settled forecasts of each team."""
    rows = await connection.fetch(
        """
        SELECT f.* FROM unnest($1::text[]) AS t (id) CROSS JOIN LATERAL (
            SELECT team_id, model, seconds, low, high, took FROM wait_forecasts
            WHERE team_id = t.id AND took IS NOT NULL ORDER BY settled_at DESC LIMIT $2
        ) f
        """,
        list(team_ids),
        _MEASURED_MOST,
    )
    found: dict[str, list[Measured]] = {}
    for row in rows:
        found.setdefault(row["team_id"], []).append(Measured(*tuple(row)[1:]))
    return found


async def settle(connection: Connection, tenant_id: str, now: datetime) -> None:
    """Notes what came of forecasts whose wait has ended: measured where an agent took the work, else only closed."""
    await connection.execute(
        """
        UPDATE wait_forecasts f SET settled_at = $2, took = CASE WHEN c.assigned_at >= f.at AND c.agent_id IS NOT NULL
            AND c.team_id = f.team_id THEN extract(epoch FROM c.assigned_at - f.at)::float8 END
        FROM (SELECT conversation_id, waiting_since FROM wait_forecasts WHERE tenant_id = $1 AND settled_at IS NULL ORDER BY at LIMIT $3) o
        JOIN conversations c ON c.id = o.conversation_id
        WHERE f.conversation_id = o.conversation_id AND f.waiting_since = o.waiting_since
            AND (c.agent_id IS NOT NULL OR c.status <> 'open' OR c.waiting_since IS DISTINCT FROM f.waiting_since)
        """,
        tenant_id,
        now,
        _OPEN_MOST,
    )


async def forecast(connection: Connection, rows: Sequence[tuple[Any, ...]]) -> None:
    """Keeps the first forecast of each wait."""
    if rows:
        await connection.execute(
            """
            INSERT INTO wait_forecasts (conversation_id, waiting_since, tenant_id, team_id, channel_class, at, position, model, seconds, low, high)
            SELECT * FROM unnest($1::text[], $2::timestamptz[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::int[],
                $8::float8[], $9::float8[], $10::float8[], $11::float8[])
            ON CONFLICT (conversation_id, waiting_since) DO NOTHING
            """,
            *columns(rows),
        )


async def put(connection: Connection, tenant_id: str, waits: Sequence[TeamWait], now: datetime) -> None:
    """Writes the tenant's waits in place of those before."""
    if waits:
        await connection.execute(
            """
            INSERT INTO team_waits (tenant_id, team_id, channel_class, at, online, slots, free, waiting, position, seconds, low, high,
                answer_seconds, handling_seconds, opens_at, measured, median_error, in_range)
            SELECT $1, * FROM unnest($2::text[], $3::text[], $4::timestamptz[], $5::int[], $6::int[], $7::int[], $8::int[], $9::int[],
                $10::float8[], $11::float8[], $12::float8[], $13::float8[], $14::float8[], $15::timestamptz[], $16::int[], $17::float8[], $18::float8[])
            ON CONFLICT (team_id, channel_class) DO UPDATE SET at = excluded.at, online = excluded.online, slots = excluded.slots,
                free = excluded.free, waiting = excluded.waiting, position = excluded.position, seconds = excluded.seconds, low = excluded.low,
                high = excluded.high, answer_seconds = excluded.answer_seconds, handling_seconds = excluded.handling_seconds,
                opens_at = excluded.opens_at, measured = excluded.measured, median_error = excluded.median_error, in_range = excluded.in_range
            """,
            tenant_id,
            *columns(
                (
                    w.team_id, w.channel_class, w.at, w.online, w.slots, w.free, w.waiting, w.position, w.seconds, w.low, w.high,
                    w.answer_seconds, w.handling_seconds, w.opens_at, w.measured, w.median_error, w.in_range,
                )
                for w in waits
            ),
        )  # fmt: skip
    await connection.execute(
        "INSERT INTO wait_looks (tenant_id, looked_at) VALUES ($1, clock_timestamp()) "
        "ON CONFLICT (tenant_id) DO UPDATE SET looked_at = excluded.looked_at",
        tenant_id,
    )
    await connection.execute("DELETE FROM team_waits WHERE tenant_id = $1 AND at < $2", tenant_id, now)
