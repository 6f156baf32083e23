"""What callers do with contacts, each inside one transaction of theirs."""

from collections.abc import Sequence
from typing import Any

from agent_api.contacts import repository
from agent_api.contacts.schemas import ChangeContact, Contact, ContactPage, ContactPoint, ContactQuery
from agent_api.http.call import Answer, Call
from agent_api.http.cursor import make_cursor, read_cursor
from agent_api.http.pages import split
from agent_api.http.versions import expected_version
from backbone.errors import InputInvalid, NotFound
from backbone.storage.database import Connection
from router.usecases import contacts as usecases

_FIELDS = [name for name in Contact.model_fields if name != "points"]


async def _contacts(connection: Connection, rows: Sequence[Any]) -> list[Contact]:
    points: dict[str, list[ContactPoint]] = {}
    for row in await repository.points(connection, [row["id"] for row in rows]):
        point = ContactPoint(**{name: row[name] for name in ContactPoint.model_fields})
        points.setdefault(row["contact_id"], []).append(point)
    return [Contact(points=points.get(row["id"], []), **{name: row[name] for name in _FIELDS}) for row in rows]


async def list_contacts(connection: Connection, query: ContactQuery) -> ContactPage:
    filters = {"list": "contacts", "address": query.address}
    before = None if query.cursor is None else read_cursor(query.cursor, filters, 1)[0]
    rows, last = split(await repository.page(connection, query.address, before, query.limit), query.limit)
    following = None if last is None else make_cursor((last["id"],), filters)
    return ContactPage(items=await _contacts(connection, rows), next_cursor=following)


async def get_contact(connection: Connection, contact_id: str) -> Answer:
    row = await repository.find(connection, contact_id)
    if row is None:
        raise NotFound("There is no such contact.")
    [contact] = await _contacts(connection, [row])
    return Answer(contact, version=contact.version)


async def change_contact(
    connection: Connection, call: Call, contact_id: str, body: ChangeContact, if_match: str | None
) -> Answer:
    if body.cohort_source is not None and body.cohort is None:
        raise InputInvalid(pointers={"/cohort_source": "goes with a cohort"})
    await usecases.update(
        connection,
        tenant_id=call.principal.tenant_id,
        contact_id=contact_id,
        name=body.name,
        language=body.language,
        cohort=body.cohort,
        cohort_source=body.cohort_source,
        now=call.now,
        expected_version=expected_version(if_match),
    )
    return await get_contact(connection, contact_id)
