"""Routes of consents."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from agent_api.consents import service
from agent_api.consents.schemas import ConsentPage, ConsentQuery, RecordConsent, RecordedConsent
from agent_api.http.call import Call, May, MayPost
from agent_api.http.docs import posting, reading
from agent_api.http.inputs import ContactPath
from agent_api.http.pages import page_response
from agent_api.permissions import Permission

router = APIRouter(prefix="/v1/contacts/{contact_id}/consents", tags=["Contacts"])

Read = Annotated[Call, Depends(May(Permission.CONTACTS_READ))]
PostWrite = Annotated[Call, Depends(MayPost(Permission.CONTACTS_WRITE))]


@router.get(
    "",
    operation_id="listConsents",
    summary="List what a customer allowed and forbade",
    response_model=ConsentPage,
    responses=reading(404),
)
async def list_consents(call: Read, contact_id: ContactPath, query: Annotated[ConsentQuery, Query()]) -> Response:
    """The whole history with its proof, the newest first, with that of records the contact took in. What companies' systems
    report stands in the contact's context.
    """
    page = await call.read(lambda connection: service.list_consents(connection, contact_id, query))
    return page_response(call.request, page)


@router.post(
    "",
    operation_id="recordConsent",
    summary="Record what a customer allowed or forbade",
    status_code=201,
    response_model=RecordedConsent,
    responses=posting(404),
)
async def record_consent(call: PostWrite, contact_id: ContactPath, body: RecordConsent) -> Response:
    """The last word for a purpose holds. `all` opens or closes one address for everything."""
    return await call.once(lambda connection: service.record(connection, call, contact_id, body))
