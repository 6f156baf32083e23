"""Routes of a customer's context, and of the sources that are asked about them."""

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from agent_api.context import service, source_settings
from agent_api.context.schemas import CustomerContext
from agent_api.context.source_schemas import (
    AddContextSource,
    ContextSource,
    ContextSourceList,
    TriedContextSource,
    TryContextSource,
)
from agent_api.http.call import Call, May, MayPost
from agent_api.http.docs import posting, problems, reading
from agent_api.http.inputs import ContactPath, SourcePath
from agent_api.permissions import Permission

router = APIRouter(prefix="/v1", tags=["Contacts"])

Read = Annotated[Call, Depends(May(Permission.CONTACTS_READ))]
ReadSources = Annotated[Call, Depends(May(Permission.CHANNELS_READ))]
WriteSources = Annotated[Call, Depends(May(Permission.CHANNELS_WRITE))]
PostSources = Annotated[Call, Depends(MayPost(Permission.CHANNELS_WRITE))]


@router.get(
    "/contacts/{contact_id}/context",
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


@router.get(
    "/context-sources",
    operation_id="listContextSources",
    summary="List sources that are asked about customers",
    response_model=ContextSourceList,
    responses=reading(),
)
async def list_sources(call: ReadSources) -> Response:
    """By name."""
    return (await call.read(lambda connection: source_settings.list_sources(connection, call))).response()


@router.post(
    "/context-sources",
    operation_id="addContextSource",
    summary="Add a source that is asked about customers",
    status_code=201,
    response_model=ContextSource,
    responses=posting(),
)
async def add_source(call: PostSources, body: AddContextSource) -> Response:
    """Asked whenever somebody reads a customer's context and its last answer is not fresh any more. At most 5."""
    return await call.once(lambda connection: source_settings.add_source(connection, call, body))


@router.delete(
    "/context-sources/{source_id}",
    operation_id="removeContextSource",
    summary="Remove a source",
    status_code=204,
    response_class=Response,
    responses=problems(404),
)
async def remove_source(call: WriteSources, source_id: SourcePath) -> Response:
    """With all that it answered. To change one, remove it and add it anew."""
    return await call.change(lambda connection: source_settings.remove_source(connection, source_id))


@router.post(
    "/context-sources/{source_id}/try",
    operation_id="tryContextSource",
    summary="Try a source",
    response_model=TriedContextSource,
    responses=posting(404),
)
async def try_source(call: PostSources, source_id: SourcePath, body: TryContextSource) -> Response:
    """Asks it now about one customer, whatever its circuit says, and waits two seconds for it. Nothing of it is kept, and it
    counts for no circuit.
    """
    return await call.once_apart(lambda: source_settings.try_source(call, source_id, body))
