"""What callers do with tags and custom fields, each inside one transaction of theirs."""

from agent_api.conversations.service import visible
from agent_api.http.announce import announce
from agent_api.http.call import Answer, Call
from agent_api.labels import repository
from agent_api.labels.schemas import ChangeLabels, Labels, TagCount, TagList
from backbone.errors import Conflict
from backbone.storage.database import Connection
from schemas.events import EventType


async def labels_of(connection: Connection, conversation_id: str) -> Labels:
    return Labels(
        tags=await repository.tags(connection, conversation_id),
        fields=await repository.fields(connection, conversation_id),
    )


async def get_labels(connection: Connection, call: Call, conversation_id: str) -> Answer:
    await visible(connection, call.principal, conversation_id)
    return Answer(await labels_of(connection, conversation_id))


async def change_labels(connection: Connection, call: Call, conversation_id: str, body: ChangeLabels) -> Answer:
    await apply(connection, call, conversation_id, body)
    return Answer(await labels_of(connection, conversation_id))


async def apply(connection: Connection, call: Call, conversation_id: str, body: ChangeLabels) -> None:
    """Adds, then takes away, under the conversation's row lock. Raises `NotFound` and `Conflict` (too many)."""
    conversation = await visible(connection, call.principal, conversation_id)
    await connection.execute("SELECT 1 FROM conversations WHERE id = $1 FOR UPDATE", conversation_id)
    before = await labels_of(connection, conversation_id)
    tags = (set(before.tags) | set(body.add_tags)) - set(body.remove_tags)
    fields = {name: value for name, value in (before.fields | body.fields).items() if value is not None}
    if len(tags) > repository.TAGS_MOST or len(fields) > repository.FIELDS_MOST:
        raise Conflict(f"A conversation has {repository.TAGS_MOST} tags and {repository.FIELDS_MOST} fields at most.")
    if tags == set(before.tags) and fields == before.fields:
        return
    await repository.add(connection, call.principal.tenant_id, conversation_id, sorted(set(body.add_tags)), call.now)
    await repository.remove(connection, conversation_id, body.remove_tags)
    await repository.put_fields(connection, call.principal.tenant_id, conversation_id, fields)
    # Names, never values: what is in a field is somebody's data, and is read with a permission.
    changed = sorted(
        name for name in fields.keys() | before.fields.keys() if fields.get(name) != before.fields.get(name)
    )
    data = {
        "conversation_id": conversation_id,
        "agent_id": conversation["agent_id"],
        "team_id": conversation["team_id"],
        "tags": sorted(tags),
        "fields_changed": changed,
    }
    await announce(
        connection, call.principal.tenant_id, EventType.CONVERSATION_UPDATED, data, call.now, conversation_id
    )


async def list_tags(connection: Connection) -> Answer:
    rows = await repository.in_use(connection)
    return Answer(TagList(items=[TagCount(tag=row["tag"], count=row["count"]) for row in rows]))
