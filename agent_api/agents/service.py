"""What callers do with agents, each inside one transaction of theirs."""

from datetime import datetime, timedelta
from typing import Any

from agent_api.agents import repository
from agent_api.agents.schemas import (
    Agent,
    AgentPage,
    CreateAgent,
    SetCapacity,
    SetHours,
    SetPresence,
    SetSkills,
    SetTeams,
)
from agent_api.http.announce import announce
from agent_api.http.call import Answer, Call
from agent_api.http.cursor import make_cursor, read_cursor
from agent_api.http.pages import split
from agent_api.http.versions import check_version
from agent_api.permissions import Permission, permissions_of, require, require_all_of
from backbone.errors import InputInvalid, NotFound
from backbone.ids import new_id
from backbone.storage.database import Connection
from router.usecases import agents as usecases
from schemas.events import EventType

_LIST = {"list": "agents"}


def agent_of(row: Any) -> Agent:
    return Agent(**{name: row[name] for name in Agent.model_fields})


async def list_agents(connection: Connection, cursor: str | None, limit: int) -> AgentPage:
    after = "" if cursor is None else read_cursor(cursor, _LIST, 1)[0]
    rows, last = split(await repository.page(connection, after, limit), limit)
    following = None if last is None else make_cursor((last["id"],), _LIST)
    return AgentPage(items=[agent_of(row) for row in rows], next_cursor=following)


async def get_agent(connection: Connection, agent_id: str) -> Answer:
    row = await repository.find(connection, agent_id)
    if row is None:
        raise NotFound("There is no such agent.")
    agent = agent_of(row)
    return Answer(agent, version=agent.version)


async def create_agent(connection: Connection, call: Call, body: CreateAgent) -> Answer:
    require_all_of(call.principal, permissions_of(body.role))
    agent_id, tenant_id = new_id("agt"), call.principal.tenant_id
    values = (agent_id, tenant_id, body.name, body.email, body.role, body.capacity, call.now)
    await repository.insert(connection, values)
    await _replace_teams(connection, tenant_id, agent_id, body.team_ids)
    await announce(connection, tenant_id, EventType.AGENT_UPDATED, {"agent_id": agent_id, "created": True}, call.now)
    agent = (await get_agent(connection, agent_id)).model
    assert isinstance(agent, Agent)
    return Answer(agent, status=201, version=agent.version, location=f"/v1/agents/{agent_id}")


async def set_presence(connection: Connection, call: Call, agent_id: str, body: SetPresence) -> Answer:
    if agent_id != call.principal.agent_id:
        require(call.principal, Permission.PRESENCE_ANY)
    await usecases.set_presence(
        connection,
        tenant_id=call.principal.tenant_id,
        agent_id=agent_id,
        presence=body.presence,
        reason=body.reason,
        now=call.now,
        offline_at=offline_at(body, call.now),
    )
    return await get_agent(connection, agent_id)


def offline_at(body: SetPresence, now: datetime) -> datetime | None:
    """When one who drains is gone."""
    return None if body.offline_in_seconds is None else now + timedelta(seconds=body.offline_in_seconds)


async def set_capacity(
    connection: Connection, call: Call, agent_id: str, body: SetCapacity, if_match: str | None
) -> Answer:
    check_version(await repository.lock(connection, agent_id), if_match, "agent")
    await usecases.set_capacity(
        connection,
        tenant_id=call.principal.tenant_id,
        agent_id=agent_id,
        capacity=usecases.Capacity(body.capacity, body.override, body.interruptible),
        now=call.now,
    )
    return await get_agent(connection, agent_id)


async def set_hours(connection: Connection, call: Call, agent_id: str, body: SetHours, if_match: str | None) -> Answer:
    check_version(await repository.lock(connection, agent_id), if_match, "agent")
    document = None if body.hours is None else body.hours.model_dump(mode="json")
    await repository.set_hours(connection, agent_id, document)
    data = {"agent_id": agent_id, "hours": document is not None}
    await announce(connection, call.principal.tenant_id, EventType.AGENT_UPDATED, data, call.now)
    return await get_agent(connection, agent_id)


async def set_teams(connection: Connection, call: Call, agent_id: str, body: SetTeams, if_match: str | None) -> Answer:
    check_version(await repository.lock(connection, agent_id), if_match, "agent")
    tenant_id = call.principal.tenant_id
    await _replace_teams(connection, tenant_id, agent_id, body.team_ids)
    await repository.bump(connection, agent_id)
    data = {"agent_id": agent_id, "team_ids": sorted(set(body.team_ids))}
    await announce(connection, tenant_id, EventType.AGENT_UPDATED, data, call.now)
    return await get_agent(connection, agent_id)


async def set_skills(
    connection: Connection, call: Call, agent_id: str, body: SetSkills, if_match: str | None
) -> Answer:
    check_version(await repository.lock(connection, agent_id), if_match, "agent")
    await repository.replace_skills(connection, agent_id, body.skills, body.languages)
    data = {"agent_id": agent_id, "skills": sorted(body.skills)}
    await announce(connection, call.principal.tenant_id, EventType.AGENT_UPDATED, data, call.now)
    return await get_agent(connection, agent_id)


async def _replace_teams(connection: Connection, tenant_id: str, agent_id: str, team_ids: tuple[str, ...]) -> None:
    if not await repository.replace_teams(connection, tenant_id, agent_id, team_ids):
        raise InputInvalid("A team is unknown.", pointers={"/team_ids": "names a team that does not exist"})
