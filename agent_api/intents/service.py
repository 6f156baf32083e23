"""What callers do with intents, each inside one transaction of theirs."""

from typing import Any

from agent_api.http.call import Answer, Call
from agent_api.http.versions import check_version
from agent_api.intents import repository
from agent_api.intents.schemas import (
    Intent,
    IntentIn,
    IntentList,
    IntentListed,
    IntentMargin,
    IntentModel,
    IntentTold,
    TryIntent,
)
from backbone.errors import NotFound
from backbone.ids import new_id
from backbone.storage.database import Connection
from router.usecases import intents


def intent_of(row: Any) -> Intent:
    return Intent(**dict(row))


async def list_intents(connection: Connection) -> Answer:
    return Answer(IntentList(items=[IntentListed(**dict(row)) for row in await repository.every(connection)]))


async def create_intent(connection: Connection, call: Call, body: IntentIn) -> Answer:
    intent_id = new_id("int")
    values = (
        intent_id,
        call.principal.tenant_id,
        body.name,
        body.phrases,
        body.examples,
        body.action.model_dump(mode="json"),
        call.now,
    )
    row = await repository.insert(connection, values)
    await intents.change(connection, call.principal.tenant_id, call.now)
    return Answer(intent_of(row), status=201, version=row["version"], location=f"/v1/intents/{intent_id}")


async def get_intent(connection: Connection, intent_id: str) -> Answer:
    row = await repository.find(connection, intent_id)
    if row is None:
        raise NotFound("There is no such intent.")
    return Answer(intent_of(row), version=row["version"])


async def replace_intent(
    connection: Connection, call: Call, intent_id: str, body: IntentIn, if_match: str | None
) -> Answer:
    check_version(await repository.find(connection, intent_id, lock=True), if_match, "intent")
    action = body.action.model_dump(mode="json")
    row = await repository.replace(connection, (intent_id, body.name, body.phrases, body.examples, action, call.now))
    await intents.change(connection, call.principal.tenant_id, call.now)
    return Answer(intent_of(row), version=row["version"])


async def delete_intent(connection: Connection, call: Call, intent_id: str, if_match: str | None) -> Answer:
    check_version(await repository.find(connection, intent_id, lock=True), if_match, "intent")
    await repository.delete(connection, intent_id)
    await intents.change(connection, call.principal.tenant_id, call.now)
    return Answer(None)


async def try_text(connection: Connection, call: Call, body: TryIntent) -> Answer:
    told = await intents.tell(connection, call.parts.intents, call.principal.tenant_id, body.text)
    likely = () if told.guess is None else told.guess.likely
    return Answer(
        IntentTold(
            intent=told.intent,
            by=told.by,
            known=None if told.guess is None else told.guess.known,
            likely=[IntentMargin(name=name, margin=margin) for name, margin in likely],
        )
    )


async def get_model(connection: Connection, call: Call) -> Answer:
    return Answer(IntentModel(**dict(await repository.model(connection, call.principal.tenant_id))))


async def train(connection: Connection, call: Call) -> Answer:
    await intents.want_now(connection, call.principal.tenant_id, call.now)
    return await get_model(connection, call)
