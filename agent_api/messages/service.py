"""Reading and writing messages, each inside one transaction of the caller's."""

from typing import Any

from agent_api.conversations.service import author_of, visible
from agent_api.http.call import Answer, Call
from agent_api.http.cursor import instant_of, make_cursor, read_cursor
from agent_api.http.pages import split
from agent_api.leases.service import check_lease
from agent_api.messages import repository
from agent_api.messages.schemas import MessagePage, MessageQuery, Note, Reply
from agent_api.messages.shown import content_from, message_of
from agent_api.permissions import Permission
from backbone.errors import NotFound
from backbone.storage.database import Connection
from router.usecases import messages as usecases
from schemas.content import Content


async def list_messages(connection: Connection, call: Call, conversation_id: str, query: MessageQuery) -> MessagePage:
    await visible(connection, call.principal, conversation_id)
    filters = {"conversation": conversation_id, "order": query.order}
    after = None
    if query.cursor is not None:
        at, last_id = read_cursor(query.cursor, filters, 2)
        after = (instant_of(at), last_id)
    found = await repository.page(
        connection,
        conversation_id,
        with_notes=call.allows(Permission.NOTES_READ),
        oldest_first=query.order == "oldest_first",
        after=after,
        limit=query.limit,
    )
    rows, last = split(found, query.limit)
    following = None if last is None else make_cursor((last["sort_at"].isoformat(), last["id"]), filters)
    return MessagePage(items=[message_of(row) for row in rows], next_cursor=following)


async def reply(connection: Connection, call: Call, conversation_id: str, body: Reply) -> Answer:
    await visible(connection, call.principal, conversation_id)
    await check_lease(connection, call, conversation_id, body.lease)
    stored = await usecases.reply(
        connection,
        tenant_id=call.principal.tenant_id,
        conversation_id=conversation_id,
        author=author_of(call.principal),
        content=content_from(body.content),
        now=call.now,
        expected_version=body.expected_version,
    )
    return await _created(connection, stored.message_id)


async def add_note(connection: Connection, call: Call, conversation_id: str, body: Note) -> Answer:
    await visible(connection, call.principal, conversation_id)
    stored = await usecases.add_note(
        connection,
        tenant_id=call.principal.tenant_id,
        conversation_id=conversation_id,
        author=author_of(call.principal),
        content=Content(text=body.text),
        now=call.now,
    )
    return await _created(connection, stored.message_id)


async def get_message(connection: Connection, call: Call, message_id: str) -> Answer:
    return Answer(message_of(await _find(connection, call, message_id)))


async def find_media(connection: Connection, call: Call, message_id: str, index: int) -> str:
    """The blob of a message's file; raises `NotFound` where there is none, or not yet."""
    row = await _find(connection, call, message_id)
    media = Content.model_validate(row["content"]).media
    blob = media[index].blob if index < len(media) and row["deleted_at"] is None else None
    # A key names its tenant: even a forged reference in a message leads nowhere else.
    if blob is None or not blob.startswith(f"{call.principal.tenant_id}/"):
        raise NotFound("There is no such file, or it is not stored yet.")
    return blob


async def _find(connection: Connection, call: Call, message_id: str) -> Any:
    row = await repository.find(connection, message_id)
    if row is None or (row["direction"] == "note" and not call.allows(Permission.NOTES_READ)):
        raise NotFound("There is no such message, or not for you.")
    await visible(connection, call.principal, row["conversation_id"])
    return row


async def _created(connection: Connection, message_id: str) -> Answer:
    message = message_of(await repository.find(connection, message_id))
    return Answer(message, status=201, location=f"/v1/messages/{message_id}")
