"""Reads and adds agents; presence and capacity are the use cases'."""

from collections.abc import Mapping, Sequence
from typing import Any

from backbone.storage.database import Connection

_SELECT = """
    SELECT a.*, coalesce((SELECT array_agg(m.team_id ORDER BY m.team_id) FROM team_members m WHERE m.agent_id = a.id),
        '{}') AS team_ids
    FROM agents a
"""


async def page(connection: Connection, after: str, limit: int) -> Sequence[Any]:
    """Up to `limit + 1` agents with ids beyond `after`."""
    return await connection.fetch(f"{_SELECT} WHERE a.id > $1 ORDER BY a.id LIMIT $2", after, limit + 1)


async def find(connection: Connection, agent_id: str) -> Any:
    return await connection.fetchrow(f"{_SELECT} WHERE a.id = $1", agent_id)


async def lock(connection: Connection, agent_id: str) -> Any:
    """The version in a row that is locked; None if there is no such agent."""
    return await connection.fetchrow("SELECT version FROM agents WHERE id = $1 FOR UPDATE", agent_id)


async def insert(connection: Connection, values: Sequence[object]) -> None:
    await connection.execute(
        "INSERT INTO agents (id, tenant_id, name, email, role, capacity, created_at, presence_changed_at) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $7)",
        *values,
    )


async def replace_teams(connection: Connection, tenant_id: str, agent_id: str, team_ids: Sequence[str]) -> bool:
    """Sets the list; False, with nothing changed, if a team is not of this tenant."""
    wanted = sorted(set(team_ids))
    known = await connection.fetchval("SELECT count(*) FROM teams WHERE id = ANY($1::text[])", wanted)
    if known != len(wanted):
        return False
    await connection.execute(
        "DELETE FROM team_members WHERE agent_id = $1 AND team_id <> ALL($2::text[])", agent_id, wanted
    )
    await connection.execute(
        "INSERT INTO team_members (tenant_id, team_id, agent_id) SELECT $1, t, $2 FROM unnest($3::text[]) AS v (t) "
        "ON CONFLICT DO NOTHING",
        tenant_id,
        agent_id,
        wanted,
    )
    return True


async def replace_skills(
    connection: Connection, agent_id: str, skills: Mapping[str, int], languages: Sequence[str]
) -> None:
    await connection.execute(
        "UPDATE agents SET skills = $2, languages = $3, version = version + 1 WHERE id = $1",
        agent_id,
        dict(skills),
        sorted(set(languages)),
    )


async def set_hours(connection: Connection, agent_id: str, hours: Mapping[str, Any] | None) -> None:
    await connection.execute("UPDATE agents SET hours = $2, version = version + 1 WHERE id = $1", agent_id, hours)


async def bump(connection: Connection, agent_id: str) -> None:
    await connection.execute("UPDATE agents SET version = version + 1 WHERE id = $1", agent_id)
