"""Blocking addresses and hearing appeals, each inside one transaction of the caller's."""

from typing import Any

from agent_api.blocks import repository
from agent_api.blocks.schemas import AddBlock, Block, BlockPage, BlockQuery, LiftBlock
from agent_api.http.call import Answer, Call
from agent_api.http.cursor import make_cursor, read_cursor
from agent_api.http.pages import split
from backbone.errors import Conflict, InputInvalid, NotFound
from backbone.ids import new_id
from backbone.storage.database import Connection
from backbone.storage.wake import notify

MOST = 10_000
"""Blocks that hold at the same time: the router keeps all of them in memory."""


def block_of(row: Any) -> Block:
    values = {name: row[name] for name in Block.model_fields}
    return Block(**values | {"account_id": row["account_id"] or None})


async def list_blocks(connection: Connection, query: BlockQuery) -> BlockPage:
    filters = {"list": "blocks", "lifted": query.lifted}
    before = None if query.cursor is None else read_cursor(query.cursor, filters, 1)[0]
    rows, last = split(await repository.page(connection, before, query.limit, lifted=query.lifted), query.limit)
    following = None if last is None else make_cursor((last["id"],), filters)
    return BlockPage(items=[block_of(row) for row in rows], next_cursor=following)


async def add_block(connection: Connection, call: Call, body: AddBlock) -> Answer:
    if body.until is not None and body.until <= call.now:
        raise InputInvalid(pointers={"/until": "must be in the future"})
    if body.account_id is not None and not await repository.account_exists(connection, body.account_id):
        raise InputInvalid(pointers={"/account_id": "names an account that does not exist"})
    tenant_id = call.principal.tenant_id
    if await repository.active(connection, tenant_id, MOST) >= MOST:
        raise Conflict(f"There are {MOST} blocks already: lift some.")
    row = await repository.insert(connection, new_id("blk"), tenant_id, body, call.principal.actor, call.now)
    if row is None:
        raise Conflict("This address is blocked there already.")
    await notify(connection, "config", tenant_id)
    return Answer(block_of(row), status=201)


async def lift_block(connection: Connection, call: Call, block_id: str, body: LiftBlock) -> Answer:
    if await repository.find(connection, block_id) is None:
        raise NotFound("There is no such block.")
    row = await repository.lift(connection, block_id, call.principal.actor, body.note, call.now)
    if row is None:
        raise Conflict("It is lifted already.")
    await notify(connection, "config", call.principal.tenant_id)
    return Answer(block_of(row))
