"""What callers do with canned replies, each inside one transaction of theirs."""

from typing import Any

from agent_api.canned import repository
from agent_api.canned.schemas import CannedReply, CannedReplyIn, CannedReplyList, RenderedReply
from agent_api.canned.variables import fill
from agent_api.conversations.service import visible
from agent_api.http.call import Answer, Call
from agent_api.http.versions import check_version
from agent_api.labels import repository as labels
from backbone.errors import Conflict, NotFound
from backbone.ids import new_id
from backbone.storage.database import Connection


def canned_of(row: Any) -> CannedReply:
    return CannedReply(**dict(row))


async def list_replies(connection: Connection) -> Answer:
    return Answer(CannedReplyList(items=[canned_of(row) for row in await repository.every(connection)]))


async def create_reply(connection: Connection, call: Call, body: CannedReplyIn) -> Answer:
    if await repository.count(connection) >= repository.MOST:
        raise Conflict(f"There are {repository.MOST} canned replies already.")
    canned_id = new_id("can")
    values = (canned_id, call.principal.tenant_id, body.shortcut, body.title, body.body, call.now)
    row = await repository.insert(connection, values)
    location = f"/v1/canned-replies/{canned_id}"
    return Answer(canned_of(row), status=201, version=row["version"], location=location)


async def replace_reply(connection: Connection, canned_id: str, body: CannedReplyIn, if_match: str | None) -> Answer:
    check_version(await repository.find(connection, canned_id, lock=True), if_match, "canned reply")
    row = await repository.replace(connection, canned_id, body.shortcut, body.title, body.body)
    return Answer(canned_of(row), version=row["version"])


async def delete_reply(connection: Connection, canned_id: str, if_match: str | None) -> Answer:
    check_version(await repository.find(connection, canned_id, lock=True), if_match, "canned reply")
    await repository.delete(connection, canned_id)
    return Answer(None)


async def render(connection: Connection, call: Call, conversation_id: str, canned_id: str) -> Answer:
    conversation = await visible(connection, call.principal, conversation_id)
    row = await repository.find(connection, canned_id)
    if row is None:
        raise NotFound("There is no such canned reply.")
    text, missing = await filled(connection, call, conversation, row["body"])
    return Answer(RenderedReply(text=text, missing=missing))


async def filled(connection: Connection, call: Call, conversation: Any, text: str) -> tuple[str, list[str]]:
    """A text with what is known of a conversation and of the caller put in, and the variables that are not known."""
    facts = {
        "contact.name": conversation["contact_name"],
        "agent.name": await repository.name_of_agent(connection, call.principal.agent_id),
        "conversation.id": conversation["id"],
        "conversation.subject": conversation["subject"],
        "conversation.channel": conversation["channel"],
    }
    own = await labels.fields(connection, conversation["id"])
    facts |= {f"field.{name}": str(value) for name, value in own.items()}
    return fill(text, {name: value for name, value in facts.items() if value is not None})
