"""Routes of promises to call back."""

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from agent_api.call_backs import service
from agent_api.call_backs.schemas import BookCallBack, CallBackList, CallBackSlots
from agent_api.conversations.schemas import Conversation
from agent_api.http.call import Call, IfMatch, May, MayPost
from agent_api.http.docs import posting, reading, versioned
from agent_api.http.inputs import ConversationPath, TeamPath
from agent_api.permissions import Permission

router = APIRouter(prefix="/v1", tags=["Waits"])

Read = Annotated[Call, Depends(May(Permission.TEAMS_READ))]
ReadConversation = Annotated[Call, Depends(May(Permission.CONVERSATIONS_READ))]
PostRoute = Annotated[Call, Depends(MayPost(Permission.CONVERSATIONS_ROUTE))]


@router.get(
    "/teams/{team_id}/call-back-slots",
    operation_id="listCallBackSlots",
    summary="Times that can be promised",
    response_model=CallBackSlots,
    responses=reading(404),
)
async def slots(call: Read, team_id: TeamPath) -> Response:
    """Inside the team's hours, with room. The setting `routing.call_backs` says how long slots are and how many fit into one."""
    return (await call.read(lambda connection: service.slots(connection, call, team_id))).response()


@router.post(
    "/conversations/{conversation_id}/call-back",
    operation_id="bookCallBack",
    summary="Promise a time in place of waiting",
    response_model=Conversation,
    responses=posting() | versioned(),
)
async def book(
    call: PostRoute, conversation_id: ConversationPath, body: BookCallBack, if_match: IfMatch = None
) -> Response:
    """It sleeps until then and goes first when its time comes. A slot that is full: 409. A promise before it is given up."""
    return await call.once(lambda connection: service.book(connection, call, conversation_id, body, if_match))


@router.get(
    "/conversations/{conversation_id}/call-backs",
    operation_id="listCallBacks",
    summary="What is promised to the customer",
    response_model=CallBackList,
    responses=reading(404),
)
async def promised(call: ReadConversation, conversation_id: ConversationPath) -> Response:
    """Until it was kept, and a day after its time at the latest."""
    return (await call.read(lambda connection: service.promised(connection, call, conversation_id))).response()


@router.post(
    "/conversations/{conversation_id}/call-back/done",
    operation_id="keepCallBack",
    summary="Say that a promise was kept",
    response_model=Conversation,
    responses=posting() | versioned(),
)
async def keep(call: PostRoute, conversation_id: ConversationPath, if_match: IfMatch = None) -> Response:
    """Or that the customer wishes it no more. A conversation that sleeps for it is awake."""
    return await call.once(lambda connection: service.keep(connection, call, conversation_id, if_match))
