"""Routes of the block list."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from agent_api.blocks import service
from agent_api.blocks.schemas import AddBlock, Block, BlockPage, BlockQuery, LiftBlock
from agent_api.http.call import Call, May, MayPost
from agent_api.http.docs import posting, reading
from agent_api.http.inputs import BlockPath
from agent_api.http.pages import page_response
from agent_api.permissions import Permission

router = APIRouter(prefix="/v1/blocks", tags=["Blocks"])

Read = Annotated[Call, Depends(May(Permission.BLOCKS_READ))]
PostWrite = Annotated[Call, Depends(MayPost(Permission.BLOCKS_WRITE))]
PostLift = Annotated[Call, Depends(MayPost(Permission.BLOCKS_LIFT))]


@router.get(
    "", operation_id="listBlocks", summary="List blocked addresses", response_model=BlockPage, responses=reading()
)
async def list_blocks(call: Read, query: Annotated[BlockQuery, Query()]) -> Response:
    """The newest first."""
    found = await call.read(lambda connection: service.list_blocks(connection, query))
    return page_response(call.request, found)


@router.post(
    "", operation_id="addBlock", summary="Block an address", status_code=201, response_model=Block, responses=posting()
)
async def add_block(call: PostWrite, body: AddBlock) -> Response:
    """From now on its messages are stored with `suppressed` and wake nobody. Routers take it up within seconds."""
    return await call.once(lambda connection: service.add_block(connection, call, body))


@router.post(
    "/{block_id}/lift",
    operation_id="liftBlock",
    summary="Lift a block",
    response_model=Block,
    responses=posting(404),
)
async def lift_block(call: PostLift, block_id: BlockPath, body: LiftBlock) -> Response:
    """The answer to an appeal. What was written meanwhile stays where it is, and wakes nobody later."""
    return await call.once(lambda connection: service.lift_block(connection, call, block_id, body))
