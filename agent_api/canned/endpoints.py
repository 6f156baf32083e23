"""Routes of canned replies."""

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from agent_api.canned import service
from agent_api.canned.schemas import CannedReply, CannedReplyIn, CannedReplyList, RenderedReply
from agent_api.http.call import Call, IfMatch, May, MayPost
from agent_api.http.docs import posting, problems, reading, versioned
from agent_api.http.inputs import CannedPath, ConversationPath
from agent_api.permissions import Permission

router = APIRouter(prefix="/v1", tags=["Canned replies and macros"])

Use = Annotated[Call, Depends(May(Permission.MESSAGES_SEND))]
Write = Annotated[Call, Depends(May(Permission.REPLIES_WRITE))]
PostWrite = Annotated[Call, Depends(MayPost(Permission.REPLIES_WRITE))]


@router.get(
    "/canned-replies",
    operation_id="listCannedReplies",
    summary="List canned replies",
    response_model=CannedReplyList,
    responses=reading(),
)
async def list_replies(call: Use) -> Response:
    """All of them: search in them as the agent types."""
    return (await call.read(service.list_replies)).response()


@router.post(
    "/canned-replies",
    operation_id="createCannedReply",
    summary="Add a canned reply",
    status_code=201,
    response_model=CannedReply,
    responses=posting(),
)
async def create_reply(call: PostWrite, body: CannedReplyIn) -> Response:
    """A shortcut is used once."""
    return await call.once(lambda connection: service.create_reply(connection, call, body))


@router.put(
    "/canned-replies/{canned_id}",
    operation_id="replaceCannedReply",
    summary="Replace a canned reply",
    response_model=CannedReply,
    responses=versioned(),
)
async def replace_reply(call: Write, canned_id: CannedPath, body: CannedReplyIn, if_match: IfMatch = None) -> Response:
    """What was sent by it stays as it is."""
    return await call.change(lambda connection: service.replace_reply(connection, canned_id, body, if_match))


@router.delete(
    "/canned-replies/{canned_id}",
    operation_id="deleteCannedReply",
    summary="Remove a canned reply",
    status_code=204,
    response_class=Response,
    responses=problems(404, 412, 428),
)
async def delete_reply(call: Write, canned_id: CannedPath, if_match: IfMatch = None) -> Response:
    """What was sent by it stays as it is."""
    return await call.change(lambda connection: service.delete_reply(connection, canned_id, if_match))


@router.get(
    "/conversations/{conversation_id}/canned-replies/{canned_id}",
    operation_id="renderCannedReply",
    summary="Fill a canned reply in",
    response_model=RenderedReply,
    responses=reading(404),
)
async def render(call: Use, conversation_id: ConversationPath, canned_id: CannedPath) -> Response:
    """For the composer; nothing is sent."""
    return (await call.read(lambda connection: service.render(connection, call, conversation_id, canned_id))).response()
