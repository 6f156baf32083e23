"""Routes of teams."""

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from agent_api.http.call import Call, IfMatch, May, MayGet, MayPost
from agent_api.http.docs import NOT_MODIFIED, posting, reading, versioned
from agent_api.http.inputs import Page, TeamPath
from agent_api.http.pages import page_response
from agent_api.permissions import Permission
from agent_api.teams import service
from agent_api.teams.schemas import ChangeTeam, CreateTeam, Team, TeamPage

router = APIRouter(prefix="/v1/teams", tags=["Teams"])

Read = Annotated[Call, Depends(May(Permission.TEAMS_READ))]
GetRead = Annotated[Call, Depends(MayGet(Permission.TEAMS_READ))]
Write = Annotated[Call, Depends(May(Permission.TEAMS_WRITE))]
PostWrite = Annotated[Call, Depends(MayPost(Permission.TEAMS_WRITE))]


@router.get("", operation_id="listTeams", summary="List teams", response_model=TeamPage, responses=reading())
async def list_teams(call: Read, page: Page) -> Response:
    """The oldest first."""
    found = await call.read(lambda connection: service.list_teams(connection, page.cursor, page.limit))
    return page_response(call.request, found)


@router.get(
    "/{team_id}",
    operation_id="getTeam",
    summary="Read one team",
    response_model=Team,
    responses=reading(404) | NOT_MODIFIED,
)
async def get_team(call: GetRead, team_id: TeamPath) -> Response:
    """Its ETag is the version that changes must name."""
    return await call.get(lambda connection: service.get_team(connection, team_id))


@router.post(
    "", operation_id="createTeam", summary="Add a team", status_code=201, response_model=Team, responses=posting()
)
async def create_team(call: PostWrite, body: CreateTeam) -> Response:
    """Agents join it by setAgentTeams."""
    return await call.once(lambda connection: service.create_team(connection, call, body))


@router.patch(
    "/{team_id}", operation_id="changeTeam", summary="Change a team", response_model=Team, responses=versioned()
)
async def change_team(call: Write, team_id: TeamPath, body: ChangeTeam, if_match: IfMatch = None) -> Response:
    """Deadlines that run are computed anew within seconds where its hours changed; each that moves says so on the stream."""
    return await call.change(lambda connection: service.change_team(connection, call, team_id, body, if_match))
