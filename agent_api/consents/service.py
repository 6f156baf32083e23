"""Reading and recording consents, each inside one transaction of the caller's."""

from agent_api.consents import repository
from agent_api.consents.schemas import ConsentPage, ConsentQuery, RecordConsent, RecordedConsent
from agent_api.contacts.repository import check_exists
from agent_api.http.call import Answer, Call
from agent_api.http.cursor import instant_of, make_cursor, read_cursor
from agent_api.http.pages import split
from backbone.errors import InputInvalid
from backbone.storage.database import Connection
from router.usecases import consents as usecases


async def list_consents(connection: Connection, contact_id: str, query: ConsentQuery) -> ConsentPage:
    await check_exists(connection, contact_id)
    filters = {"list": "consents", "contact": contact_id}
    before = None
    if query.cursor is not None:
        at, last_id = read_cursor(query.cursor, filters, 2)
        before = (instant_of(at), last_id)
    rows, last = split(await repository.page(connection, contact_id, before, query.limit), query.limit)
    following = None if last is None else make_cursor((last["at"].isoformat(), last["id"]), filters)
    return ConsentPage(items=[RecordedConsent(**dict(row)) for row in rows], next_cursor=following)


async def record(connection: Connection, call: Call, contact_id: str, body: RecordConsent) -> Answer:
    await check_exists(connection, contact_id)
    await _check(connection, contact_id, body)
    principal = call.principal
    consent_id = await usecases.record(
        connection,
        tenant_id=principal.tenant_id,
        contact_id=contact_id,
        purpose=body.purpose,
        state=body.state,
        how=body.how,
        word=body.word,
        message_id=body.message_id,
        account_id=body.account_id,
        address=body.address,
        by=principal.actor,
        now=call.now,
    )
    return Answer(RecordedConsent(**dict(await repository.find(connection, consent_id))), status=201)


async def _check(connection: Connection, contact_id: str, body: RecordConsent) -> None:
    """Raises `InputInvalid`."""
    if (body.account_id is None) is not (body.address is None):
        missing = "/address" if body.address is None else "/account_id"
        raise InputInvalid(pointers={missing: "an account and an address go together"})
    if body.account_id is not None and body.address is not None:
        if not await repository.has_point(connection, contact_id, body.account_id, body.address):
            raise InputInvalid(pointers={"/address": "is no address of this contact on that account"})
    elif body.purpose == "all":
        raise InputInvalid(pointers={"/address": "`all` is of one address: name it, with its account"})
    if body.message_id is not None and not await repository.wrote(connection, contact_id, body.message_id):
        raise InputInvalid(pointers={"/message_id": "is no message of this contact"})
