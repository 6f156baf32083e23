"""Merging contacts over REST: models, and what callers do, inside one transaction of theirs."""

from typing import Any

from pydantic import AwareDatetime, ConfigDict, Field
from pydantic.config import JsonDict

from agent_api.contacts import repository
from agent_api.http.call import Answer, Call
from agent_api.http.inputs import Body, ContactId, Line, Shown
from backbone.errors import NotFound
from backbone.storage.database import Connection
from router.usecases import merging as usecases

_EXAMPLE: JsonDict = {
    "id": "mrg_0190f3a87b3c7d5e8f9a0b1c2d3e4f65",
    "into_contact_id": "con_0190f3a87b3c7d5e8f9a0b1c2d3e4f52",
    "from_contact_id": "con_0190f3a87b3c7d5e8f9a0b1c2d3e4f59",
    "reason": "Same telephone number, confirmed in the chat.",
    "at": "2026-11-22T10:15:00Z",
    "undone_at": None,
}
_MOST = 100


class MergeContacts(Body):
    """Whom the contact takes in, and the evidence."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "from_contact_id": "con_0190f3a87b3c7d5e8f9a0b1c2d3e4f59",
                    "reason": "Same telephone number, confirmed in the chat.",
                }
            ]
        }
    )

    from_contact_id: ContactId = Field(description="The record whose addresses and conversations move.")
    reason: Line = Field(description="Why they are one person.")


class ContactMerge(Shown):
    """One merge of two records."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    id: str = Field(description="Its id: undo it with this.")
    into_contact_id: str = Field(description="The record that has everything now.")
    from_contact_id: str = Field(description="The record that was taken in; it stays, empty.")
    reason: str = Field(description="Why they are one person.")
    at: AwareDatetime = Field(description="When.")
    undone_at: AwareDatetime | None = Field(description="When it was undone.")


class ContactMergeList(Shown):
    """The merges of one contact."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_EXAMPLE]}]})

    items: list[ContactMerge] = Field(description="The newest first; at most 100.")


def merge_of(row: Any) -> ContactMerge:
    return ContactMerge(
        id=row["id"],
        into_contact_id=row["into_id"],
        from_contact_id=row["from_id"],
        reason=row["reason"],
        at=row["at"],
        undone_at=row["undone_at"],
    )


async def list_merges(connection: Connection, contact_id: str) -> Answer:
    await repository.check_exists(connection, contact_id)
    rows = await connection.fetch(
        "SELECT * FROM contact_merges WHERE into_id = $1 ORDER BY at DESC LIMIT $2", contact_id, _MOST
    )
    return Answer(ContactMergeList(items=[merge_of(row) for row in rows]))


async def merge(connection: Connection, call: Call, contact_id: str, body: MergeContacts) -> Answer:
    made = await usecases.merge(
        connection,
        tenant_id=call.principal.tenant_id,
        into_id=contact_id,
        from_id=body.from_contact_id,
        reason=body.reason,
        by_key=call.principal.key_id,
        now=call.now,
    )
    return Answer(await _shown(connection, made.id), status=201)


async def undo(connection: Connection, call: Call, contact_id: str, merge_id: str) -> Answer:
    if await connection.fetchval("SELECT into_id FROM contact_merges WHERE id = $1", merge_id) != contact_id:
        raise NotFound("There is no such merge of this contact.")
    await usecases.undo(connection, tenant_id=call.principal.tenant_id, merge_id=merge_id, now=call.now)
    return Answer(await _shown(connection, merge_id))


async def _shown(connection: Connection, merge_id: str) -> ContactMerge:
    return merge_of(await connection.fetchrow("SELECT * FROM contact_merges WHERE id = $1", merge_id))
