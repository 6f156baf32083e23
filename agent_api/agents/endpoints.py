"""Routes of agents."""

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from agent_api.agents import service
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
from agent_api.http.call import Call, IfMatch, May, MayGet, MayPost
from agent_api.http.docs import NOT_MODIFIED, posting, problems, reading, versioned
from agent_api.http.inputs import AgentPath, Page
from agent_api.http.pages import page_response
from agent_api.permissions import Permission

router = APIRouter(prefix="/v1/agents", tags=["Agents"])

Read = Annotated[Call, Depends(May(Permission.AGENTS_READ))]
GetRead = Annotated[Call, Depends(MayGet(Permission.AGENTS_READ))]
Write = Annotated[Call, Depends(May(Permission.AGENTS_WRITE))]
PostWrite = Annotated[Call, Depends(MayPost(Permission.AGENTS_WRITE))]
Own = Annotated[Call, Depends(May(Permission.PRESENCE_OWN))]


@router.get("", operation_id="listAgents", summary="List agents", response_model=AgentPage, responses=reading())
async def list_agents(call: Read, page: Page) -> Response:
    """People and bots with their presence and load, the oldest first."""
    found = await call.read(lambda connection: service.list_agents(connection, page.cursor, page.limit))
    return page_response(call.request, found)


@router.get(
    "/{agent_id}",
    operation_id="getAgent",
    summary="Read one agent",
    response_model=Agent,
    responses=reading(404) | NOT_MODIFIED,
)
async def get_agent(call: GetRead, agent_id: AgentPath) -> Response:
    """Their ETag is the version that changes must name."""
    return await call.get(lambda connection: service.get_agent(connection, agent_id))


@router.post(
    "", operation_id="createAgent", summary="Add an agent", status_code=201, response_model=Agent, responses=posting()
)
async def create_agent(call: PostWrite, body: CreateAgent) -> Response:
    """They come in by a key of their own: createApiKey with their id."""
    return await call.once(lambda connection: service.create_agent(connection, call, body))


@router.put(
    "/{agent_id}/presence",
    operation_id="setPresence",
    summary="Say whether an agent is there",
    response_model=Agent,
    responses=problems(404, body=True),
)
async def set_presence(call: Own, agent_id: AgentPath, body: SetPresence) -> Response:
    """One's own, or with presence:any anybody's. Who goes offline gives waiting work back; who drains is given nothing new
    and goes offline at their time.
    """
    return await call.change(lambda connection: service.set_presence(connection, call, agent_id, body))


@router.put(
    "/{agent_id}/capacity",
    operation_id="setCapacity",
    summary="Set how much an agent takes",
    response_model=Agent,
    responses=versioned(),
)
async def set_capacity(call: Write, agent_id: AgentPath, body: SetCapacity, if_match: IfMatch = None) -> Response:
    """In units. Lowering it stops new work and takes none away."""
    return await call.change(lambda connection: service.set_capacity(connection, call, agent_id, body, if_match))


@router.put(
    "/{agent_id}/hours",
    operation_id="setAgentHours",
    summary="Set when an agent works",
    response_model=Agent,
    responses=versioned(),
)
async def set_hours(call: Write, agent_id: AgentPath, body: SetHours, if_match: IfMatch = None) -> Response:
    """Outside of their hours they are given nothing new, online or not."""
    return await call.change(lambda connection: service.set_hours(connection, call, agent_id, body, if_match))


@router.put(
    "/{agent_id}/teams",
    operation_id="setAgentTeams",
    summary="Set the teams an agent is in",
    response_model=Agent,
    responses=versioned(),
)
async def set_teams(call: Write, agent_id: AgentPath, body: SetTeams, if_match: IfMatch = None) -> Response:
    """Replaces the list; what they see on the stream follows."""
    return await call.change(lambda connection: service.set_teams(connection, call, agent_id, body, if_match))


@router.put(
    "/{agent_id}/skills",
    operation_id="setAgentSkills",
    summary="Set what an agent can do",
    response_model=Agent,
    responses=versioned(),
)
async def set_skills(call: Write, agent_id: AgentPath, body: SetSkills, if_match: IfMatch = None) -> Response:
    """Replaces skills and languages; waiting work that asks for them is looked at anew at once."""
    return await call.change(lambda connection: service.set_skills(connection, call, agent_id, body, if_match))
