"""Routes of reply leases."""

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from agent_api.http.call import Call, May, MayPost
from agent_api.http.docs import posting, problems, reading
from agent_api.http.inputs import ConversationPath
from agent_api.leases import service
from agent_api.leases.schemas import ReplyLease, TakeLease
from agent_api.permissions import Permission

router = APIRouter(prefix="/v1/conversations/{conversation_id}/reply-lease", tags=["Messages"])

Read = Annotated[Call, Depends(May(Permission.CONVERSATIONS_READ))]
Send = Annotated[Call, Depends(May(Permission.MESSAGES_SEND))]
PostSend = Annotated[Call, Depends(MayPost(Permission.MESSAGES_SEND))]


@router.get(
    "", operation_id="getReplyLease", summary="Who is writing", response_model=ReplyLease, responses=reading(404)
)
async def get_lease(call: Read, conversation_id: ConversationPath) -> Response:
    """404 while nobody is. `reply_lease.taken` and `reply_lease.released` on the stream tell of changes."""
    return (await call.read(lambda connection: service.get_lease(connection, call, conversation_id))).response()


@router.post(
    "",
    operation_id="takeReplyLease",
    summary="Begin or go on writing an answer",
    response_model=ReplyLease,
    responses=posting(404),
)
async def take(call: PostSend, conversation_id: ConversationPath, body: TakeLease) -> Response:
    """For a minute. 409 `reply_lease_held`: somebody else is writing; answers without a lease are refused meanwhile too."""
    return await call.once(lambda connection: service.take(connection, call, conversation_id, body))


@router.delete(
    "",
    operation_id="releaseReplyLease",
    summary="Stop writing",
    status_code=204,
    response_class=Response,
    responses=problems(404),
)
async def give_back(call: Send, conversation_id: ConversationPath) -> Response:
    """Sending the answer does it too. Nothing happens where somebody else has it."""
    return await call.change(lambda connection: service.give_back(connection, call, conversation_id))
