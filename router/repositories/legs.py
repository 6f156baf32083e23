"""Legs and runs of clocks: read for the conversations of a batch of events, and written back in sets."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from backbone.storage.database import Connection
from backbone.storage.statement import columns
from router.domain.legs import KINDS, LEGS, Happened, Leg, Life, Run


async def behind(connection: Connection, most: int) -> list[str]:
    """Tenants whose stream has grown beyond what was read."""
    return [row["tenant_id"] for row in await connection.fetch("SELECT tenant_id FROM legs_behind($1)", most)]


async def lock_position(connection: Connection, tenant_id: str) -> int | None:
    """Up to where the tenant's stream was read; None while another reads it."""
    await connection.execute(
        "INSERT INTO leg_positions (tenant_id, read_seq) VALUES ($1, 0) ON CONFLICT (tenant_id) DO NOTHING", tenant_id
    )
    found = await connection.fetchval(
        "SELECT read_seq FROM leg_positions WHERE tenant_id = $1 FOR UPDATE SKIP LOCKED", tenant_id
    )
    return None if found is None else int(found)


async def advance(connection: Connection, tenant_id: str, seq: int) -> None:
    await connection.execute("UPDATE leg_positions SET read_seq = $2 WHERE tenant_id = $1", tenant_id, seq)


async def events_after(
    connection: Connection, tenant_id: str, after: int, most: int
) -> tuple[int | None, list[tuple[str, Happened]]]:
    """The number of the last of the next events, and those that say something of legs, by conversation."""
    rows = await connection.fetch(
        "SELECT seq, type, conversation_id, at, data FROM events WHERE tenant_id = $1 AND seq > $2 ORDER BY seq LIMIT $3",
        tenant_id,
        after,
        most,
    )
    if not rows:
        return None, []
    telling = [row for row in rows if row["type"] in KINDS and row["conversation_id"] is not None]
    agents = sorted({agent for row in telling if (agent := row["data"].get("agent_id"))})
    bots = frozenset(
        row["id"]
        for row in await connection.fetch("SELECT id FROM agents WHERE id = ANY($1::text[]) AND role = 'bot'", agents)
    )
    return rows[-1]["seq"], [(r["conversation_id"], Happened(r["type"], r["at"], r["data"], bots)) for r in telling]


async def lives(connection: Connection, conversation_ids: Sequence[str]) -> dict[str, Life]:
    """What is open of each conversation, and how much there was."""
    found = {key: Life() for key in conversation_ids}
    legs = await connection.fetch(
        """
        SELECT l.* FROM unnest($1::text[]) AS c (id) CROSS JOIN LATERAL (
            SELECT * FROM conversation_legs WHERE conversation_id = c.id ORDER BY number DESC LIMIT 1
        ) l
        """,
        list(conversation_ids),
    )
    for row in legs:
        life = found[row["conversation_id"]]
        life.legs_made = row["number"]
        if row["ended_at"] is None:
            life.leg = _leg(row)
    for row in await connection.fetch(
        """
        SELECT r.* FROM unnest($1::text[]) AS c (id) CROSS JOIN unnest($2::text[]) AS k (clock) CROSS JOIN LATERAL (
            SELECT * FROM clock_runs WHERE conversation_id = c.id AND clock = k.clock ORDER BY number DESC LIMIT 1
        ) r
        """,
        list(conversation_ids),
        ["first_reply", "next_reply", "resolution"],
    ):
        life = found[row["conversation_id"]]
        life.runs_made[row["clock"]] = row["number"]
        if row["ended_at"] is None:
            life.runs[row["clock"]] = _run(row)
    return found


def _leg(row: Any) -> Leg:
    return Leg(
        row["number"], row["leg"], row["clock"], row["status"], row["team_id"], row["agent_id"], row["started_at"],
        row["start_cause"], row["ended_at"], row["end_cause"],
    )  # fmt: skip


def _run(row: Any) -> Run:
    return Run(
        row["clock"], row["number"], row["started_at"], row["team_id"], row["due_at"], row["policy_id"], row["policy_version"],
        row["ended_at"], row["outcome"], row["breached"], {leg: row[f"{leg}_seconds"] for leg in LEGS},
    )  # fmt: skip


async def write(connection: Connection, tenant_id: str, lives_by_id: Mapping[str, Life]) -> None:
    """Writes what was closed and what is open now."""
    await _write_legs(connection, tenant_id, lives_by_id)
    await _write_runs(connection, tenant_id, lives_by_id)


