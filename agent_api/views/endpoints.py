"""Routes of saved views."""

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from agent_api.conversations.schemas import ConversationPage
from agent_api.http.call import Call, IfMatch, May, MayPost
from agent_api.http.docs import posting, problems, reading, versioned
from agent_api.http.inputs import Page, ViewPath
from agent_api.http.pages import page_response
from agent_api.permissions import Permission
from agent_api.views import service
from agent_api.views.schemas import SavedView, SavedViewIn, SavedViewList

router = APIRouter(prefix="/v1/views", tags=["Conversations"])

Read = Annotated[Call, Depends(May(Permission.CONVERSATIONS_READ))]
PostRead = Annotated[Call, Depends(MayPost(Permission.CONVERSATIONS_READ))]


@router.get("", operation_id="listViews", summary="List saved views", response_model=SavedViewList, responses=reading())
async def list_views(call: Read) -> Response:
    """One's own and those that are shared, each with how many conversations the caller would see."""
    return (await call.read(lambda connection: service.list_views(connection, call))).response()


@router.post(
    "",
    operation_id="createView",
    summary="Save a view",
    status_code=201,
    response_model=SavedView,
    responses=posting(),
)
async def create_view(call: PostRead, body: SavedViewIn) -> Response:
    """For oneself, or for everybody."""
    return await call.once(lambda connection: service.create_view(connection, call, body))


@router.put(
    "/{view_id}",
    operation_id="replaceView",
    summary="Replace a saved view",
    response_model=SavedView,
    responses=versioned(),
)
async def replace_view(call: Read, view_id: ViewPath, body: SavedViewIn, if_match: IfMatch = None) -> Response:
    """One's own; shared ones need `views:share`."""
    return await call.change(lambda connection: service.replace_view(connection, call, view_id, body, if_match))


@router.delete(
    "/{view_id}",
    operation_id="deleteView",
    summary="Remove a saved view",
    status_code=204,
    response_class=Response,
    responses=problems(404, 412, 428),
)
async def delete_view(call: Read, view_id: ViewPath, if_match: IfMatch = None) -> Response:
    """One's own; shared ones need `views:share`."""
    return await call.change(lambda connection: service.delete_view(connection, call, view_id, if_match))


@router.get(
    "/{view_id}/conversations",
    operation_id="listConversationsInView",
    summary="List the conversations of a view",
    response_model=ConversationPage,
    responses=reading(404),
)
async def list_in_view(call: Read, view_id: ViewPath, page: Page) -> Response:
    """The last active first, as the list itself."""
    found = await call.read(lambda connection: service.list_in_view(connection, call, view_id, page))
    return page_response(call.request, found)
