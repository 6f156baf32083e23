"""Routes of messages."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from starlette.responses import Response

from agent_api.http.call import Call, May, MayPost
from agent_api.http.docs import Responses, posting, reading
from agent_api.http.inputs import ConversationPath, MessagePath
from agent_api.http.pages import page_response
from agent_api.messages import service
from agent_api.messages.schemas import Message, MessagePage, MessageQuery, Note, Reply
from agent_api.permissions import Permission

router = APIRouter(prefix="/v1", tags=["Messages"])

Read = Annotated[Call, Depends(May(Permission.MESSAGES_READ))]
PostSend = Annotated[Call, Depends(MayPost(Permission.MESSAGES_SEND))]
PostAnnotate = Annotated[Call, Depends(MayPost(Permission.NOTES_WRITE))]

_BYTES: Responses = {
    200: {
        "description": "The bytes, always as a download.",
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}


@router.get(
    "/conversations/{conversation_id}/messages",
    operation_id="listMessages",
    summary="List messages of a conversation",
    response_model=MessagePage,
    responses=reading(404),
)
async def list_messages(
    call: Read, conversation_id: ConversationPath, query: Annotated[MessageQuery, Query()]
) -> Response:
    """By `at`, then id. Notes are left out for roles that may not read them."""
    page = await call.read(lambda connection: service.list_messages(connection, call, conversation_id, query))
    return page_response(call.request, page)


@router.post(
    "/conversations/{conversation_id}/messages",
    operation_id="replyToConversation",
    summary="Answer the customer",
    status_code=201,
    response_model=Message,
    responses=posting(404, 412),
)
async def reply(call: PostSend, conversation_id: ConversationPath, body: Reply) -> Response:
    """Stored and queued for the conversation's channel; `message.state_changed` on the stream tells how it went.

    409 `window_closed`: the channel takes only what the conversation's `allowed_now` says; where the tenant's setting
    `outside_window` is `queue`, the reply waits for the customer instead. 409 `contact_opted_out`: they want no more.
    """
    return await call.once(lambda connection: service.reply(connection, call, conversation_id, body))


@router.post(
    "/conversations/{conversation_id}/notes",
    operation_id="addNote",
    summary="Add a private note",
    status_code=201,
    response_model=Message,
    responses=posting(404),
)
async def add_note(call: PostAnnotate, conversation_id: ConversationPath, body: Note) -> Response:
    """Colleagues see it, the customer never does, and no clock stops."""
    return await call.once(lambda connection: service.add_note(connection, call, conversation_id, body))


@router.get(
    "/messages/{message_id}",
    operation_id="getMessage",
    summary="Read one message",
    response_model=Message,
    responses=reading(404),
)
async def get_message(call: Read, message_id: MessagePath) -> Response:
    """A message of a conversation the caller may see."""
    return (await call.read(lambda connection: service.get_message(connection, call, message_id))).response()


@router.get(
    "/messages/{message_id}/media/{index}",
    operation_id="getMessageMedia",
    summary="Download a file of a message",
    response_class=Response,
    responses=reading(404) | _BYTES,
)
async def get_media(
    call: Read, message_id: MessagePath, index: Annotated[int, Path(ge=0, le=99, description="Its place, from 0.")]
) -> Response:
    """Never shown inline: what customers send may be active (scripts in SVG or HTML)."""
    blob = await call.read(lambda connection: service.find_media(connection, call, message_id, index))
    data = await call.parts.blobs.get(blob)
    headers = {
        "Content-Disposition": f'attachment; filename="{message_id}-{index}"',
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "Cache-Control": "private, max-age=3600",
    }
    return Response(data, media_type="application/octet-stream", headers=headers)
