"""What callers do with macros and bulk actions, each inside one transaction of theirs."""

from collections.abc import Sequence
from typing import Any

from agent_api.conversations.service import after_change
from agent_api.http.call import Answer, Call, in_our_words
from agent_api.http.versions import check_version
from agent_api.macros import repository
from agent_api.macros.schemas import BulkAction, BulkResult, BulkResults, Macro, MacroIn, MacroList
from agent_api.macros.steps import Step, take_steps
from backbone.errors import CallerFault, Conflict, NotFound
from backbone.ids import new_id
from backbone.storage.database import Connection


def macro_of(row: Any) -> Macro:
    return Macro(**dict(row))


async def list_macros(connection: Connection) -> Answer:
    return Answer(MacroList(items=[macro_of(row) for row in await repository.every(connection)]))


async def create_macro(connection: Connection, call: Call, body: MacroIn) -> Answer:
    if await repository.count(connection) >= repository.MOST:
        raise Conflict(f"There are {repository.MOST} macros already.")
    macro_id = new_id("mac")
    values = (macro_id, call.principal.tenant_id, body.name, _stored(body.steps), call.now)
    row = await repository.insert(connection, values)
    return Answer(macro_of(row), status=201, version=row["version"], location=f"/v1/macros/{macro_id}")


async def replace_macro(connection: Connection, macro_id: str, body: MacroIn, if_match: str | None) -> Answer:
    check_version(await repository.find(connection, macro_id, lock=True), if_match, "macro")
    row = await repository.replace(connection, macro_id, body.name, _stored(body.steps))
    return Answer(macro_of(row), version=row["version"])


async def delete_macro(connection: Connection, macro_id: str, if_match: str | None) -> Answer:
    check_version(await repository.find(connection, macro_id, lock=True), if_match, "macro")
    await repository.delete(connection, macro_id)
    return Answer(None)


async def run_macro(connection: Connection, call: Call, conversation_id: str, macro_id: str) -> Answer:
    row = await repository.find(connection, macro_id)
    if row is None:
        raise NotFound("There is no such macro.")
    await take_steps(connection, call, conversation_id, macro_of(row).steps)
    return await after_change(connection, call, conversation_id)


async def run_bulk(connection: Connection, call: Call, body: BulkAction) -> Answer:
    """Each conversation in a savepoint of its own. They are taken in one order by all, so that two don't deadlock."""
    wanted = list(dict.fromkeys(body.conversation_ids))
    results = {name: await _one(connection, call, name, body.steps) for name in sorted(wanted)}
    return Answer(BulkResults(items=[results[name] for name in wanted]))


async def _one(connection: Connection, call: Call, conversation_id: str, steps: Sequence[Step]) -> BulkResult:
    await connection.execute("SAVEPOINT one")
    try:
        with in_our_words():
            await take_steps(connection, call, conversation_id, steps)
    except CallerFault as error:
        await connection.execute("ROLLBACK TO SAVEPOINT one")
        return BulkResult(conversation_id=conversation_id, done=False, code=error.code, detail=error.detail)
    await connection.execute("RELEASE SAVEPOINT one")
    return BulkResult(conversation_id=conversation_id, done=True, code=None, detail=None)


def _stored(steps: Sequence[Step]) -> list[dict[str, Any]]:
    return [step.model_dump(mode="json") for step in steps]
