"""What callers do with conversations, each inside one transaction of theirs."""

from datetime import datetime
from typing import Any

from agent_api.conversations import repository
from agent_api.conversations.schemas import (
    Assign,
    Candidate,
    ChangeStatus,
    ContactRef,
    Conversation,
    ConversationPage,
    ConversationQuery,
    DecisionPage,
    Participant,
    ParticipantList,
    SetNeeds,
    SetPriority,
    Transfer,
)
from agent_api.http.call import Answer, Call
from agent_api.http.cursor import instant_of, make_cursor, read_cursor
from agent_api.http.pages import split
from agent_api.http.versions import expected_version
from backbone.channel.registry import manifests
from backbone.errors import NotFound
from backbone.storage.database import Connection
from backbone.web.auth import Principal
from router.usecases import conversations as usecases
from router.usecases.types import Author


def author_of(principal: Principal) -> Author:
    """The author a caller writes as: its agent, its bot, or the system under the name of the key."""
    if principal.agent_id is None:
        return Author("system", principal.key_id)
    return Author("bot" if principal.role == "bot" else "agent", principal.agent_id)


def conversation_of(row: Any, now: datetime) -> Conversation:
    """The conversation as it is at `now`: what may be sent depends on it."""
    values = dict(row)
    manifest = manifests().get(values["channel"])
    window = values["window_expires_at"]
    values["allowed_now"] = manifest.capabilities.allowed(window, now) if manifest else "anything"
    contact = ContactRef(id=values["contact_id"], name=values["contact_name"], address=values["contact_address"])
    return Conversation(
        contact=contact, **{name: values[name] for name in Conversation.model_fields if name != "contact"}
    )


async def visible(connection: Connection, principal: Principal, conversation_id: str) -> Any:
    """The row; raises `NotFound` where the caller may not see it, so that ids tell nothing."""
    row = await repository.find(connection, principal, conversation_id)
    if row is None:
        raise NotFound("There is no such conversation, or not for you.")
    return row


async def list_conversations(connection: Connection, call: Call, query: ConversationQuery) -> ConversationPage:
    after = None
    filters = query.filters()
    if query.cursor is not None:
        at, last_id = read_cursor(query.cursor, filters, 2)
        after = (instant_of(at), last_id)
    rows, last = split(await repository.page(connection, call.principal, query, after), query.limit)
    cursor = None if last is None else make_cursor((last["last_message_at"].isoformat(), last["id"]), filters)
    return ConversationPage(items=[conversation_of(row, call.now) for row in rows], next_cursor=cursor)


async def get_conversation(connection: Connection, call: Call, conversation_id: str) -> Answer:
    found = conversation_of(await visible(connection, call.principal, conversation_id), call.now)
    return Answer(found, version=found.version)


async def list_participants(connection: Connection, call: Call, conversation_id: str) -> ParticipantList:
    await visible(connection, call.principal, conversation_id)
    rows = await repository.participants(connection, conversation_id)
    return ParticipantList(
        items=[Participant(**{name: row[name] for name in Participant.model_fields}) for row in rows]
    )


async def list_decisions(
    connection: Connection, call: Call, conversation_id: str, cursor: str | None, limit: int
) -> DecisionPage:
    row = await visible(connection, call.principal, conversation_id)
    filters = {"conversation": conversation_id}
    after = None
    if cursor is not None:
        at, last_id = read_cursor(cursor, filters, 2)
        after = (instant_of(at), last_id)
    rows, last = split(await repository.decisions(connection, conversation_id, after, limit), limit)
    following = None if last is None else make_cursor((last["at"].isoformat(), last["id"]), filters)
    items = [Candidate(**{name: row[name] for name in Candidate.model_fields}) for row in rows]
    why = None
    if row["agent_id"] is None and row["unassigned_reason"] is not None:
        why = await repository.plain_reason(connection, conversation_id)
    return DecisionPage(why=why, items=items, next_cursor=following)


async def assign(
    connection: Connection, call: Call, conversation_id: str, body: Assign, if_match: str | None
) -> Answer:
    expected = expected_version(if_match)
    await visible(connection, call.principal, conversation_id)
    await usecases.assign(
        connection,
        tenant_id=call.principal.tenant_id,
        conversation_id=conversation_id,
        agent_id=body.agent_id,
        actor=author_of(call.principal),
        now=call.now,
        expected_version=expected,
        when_free=body.when_free,
    )
    return await after_change(connection, call, conversation_id)


async def transfer(
    connection: Connection, call: Call, conversation_id: str, body: Transfer, if_match: str | None
) -> Answer:
    expected = expected_version(if_match)
    await visible(connection, call.principal, conversation_id)
    await usecases.transfer(
        connection,
        tenant_id=call.principal.tenant_id,
        conversation_id=conversation_id,
        team_id=body.team_id,
        agent_id=body.agent_id,
        note=body.note,
        actor=author_of(call.principal),
        now=call.now,
        expected_version=expected,
    )
    return await after_change(connection, call, conversation_id)


async def change_status(
    connection: Connection, call: Call, conversation_id: str, body: ChangeStatus, if_match: str | None
) -> Answer:
    expected = expected_version(if_match)
    await visible(connection, call.principal, conversation_id)
    await usecases.change_status(
        connection,
        tenant_id=call.principal.tenant_id,
        conversation_id=conversation_id,
        status=body.status,
        snoozed_until=body.snoozed_until,
        actor=author_of(call.principal),
        now=call.now,
        expected_version=expected,
    )
    return await after_change(connection, call, conversation_id)


async def set_priority(
    connection: Connection, call: Call, conversation_id: str, body: SetPriority, if_match: str | None
) -> Answer:
    expected = expected_version(if_match)
    await visible(connection, call.principal, conversation_id)
    await usecases.set_priority(
        connection,
        tenant_id=call.principal.tenant_id,
        conversation_id=conversation_id,
        priority=body.priority,
        actor=author_of(call.principal),
        now=call.now,
        expected_version=expected,
    )
    return await after_change(connection, call, conversation_id)


async def set_needs(
    connection: Connection, call: Call, conversation_id: str, body: SetNeeds, if_match: str | None
) -> Answer:
    expected = expected_version(if_match)
    await visible(connection, call.principal, conversation_id)
    await usecases.set_needs(
        connection,
        tenant_id=call.principal.tenant_id,
        conversation_id=conversation_id,
        needs=[need.model_dump(mode="json") for need in body.needs],
        actor=author_of(call.principal),
        now=call.now,
        expected_version=expected,
    )
    return await after_change(connection, call, conversation_id)


async def after_change(connection: Connection, call: Call, conversation_id: str) -> Answer:
    """The conversation as it is now. Read without the caller's scope: who gives a case away still learns what came of it."""
    row = await connection.fetchrow("SELECT * FROM conversations WHERE id = $1", conversation_id)
    found = conversation_of(row, call.now)
    return Answer(found, version=found.version)
