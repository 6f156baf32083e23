"""Routes of actions on messages."""

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from agent_api.actions import service
from agent_api.actions.schemas import AskAction, MessageAction, MessageActionList, PrivateReply
from agent_api.http.call import Answer, Call, May, MayPost
from agent_api.http.docs import posting, reading
from agent_api.http.inputs import ConversationPath, MessagePath
from agent_api.messages.schemas import Message
from agent_api.permissions import Permission

router = APIRouter(prefix="/v1", tags=["Messages"])

Read = Annotated[Call, Depends(May(Permission.MESSAGES_READ))]
PostSend = Annotated[Call, Depends(MayPost(Permission.MESSAGES_SEND))]


@router.get(
    "/messages/{message_id}/actions",
    operation_id="listMessageActions",
    summary="What was done to a message",
    response_model=MessageActionList,
    responses=reading(404),
)
async def list_actions(call: Read, message_id: MessagePath) -> Response:
    """With what came of each."""
    found = await call.read(lambda connection: service.list_actions(connection, call, message_id))
    return Answer(found).response()


@router.post(
    "/messages/{message_id}/actions",
    operation_id="actOnMessage",
    summary="Edit, delete, hide or react to a message",
    status_code=201,
    response_model=MessageAction,
    responses=posting(404),
)
async def act(call: PostSend, message_id: MessagePath, body: AskAction) -> Response:
    """Queued for the provider; `message.action_changed` on the stream tells how it went, and the message changes with the
    provider's yes. 409 `action_unsupported`: the channel has no such action.
    """
    return await call.once(lambda connection: service.ask(connection, call, message_id, body))


@router.post(
    "/messages/{message_id}/private-reply",
    operation_id="replyInPrivate",
    summary="Answer a public message in private",
    status_code=201,
    response_model=Message,
    responses=posting(404),
)
async def reply_in_private(call: PostSend, message_id: MessagePath, body: PrivateReply) -> Response:
    """The provider opens the private conversation, which names this one as its `linked_id` once it is seen here."""
    return await call.once(lambda connection: service.reply_in_private(connection, call, message_id, body))


@router.post(
    "/conversations/{conversation_id}/typing",
    operation_id="showTyping",
    summary="Show the customer that somebody types",
    status_code=204,
    responses=posting(404),
)
async def show_typing(call: PostSend, conversation_id: ConversationPath) -> Response:
    """For a few seconds, as the channel shows it. 409 `action_unsupported`: it does not."""
    return await call.once(lambda connection: service.show(connection, call, conversation_id, "typing"))


@router.post(
    "/conversations/{conversation_id}/read",
    operation_id="markRead",
    summary="Show the customer that their message was read",
    status_code=204,
    responses=posting(404),
)
async def mark_read(call: PostSend, conversation_id: ConversationPath) -> Response:
    """Up to their last message. 409 `action_unsupported`: the channel has no such mark."""
    return await call.once(lambda connection: service.show(connection, call, conversation_id, "read"))
