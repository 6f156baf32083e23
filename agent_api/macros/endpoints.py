"""Routes of macros and bulk actions."""

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from agent_api.conversations.schemas import Conversation
from agent_api.http.call import Call, IfMatch, May, MayPost
from agent_api.http.docs import posting, problems, reading, versioned
from agent_api.http.inputs import ConversationPath, MacroPath
from agent_api.macros import service
from agent_api.macros.schemas import BulkAction, BulkResults, Macro, MacroIn, MacroList
from agent_api.permissions import Permission

router = APIRouter(prefix="/v1", tags=["Canned replies and macros"])

Use = Annotated[Call, Depends(May(Permission.CONVERSATIONS_ROUTE))]
PostUse = Annotated[Call, Depends(MayPost(Permission.CONVERSATIONS_ROUTE))]
Write = Annotated[Call, Depends(May(Permission.REPLIES_WRITE))]
PostWrite = Annotated[Call, Depends(MayPost(Permission.REPLIES_WRITE))]


@router.get("/macros", operation_id="listMacros", summary="List macros", response_model=MacroList, responses=reading())
async def list_macros(call: Use) -> Response:
    """By name."""
    return (await call.read(service.list_macros)).response()


@router.post(
    "/macros",
    operation_id="createMacro",
    summary="Add a macro",
    status_code=201,
    response_model=Macro,
    responses=posting(),
)
async def create_macro(call: PostWrite, body: MacroIn) -> Response:
    """Whoever runs it needs what each of its steps needs."""
    return await call.once(lambda connection: service.create_macro(connection, call, body))


@router.put(
    "/macros/{macro_id}",
    operation_id="replaceMacro",
    summary="Replace a macro",
    response_model=Macro,
    responses=versioned(),
)
async def replace_macro(call: Write, macro_id: MacroPath, body: MacroIn, if_match: IfMatch = None) -> Response:
    """What was done by it stays done."""
    return await call.change(lambda connection: service.replace_macro(connection, macro_id, body, if_match))


@router.delete(
    "/macros/{macro_id}",
    operation_id="deleteMacro",
    summary="Remove a macro",
    status_code=204,
    response_class=Response,
    responses=problems(404, 412, 428),
)
async def delete_macro(call: Write, macro_id: MacroPath, if_match: IfMatch = None) -> Response:
    """What was done by it stays done."""
    return await call.change(lambda connection: service.delete_macro(connection, macro_id, if_match))


@router.post(
    "/conversations/{conversation_id}/macros/{macro_id}",
    operation_id="runMacro",
    summary="Run a macro",
    response_model=Conversation,
    responses=posting(404),
)
async def run_macro(call: PostUse, conversation_id: ConversationPath, macro_id: MacroPath) -> Response:
    """All of its steps or none. A variable that is not known here, or somebody else writing the answer: 409."""
    return await call.once(lambda connection: service.run_macro(connection, call, conversation_id, macro_id))


@router.post(
    "/bulk-actions",
    operation_id="runBulkAction",
    summary="Take steps on many conversations",
    response_model=BulkResults,
    responses=posting(),
)
async def run_bulk(call: PostUse, body: BulkAction) -> Response:
    """Each conversation by itself: what fails for one is told beside what was done with the others."""
    return await call.once(lambda connection: service.run_bulk(connection, call, body))
