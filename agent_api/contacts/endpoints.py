"""Routes of contacts."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from agent_api.contacts import merging, service
from agent_api.contacts.merging import ContactMerge, ContactMergeList, MergeContacts
from agent_api.contacts.schemas import ChangeContact, Contact, ContactPage, ContactQuery
from agent_api.http.call import Call, IfMatch, May, MayGet, MayPost
from agent_api.http.docs import NOT_MODIFIED, posting, reading, versioned
from agent_api.http.inputs import ContactPath, MergePath
from agent_api.http.pages import page_response
from agent_api.permissions import Permission

router = APIRouter(prefix="/v1/contacts", tags=["Contacts"])

Read = Annotated[Call, Depends(May(Permission.CONTACTS_READ))]
GetRead = Annotated[Call, Depends(MayGet(Permission.CONTACTS_READ))]
Write = Annotated[Call, Depends(May(Permission.CONTACTS_WRITE))]
PostWrite = Annotated[Call, Depends(MayPost(Permission.CONTACTS_WRITE))]


@router.get("", operation_id="listContacts", summary="List contacts", response_model=ContactPage, responses=reading())
async def list_contacts(call: Read, query: Annotated[ContactQuery, Query()]) -> Response:
    """The newest first; with `address`, those who have it."""
    page = await call.read(lambda connection: service.list_contacts(connection, query))
    return page_response(call.request, page)


@router.get(
    "/{contact_id}",
    operation_id="getContact",
    summary="Read one contact",
    response_model=Contact,
    responses=reading(404) | NOT_MODIFIED,
)
async def get_contact(call: GetRead, contact_id: ContactPath) -> Response:
    """With the addresses known of them."""
    return await call.get(lambda connection: service.get_contact(connection, contact_id))


@router.patch(
    "/{contact_id}",
    operation_id="changeContact",
    summary="Correct a contact",
    response_model=Contact,
    responses=versioned(),
)
async def change_contact(
    call: Write, contact_id: ContactPath, body: ChangeContact, if_match: IfMatch = None
) -> Response:
    """A cohort needs its source; it changes the deadlines of later waits, not of running ones."""
    return await call.change(lambda connection: service.change_contact(connection, call, contact_id, body, if_match))


@router.get(
    "/{contact_id}/merges",
    operation_id="listContactMerges",
    summary="List merges of a contact",
    response_model=ContactMergeList,
    responses=reading(404),
)
async def list_merges(call: Read, contact_id: ContactPath) -> Response:
    """Which records it took in, and why."""
    return (await call.read(lambda connection: merging.list_merges(connection, contact_id))).response()


@router.post(
    "/{contact_id}/merge",
    operation_id="mergeContacts",
    summary="Take another record of the same person in",
    status_code=201,
    response_model=ContactMerge,
    responses=posting(404),
)
async def merge(call: PostWrite, contact_id: ContactPath, body: MergeContacts) -> Response:
    """Its addresses and conversations move here; its own record stays, empty. It can be undone."""
    return await call.once(lambda connection: merging.merge(connection, call, contact_id, body))


@router.post(
    "/{contact_id}/merges/{merge_id}/undo",
    operation_id="undoContactMerge",
    summary="Make two records of one again",
    response_model=ContactMerge,
    responses=posting(404),
)
async def undo_merge(call: PostWrite, contact_id: ContactPath, merge_id: MergePath) -> Response:
    """What moved moves back; what came since stays."""
    return await call.once(lambda connection: merging.undo(connection, call, contact_id, merge_id))
