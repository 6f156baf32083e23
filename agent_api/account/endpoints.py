"""Routes about the caller and its tenant."""

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from agent_api.account import service
from agent_api.account.schemas import DeadLetters, Me
from agent_api.http.call import Answer, Authenticated, Call, May
from agent_api.http.docs import reading
from agent_api.permissions import Permission

router = APIRouter(prefix="/v1", tags=["Account"])


@router.get("/me", operation_id="getMe", summary="Who am I", response_model=Me, responses=reading())
async def get_me(call: Authenticated) -> Response:
    """The tenant, the role and what it may do. Every role may ask."""
    return Answer(await call.read(lambda connection: service.get_me(connection, call))).response()


@router.get(
    "/dead-letters",
    operation_id="countDeadLetters",
    summary="Count dead letters",
    response_model=DeadLetters,
    responses=reading(),
)
async def count_dead_letters(call: Annotated[Call, Depends(May(Permission.DEAD_LETTERS_READ))]) -> Response:
    """What could not be processed. Their contents are read and replayed by the command line."""
    return Answer(await call.read(service.count_dead_letters)).response()
