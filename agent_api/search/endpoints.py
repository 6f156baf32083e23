"""The route of search."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from agent_api.http.call import Call, May
from agent_api.http.docs import reading
from agent_api.http.pages import page_response
from agent_api.permissions import Permission
from agent_api.search import service
from agent_api.search.schemas import FoundMessages, SearchQuery

router = APIRouter(prefix="/v1/search", tags=["Messages"])

Read = Annotated[Call, Depends(May(Permission.MESSAGES_READ))]


@router.get(
    "/messages",
    operation_id="searchMessages",
    summary="Search messages",
    response_model=FoundMessages,
    responses=reading(),
)
async def search_messages(call: Read, query: Annotated[SearchQuery, Query()]) -> Response:
    """Whole words, in conversations the caller may see. What was just written is found within seconds."""
    found = await call.read(lambda connection: service.search_messages(connection, call, query))
    return page_response(call.request, found)
