"""Routes of goodwill."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from agent_api.goodwill import service
from agent_api.goodwill.schemas import (
    GiveGoodwill,
    Goodwill,
    GoodwillEffect,
    GoodwillEffectQuery,
    GoodwillPage,
    GoodwillQuery,
)
from agent_api.http.call import Call, May, MayPost
from agent_api.http.docs import posting, reading
from agent_api.http.inputs import ConversationPath, GoodwillPath
from agent_api.http.pages import page_response
from agent_api.permissions import Permission

router = APIRouter(prefix="/v1", tags=["Goodwill"])

Read = Annotated[Call, Depends(May(Permission.GOODWILL_READ))]
ReadAll = Annotated[Call, Depends(May(Permission.GOODWILL_APPROVE))]
Reports = Annotated[Call, Depends(May(Permission.REPORTS_READ))]
PostGive = Annotated[Call, Depends(MayPost(Permission.GOODWILL_GIVE))]
PostApprove = Annotated[Call, Depends(MayPost(Permission.GOODWILL_APPROVE))]
PostHonour = Annotated[Call, Depends(MayPost(Permission.GOODWILL_HONOUR))]


@router.post(
    "/conversations/{conversation_id}/goodwill",
    operation_id="giveGoodwill",
    summary="Give the customer something",
    status_code=201,
    response_model=Goodwill,
    responses=posting(404, 409),
)
async def give(call: PostGive, conversation_id: ConversationPath, body: GiveGoodwill) -> Response:
    """Within the limits of the rule it is granted at once, above one of them it waits for somebody who may agree. The customer
    is told nothing by this. `goodwill.granted` goes to webhooks: the shop asks for the code by the id in it.
    """
    return await call.once(lambda connection: service.give(connection, call, conversation_id, body))


@router.get(
    "/goodwill", operation_id="listGoodwill", summary="List goodwill", response_model=GoodwillPage, responses=reading()
)
async def list_goodwill(call: ReadAll, query: Annotated[GoodwillQuery, Query()]) -> Response:
    """The newest first, of all conversations."""
    found = await call.read(lambda connection: service.list_goodwill(connection, query))
    return page_response(call.request, found)


@router.get(
    "/goodwill/{goodwill_id}",
    operation_id="getGoodwill",
    summary="Read one goodwill",
    response_model=Goodwill,
    responses=reading(404),
)
async def get(call: Read, goodwill_id: GoodwillPath) -> Response:
    """With its code, once it is granted."""
    return (await call.read(lambda connection: service.get(connection, call, goodwill_id))).response()


@router.post(
    "/goodwill/{goodwill_id}/approve",
    operation_id="approveGoodwill",
    summary="Agree to goodwill",
    response_model=Goodwill,
    responses=posting(404, 409),
)
async def approve(call: PostApprove, goodwill_id: GoodwillPath) -> Response:
    """Not to what one asked for oneself, and not beyond the rule's limit for one's own role."""
    return await call.once(lambda connection: service.decide(connection, call, goodwill_id, approve=True))


@router.post(
    "/goodwill/{goodwill_id}/decline",
    operation_id="declineGoodwill",
    summary="Decline goodwill",
    response_model=Goodwill,
    responses=posting(404, 409),
)
async def decline(call: PostApprove, goodwill_id: GoodwillPath) -> Response:
    """It counts no longer towards the customer's limits."""
    return await call.once(lambda connection: service.decide(connection, call, goodwill_id, approve=False))


@router.post(
    "/goodwill/{goodwill_id}/honour",
    operation_id="honourGoodwill",
    summary="Say that the shop honoured it",
    response_model=Goodwill,
    responses=posting(404, 409),
)
async def honour(call: PostHonour, goodwill_id: GoodwillPath) -> Response:
    """A repeat is answered the same."""
    return await call.once(lambda connection: service.honour(connection, call, goodwill_id))


@router.get(
    "/reports/goodwill",
    operation_id="reportGoodwill",
    summary="Goodwill beside a reference",
    response_model=GoodwillEffect,
    responses=reading(),
)
async def report(call: Reports, query: Annotated[GoodwillEffectQuery, Query()]) -> Response:
    """Repeat contact and ratings after goodwill, beside like cases without. No cause is claimed."""
    return (await call.read(lambda connection: service.effect(connection, query))).response()
