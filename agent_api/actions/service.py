"""Asking for actions, each inside one transaction of the caller's."""

from agent_api.actions import repository
from agent_api.actions.schemas import (
    AskAction,
    EditIn,
    MessageAction,
    MessageActionList,
    PrivateReply,
    ReactIn,
)
from agent_api.conversations.service import author_of, visible
from agent_api.http.call import Answer, Call
from agent_api.messages import repository as messages
from agent_api.messages.shown import message_of
from backbone.errors import NotFound
from backbone.storage.database import Connection
from router.usecases import actions as usecases
from router.usecases.actions import Sign
from schemas.content import Content


async def list_actions(connection: Connection, call: Call, message_id: str) -> MessageActionList:
    await _visible(connection, call, message_id)
    rows = await repository.of_message(connection, message_id)
    return MessageActionList(items=[MessageAction(**dict(row)) for row in rows])


async def ask(connection: Connection, call: Call, message_id: str, body: AskAction) -> Answer:
    await _visible(connection, call, message_id)
    content = Content()
    if isinstance(body.do, EditIn):
        content = Content(text=body.do.text, text_format=body.do.format)
    elif isinstance(body.do, ReactIn):
        content = Content(text=body.do.emoji)
    asked = await usecases.act(
        connection,
        tenant_id=call.principal.tenant_id,
        message_id=message_id,
        action=body.do.action,
        content=content,
        author=author_of(call.principal),
        now=call.now,
    )
    return Answer(MessageAction(**dict(await repository.find(connection, asked.id))), status=201)


async def reply_in_private(connection: Connection, call: Call, message_id: str, body: PrivateReply) -> Answer:
    await _visible(connection, call, message_id)
    stored = await usecases.reply_in_private(
        connection,
        tenant_id=call.principal.tenant_id,
        message_id=message_id,
        content=Content(text=body.text),
        author=author_of(call.principal),
        now=call.now,
    )
    message = message_of(await messages.find(connection, stored.message_id))
    return Answer(message, status=201, location=f"/v1/messages/{stored.message_id}")


async def show(connection: Connection, call: Call, conversation_id: str, sign: Sign) -> Answer:
    await visible(connection, call.principal, conversation_id)
    await usecases.show(
        connection, tenant_id=call.principal.tenant_id, conversation_id=conversation_id, sign=sign, now=call.now
    )
    return Answer(None)


async def _visible(connection: Connection, call: Call, message_id: str) -> None:
    """Raises `NotFound` for notes too: nothing can be done to them."""
    row = await messages.find(connection, message_id)
    if row is None or row["direction"] == "note":
        raise NotFound("There is no such message, or not for you.")
    await visible(connection, call.principal, row["conversation_id"])
