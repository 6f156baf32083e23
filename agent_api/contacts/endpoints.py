"""Routes of contacts."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from agent_api.contacts import service
from agent_api.contacts.schemas import ChangeContact, Contact, ContactPage, ContactQuery
from agent_api.http.call import Call, IfMatch, May, MayGet
from agent_api.http.docs import NOT_MODIFIED, reading, versioned
from agent_api.http.inputs import ContactPath
from agent_api.http.pages import page_response
from agent_api.permissions import Permission

router = APIRouter(prefix="/v1/contacts", tags=["Contacts"])

Read = Annotated[Call, Depends(May(Permission.CONTACTS_READ))]
GetRead = Annotated[Call, Depends(MayGet(Permission.CONTACTS_READ))]
Write = Annotated[Call, Depends(May(Permission.CONTACTS_WRITE))]


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
