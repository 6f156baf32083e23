"""Route of a customer's context."""

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from agent_api.context import service
from agent_api.context.schemas import CustomerContext
from agent_api.http.call import Call, May
from agent_api.http.docs import reading
from agent_api.http.inputs import ContactPath
from agent_api.permissions import Permission

router = APIRouter(prefix="/v1/contacts", tags=["Contacts"])

Read = Annotated[Call, Depends(May(Permission.CONTACTS_READ))]


@router.get(
    "/{contact_id}/context",
    operation_id="getContactContext",
    summary="Read all that is known of a contact",
    response_model=CustomerContext,
    responses=reading(404),
)
async def get_context(call: Read, contact_id: ContactPath) -> Response:
    """Conversations over all channels, orders with their parcels, loyalty, promises, satisfaction and consents.

    Each part loads on its own: one that fails, or takes over 200 ms, is `failed` and keeps nothing else back.
    """
    return (await service.read_context(call, contact_id)).response()