async def _write_legs(connection: Connection, tenant_id: str, lives_by_id: Mapping[str, Life]) -> None:
    rows = [
        (
            key, leg.number, tenant_id, leg.leg, leg.clock, leg.status, leg.team_id, leg.agent_id, leg.started_at, leg.ended_at,
            leg.start_cause, leg.end_cause,
        )
        for key, life in lives_by_id.items()
        for leg in (*life.legs, *((life.leg,) if life.leg else ()))
    ]  # fmt: skip
    if rows:
        await connection.execute(
            """
            INSERT INTO conversation_legs (conversation_id, number, tenant_id, leg, clock, status, team_id, agent_id, started_at, ended_at,
                start_cause, end_cause)
            SELECT * FROM unnest($1::text[], $2::int[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
                $9::timestamptz[], $10::timestamptz[], $11::text[], $12::text[])
            ON CONFLICT (conversation_id, number) DO UPDATE SET leg = excluded.leg, clock = excluded.clock, status = excluded.status,
                team_id = excluded.team_id, agent_id = excluded.agent_id, started_at = excluded.started_at, ended_at = excluded.ended_at,
                start_cause = excluded.start_cause, end_cause = excluded.end_cause
            """,
            *columns(rows),
        )


async def _write_runs(connection: Connection, tenant_id: str, lives_by_id: Mapping[str, Life]) -> None:
    rows = [
        (
            key, run.clock, run.number, tenant_id, run.team_id, run.policy_id, run.policy_version, run.started_at, run.due_at,
            run.ended_at, run.outcome, run.breached, run.blamed, *(run.seconds.get(leg, 0.0) for leg in LEGS),
        )
        for key, life in lives_by_id.items()
        for run in (*life.ended, *life.runs.values())
    ]  # fmt: skip
    if rows:
        await connection.execute(
            """
            INSERT INTO clock_runs (conversation_id, clock, number, tenant_id, team_id, policy_id, policy_version, started_at, due_at,
                ended_at, outcome, breached, blamed, provider_seconds, bot_seconds, queue_seconds, agent_seconds, customer_seconds)
            SELECT * FROM unnest($1::text[], $2::text[], $3::int[], $4::text[], $5::text[], $6::text[], $7::bigint[], $8::timestamptz[],
                $9::timestamptz[], $10::timestamptz[], $11::text[], $12::bool[], $13::text[], $14::float8[], $15::float8[], $16::float8[],
                $17::float8[], $18::float8[])
            ON CONFLICT (conversation_id, clock, number) DO UPDATE SET due_at = excluded.due_at, ended_at = excluded.ended_at,
                outcome = excluded.outcome, breached = excluded.breached, blamed = excluded.blamed,
                provider_seconds = excluded.provider_seconds, bot_seconds = excluded.bot_seconds, queue_seconds = excluded.queue_seconds,
                agent_seconds = excluded.agent_seconds, customer_seconds = excluded.customer_seconds
            """,
            *columns(rows),
        )


async def shown(connection: Connection, conversation_id: str, most: int) -> tuple[list[Leg], list[Run]]:
    """The last legs and runs of one conversation, in order."""
    legs = await connection.fetch(
        "SELECT * FROM conversation_legs WHERE conversation_id = $1 ORDER BY number DESC LIMIT $2",
        conversation_id,
        most,
    )
    runs = await connection.fetch(
        "SELECT * FROM clock_runs WHERE conversation_id = $1 ORDER BY started_at DESC, clock LIMIT $2",
        conversation_id,
        most,
    )
    return [_leg(row) for row in reversed(legs)], [_run(row) for row in reversed(runs)]


async def report(connection: Connection, by: str, since: datetime, until: datetime) -> Sequence[Any]:
    """Runs that began in between, by clock and `by` (a column of `clock_runs`, or the day): outcomes, blame and seconds of legs."""
    key = "to_char(started_at AT TIME ZONE 'UTC', 'YYYY-MM-DD')" if by == "day" else by
    sums = ", ".join(f"sum({leg}_seconds) AS {leg}_seconds" for leg in LEGS)
    blame = ", ".join(f"count(*) FILTER (WHERE blamed = '{leg}') AS blamed_{leg}" for leg in _blamable())
    return await connection.fetch(
        f"""
        SELECT clock, {key} AS key, count(*) AS runs, count(*) FILTER (WHERE outcome = 'met') AS met,
            count(*) FILTER (WHERE breached) AS breached, count(*) FILTER (WHERE outcome = 'running') AS running, {sums}, {blame}
        FROM clock_runs WHERE tenant_id = current_setting('frontdesk.tenant') AND started_at >= $1 AND started_at < $2
        GROUP BY 1, 2 ORDER BY 1, 2 LIMIT 500
        """,
        since,
        until,
    )


def _blamable() -> Iterable[str]:
    return (leg for leg in LEGS if leg != "customer")
