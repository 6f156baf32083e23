"""Giving, deciding and reading goodwill, each inside one transaction of the caller's."""

from dataclasses import asdict
from typing import Any

from agent_api.call_backs.service import config_of
from agent_api.conversations.service import visible
from agent_api.goodwill import repository
from agent_api.goodwill.schemas import (
    GiveGoodwill,
    Goodwill,
    GoodwillEffect,
    GoodwillEffectQuery,
    GoodwillPage,
    GoodwillQuery,
    GoodwillSide,
)
from agent_api.http.call import Answer, Call
from agent_api.http.cursor import make_cursor, read_cursor
from agent_api.http.pages import split
from agent_api.reports.service import check_span
from backbone.errors import NotFound
from backbone.storage.database import Connection
from router.usecases import goodwill


def _shown(row: Any) -> Goodwill:
    values = {name: row[name] for name in Goodwill.model_fields}
    return Goodwill(**values | {"code": row["code"] if row["state"] == "granted" else None})


async def give(connection: Connection, call: Call, conversation_id: str, body: GiveGoodwill) -> Answer:
    await visible(connection, call.principal, conversation_id)
    row = await goodwill.give(
        connection,
        await config_of(connection, call),
        conversation_id=conversation_id,
        rule_name=body.rule,
        value=body.value_minor,
        reason=body.reason,
        role=call.principal.role,
        actor=call.principal.actor,
        now=call.now,
    )
    return Answer(_shown(row), status=201)


async def decide(connection: Connection, call: Call, goodwill_id: str, *, approve: bool) -> Answer:
    row = await _visible(connection, call, goodwill_id)
    decided = await goodwill.decide(
        connection,
        await config_of(connection, call),
        goodwill_id=goodwill_id,
        conversation_id=row["conversation_id"],
        approve=approve,
        role=call.principal.role,
        actor=call.principal.actor,
        now=call.now,
    )
    return Answer(_shown(decided))


async def honour(connection: Connection, call: Call, goodwill_id: str) -> Answer:
    await _visible(connection, call, goodwill_id)
    return Answer(_shown(await goodwill.honour(connection, goodwill_id, call.now)))


async def get(connection: Connection, call: Call, goodwill_id: str) -> Answer:
    return Answer(_shown(await _visible(connection, call, goodwill_id)))


async def list_goodwill(connection: Connection, query: GoodwillQuery) -> GoodwillPage:
    filters = {"list": "goodwill", "state": query.state}
    before = None if query.cursor is None else read_cursor(query.cursor, filters, 1)[0]
    rows, last = split(await repository.page(connection, query.state, before, query.limit), query.limit)
    following = None if last is None else make_cursor((last["id"],), filters)
    return GoodwillPage(items=[_shown(row) for row in rows], next_cursor=following)


async def effect(connection: Connection, query: GoodwillEffectQuery) -> Answer:
    check_span(query.since, query.until)
    given, reference, unmatched = await goodwill.effect(connection, query.since, query.until)
    return Answer(
        GoodwillEffect(
            given=GoodwillSide(**asdict(given)), reference=GoodwillSide(**asdict(reference)), unmatched=unmatched
        )
    )


async def _visible(connection: Connection, call: Call, goodwill_id: str) -> Any:
    """Raises `NotFound` also where the caller may not see the conversation."""
    row = await repository.find(connection, goodwill_id)
    if row is None:
        raise NotFound("There is no such goodwill, or not for you.")
    await visible(connection, call.principal, row["conversation_id"])
    return row
