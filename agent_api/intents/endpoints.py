"""Routes of intents and of the model learnt from them."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path
from starlette.responses import Response

from agent_api.http.call import Call, IfMatch, May, MayGet, MayPost
from agent_api.http.docs import NOT_MODIFIED, posting, problems, reading, versioned
from agent_api.intents import service
from agent_api.intents.schemas import Intent, IntentId, IntentIn, IntentList, IntentModel, IntentTold, TryIntent
from agent_api.permissions import Permission

router = APIRouter(prefix="/v1", tags=["Intents"])

Read = Annotated[Call, Depends(May(Permission.KNOWLEDGE_READ))]
Get = Annotated[Call, Depends(MayGet(Permission.KNOWLEDGE_READ))]
Write = Annotated[Call, Depends(May(Permission.KNOWLEDGE_WRITE))]
PostRead = Annotated[Call, Depends(MayPost(Permission.KNOWLEDGE_READ))]
PostWrite = Annotated[Call, Depends(MayPost(Permission.KNOWLEDGE_WRITE))]
IntentPath = Annotated[
    IntentId, Path(description="The id of the intent.", examples=["int_0190f3a87b3c7d5e8f9a0b1c2d3e4f50"])
]


@router.get(
    "/intents", operation_id="listIntents", summary="List intents", response_model=IntentList, responses=reading()
)
async def list_intents(call: Read) -> Response:
    """All of them, without their texts."""
    return (await call.read(service.list_intents)).response()


@router.post(
    "/intents",
    operation_id="createIntent",
    summary="Add an intent",
    status_code=201,
    response_model=Intent,
    responses=posting(),
)
async def create_intent(call: PostWrite, body: IntentIn) -> Response:
    """Its phrases hold at once; the model is learnt anew a minute after the last change."""
    return await call.once(lambda connection: service.create_intent(connection, call, body))


@router.get(
    "/intents/{intent_id}",
    operation_id="getIntent",
    summary="Read an intent",
    response_model=Intent,
    responses=reading(404) | NOT_MODIFIED,
)
async def get_intent(call: Get, intent_id: IntentPath) -> Response:
    """With its phrases and examples."""
    return await call.get(lambda connection: service.get_intent(connection, intent_id))


@router.put(
    "/intents/{intent_id}",
    operation_id="replaceIntent",
    summary="Change an intent",
    response_model=Intent,
    responses=versioned(),
)
async def replace_intent(call: Write, intent_id: IntentPath, body: IntentIn, if_match: IfMatch = None) -> Response:
    """All of it at once; the model is learnt anew a minute after the last change."""
    return await call.change(lambda connection: service.replace_intent(connection, call, intent_id, body, if_match))


@router.delete(
    "/intents/{intent_id}",
    operation_id="deleteIntent",
    summary="Remove an intent",
    status_code=204,
    response_class=Response,
    responses=problems(404, 412, 428),
)
async def delete_intent(call: Write, intent_id: IntentPath, if_match: IfMatch = None) -> Response:
    """With its examples; nothing is told by it any more."""
    return await call.change(lambda connection: service.delete_intent(connection, call, intent_id, if_match))


@router.get(
    "/intent-model",
    operation_id="getIntentModel",
    summary="What was learnt",
    response_model=IntentModel,
    responses=reading(),
)
async def get_model(call: Read) -> Response:
    """And whether it is up to date."""
    return (await call.read(lambda connection: service.get_model(connection, call))).response()


@router.post(
    "/intent-model/train",
    operation_id="trainIntentModel",
    summary="Learn anew now",
    response_model=IntentModel,
    responses=posting(),
)
async def train(call: PostWrite) -> Response:
    """Without waiting for a quiet minute. It takes seconds: ask for the model until its `due_at` is null."""
    return await call.once(lambda connection: service.train(connection, call))


@router.post(
    "/intent-model/try",
    operation_id="tryIntents",
    summary="Try a message",
    response_model=IntentTold,
    responses=posting(),
)
async def try_text(call: PostRead, body: TryIntent) -> Response:
    """What a bot would take it for."""
    return await call.once(lambda connection: service.try_text(connection, call, body))
