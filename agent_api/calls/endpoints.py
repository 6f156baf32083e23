"""Routes of calls between browsers, for agents. Their signals go over the stream's socket."""

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from agent_api.calls import service
from agent_api.calls.parties import AgentSide
from agent_api.calls.schemas import BrowserCall, BrowserCallIn, BrowserCallList, CallConnection, CallDevice
from agent_api.http.call import Answer, Call, May, MayPost
from agent_api.http.docs import posting, reading
from agent_api.http.inputs import CallPath, ConversationPath
from agent_api.permissions import Permission
from backbone.storage.database import Connection

router = APIRouter(prefix="/v1", tags=["Calls"])

Read = Annotated[Call, Depends(May(Permission.CONVERSATIONS_READ))]
Take = Annotated[Call, Depends(May(Permission.CALLS_TAKE))]
PostTake = Annotated[Call, Depends(MayPost(Permission.CALLS_TAKE))]


@router.post(
    "/conversations/{conversation_id}/calls",
    operation_id="startCall",
    summary="Call the customer in their browser",
    status_code=201,
    response_model=BrowserCall,
    responses=posting(404),
)
async def start_call(call: PostTake, conversation_id: ConversationPath, body: BrowserCallIn) -> Response:
    """It rings on the customer's open pages; `call.answered` or `call.ended` on the stream tell what became of it."""

    async def work(connection: Connection) -> Answer:
        started = await service.start(
            connection, AgentSide(call.principal), call.parts.config.calls, call.now,
            conversation_id=conversation_id, kind=body.kind, via=body.via, device=body.device,
        )  # fmt: skip
        return Answer(service.call_of(started), status=201, location=f"/v1/calls/{started.id}")

    return await call.once(work)


@router.get(
    "/conversations/{conversation_id}/calls",
    operation_id="listCalls",
    summary="Calls of a conversation",
    response_model=BrowserCallList,
    responses=reading(404),
)
async def list_calls(call: Read, conversation_id: ConversationPath) -> Response:
    """Those in the browser. Telephone calls are events and messages of their conversation."""

    async def work(connection: Connection) -> Answer:
        return Answer(await service.recent(connection, AgentSide(call.principal), conversation_id))

    return (await call.read(work)).response()


@router.get(
    "/calls/{call_id}", operation_id="getCall", summary="One call", response_model=BrowserCall, responses=reading(404)
)
async def get_call(call: Read, call_id: CallPath) -> Response:
    """As it stands now."""

    async def work(connection: Connection) -> Answer:
        return Answer(service.call_of(await service.find(connection, AgentSide(call.principal), call_id)))

    return (await call.read(work)).response()


@router.get(
    "/calls/{call_id}/connection",
    operation_id="getCallConnection",
    summary="The way to the other side",
    response_model=CallConnection,
    responses=reading(404),
)
async def get_call_connection(call: Take, call_id: CallPath) -> Response:
    """STUN and TURN servers for this call, or its room; credentials are made anew each time and soon expire."""

    async def work(connection: Connection) -> Answer:
        who = AgentSide(call.principal)
        found = await service.find(connection, who, call_id)
        return Answer(service.way_of(found, who, call.parts.config.calls, call.now))

    return (await call.read(work)).response()


@router.post(
    "/calls/{call_id}/answer",
    operation_id="answerCall",
    summary="Answer a customer's call",
    response_model=BrowserCall,
    responses=posting(404),
)
async def answer_call(call: PostTake, call_id: CallPath, body: CallDevice) -> Response:
    """The first wins; a conversation that nobody has is yours then. 409 where it rings no more, or rings at another."""

    async def work(connection: Connection) -> Answer:
        answered = await service.answer(connection, AgentSide(call.principal), call_id, body.device, call.now)
        return Answer(service.call_of(answered))

    return await call.once(work)


@router.post(
    "/calls/{call_id}/end",
    operation_id="endCall",
    summary="Hang up, stop ringing, or decline",
    response_model=BrowserCall,
    responses=posting(404),
)
async def end_call(call: PostTake, call_id: CallPath) -> Response:
    """What it was stands in `cause`: declined by who was rung, cancelled by who rang, hung up after an answer."""

    async def work(connection: Connection) -> Answer:
        return Answer(service.call_of(await service.end(connection, AgentSide(call.principal), call_id, call.now)))

    return await call.once(work)
