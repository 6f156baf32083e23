"""Routes of bots."""

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from agent_api.bots import service
from agent_api.bots.schemas import BotTurn, HandOver, MoreTime
from agent_api.conversations.schemas import Conversation
from agent_api.http.call import Call, MayPost
from agent_api.http.docs import posting
from agent_api.http.inputs import ConversationPath
from agent_api.permissions import Permission

router = APIRouter(prefix="/v1/conversations", tags=["Bots"])

PostSend = Annotated[Call, Depends(MayPost(Permission.MESSAGES_SEND))]


@router.post(
    "/{conversation_id}/hand-over",
    operation_id="handOverConversation",
    summary="A bot lets people go on",
    response_model=Conversation,
    responses=posting(404),
)
async def hand_over(call: PostSend, conversation_id: ConversationPath, body: HandOver) -> Response:
    """It goes to the queue with its age, a note of what the bot knows, and to no bot again until somebody gives it to one. The
    customer is told that it happens and how long it takes.
    """
    return await call.once(lambda connection: service.hand_over(connection, call, conversation_id, body))


@router.post(
    "/{conversation_id}/more-time",
    operation_id="askMoreTime",
    summary="A bot asks for time",
    response_model=BotTurn,
    responses=posting(404),
)
async def more_time(call: PostSend, conversation_id: ConversationPath, body: MoreTime) -> Response:
    """Up to three times in one wait of the customer."""
    return await call.once(lambda connection: service.more_time(connection, call, conversation_id, body))
