"""Routes of tags and custom fields."""

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from agent_api.http.call import Call, May, MayPost
from agent_api.http.docs import posting, reading
from agent_api.http.inputs import ConversationPath
from agent_api.labels import service
from agent_api.labels.schemas import ChangeLabels, Labels, TagList
from agent_api.permissions import Permission

router = APIRouter(prefix="/v1", tags=["Conversations"])

Read = Annotated[Call, Depends(May(Permission.CONVERSATIONS_READ))]
PostRoute = Annotated[Call, Depends(MayPost(Permission.CONVERSATIONS_ROUTE))]


@router.get("/tags", operation_id="listTags", summary="List tags in use", response_model=TagList, responses=reading())
async def list_tags(call: Read) -> Response:
    """Filter conversations by one with `tag`."""
    return (await call.read(service.list_tags)).response()


@router.get(
    "/conversations/{conversation_id}/labels",
    operation_id="getConversationLabels",
    summary="Read tags and custom fields",
    response_model=Labels,
    responses=reading(404),
)
async def get_labels(call: Read, conversation_id: ConversationPath) -> Response:
    """Of one conversation."""
    return (await call.read(lambda connection: service.get_labels(connection, call, conversation_id))).response()


@router.post(
    "/conversations/{conversation_id}/labels",
    operation_id="changeConversationLabels",
    summary="Change tags and custom fields",
    response_model=Labels,
    responses=posting(404),
)
async def change_labels(call: PostRoute, conversation_id: ConversationPath, body: ChangeLabels) -> Response:
    """Adds and takes away: it needs no version, since nobody's change is overwritten."""
    return await call.once(lambda connection: service.change_labels(connection, call, conversation_id, body))
