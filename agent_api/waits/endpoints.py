"""Routes of expected waits."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from agent_api.http.call import Call, May
from agent_api.http.docs import reading
from agent_api.http.inputs import ConversationPath, TeamPath
from agent_api.permissions import Permission
from agent_api.waits import service
from agent_api.waits.schemas import ConversationWait, TeamWait, WaitQuery

router = APIRouter(prefix="/v1", tags=["Waits"])

ReadTeam = Annotated[Call, Depends(May(Permission.TEAMS_READ))]
ReadConversation = Annotated[Call, Depends(May(Permission.CONVERSATIONS_READ))]


@router.get(
    "/teams/{team_id}/wait",
    operation_id="getTeamWait",
    summary="How long a newcomer would wait",
    response_model=TeamWait,
    responses=reading(404),
)
async def team_wait(call: ReadTeam, team_id: TeamPath, query: Annotated[WaitQuery, Query()]) -> Response:
    """From the queue now, the capacity online and how long work has taken lately, with how wrong that was."""
    return (await call.read(lambda connection: service.team_wait(connection, call, team_id, query))).response()


@router.get(
    "/conversations/{conversation_id}/wait",
    operation_id="getConversationWait",
    summary="Its place in the queue",
    response_model=ConversationWait,
    responses=reading(404),
)
async def conversation_wait(call: ReadConversation, conversation_id: ConversationPath) -> Response:
    """And how long it will be until somebody takes it."""
    return (await call.read(lambda connection: service.conversation_wait(connection, call, conversation_id))).response()
