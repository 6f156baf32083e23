"""Routes of channel offers. Offers and outcomes are for sites with a key, and for visitors of a chat without one."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path
from starlette.requests import Request
from starlette.responses import Response

from agent_api.customer.call import check_origin
from agent_api.http.call import Answer, Call, IfMatch, May, MayGet, in_our_words, perhaps_authenticated
from agent_api.http.docs import NOT_MODIFIED, problems, reading, versioned
from agent_api.http.inputs import OfferId
from agent_api.http.quota import address_of, count
from agent_api.offers import service
from agent_api.offers.schemas import OfferIn, OfferSettings, OfferSettingsIn, OfferShown, OutcomeIn
from agent_api.parts import parts_of
from agent_api.permissions import Permission, require
from backbone.errors import Unauthenticated

router = APIRouter(prefix="/v1/offers", tags=["Customers"])

Read = Annotated[Call, Depends(MayGet(Permission.POLICIES_READ))]
Write = Annotated[Call, Depends(May(Permission.POLICIES_WRITE))]
Perhaps = Annotated[Call | None, Depends(perhaps_authenticated)]
_KEY_OR_CHAT: dict[str, Any] = {"security": [{}]}
"""Beside the key: the document lists what is enough."""
OfferPath = Annotated[OfferId, Path(description="The id of the offer.")]


@router.post(
    "",
    operation_id="createOffer",
    summary="Ask which channels to show a visitor",
    status_code=201,
    response_model=OfferShown,
    responses=problems(404, 409, body=True),
    openapi_extra=_KEY_OR_CHAT,
)
async def create_offer(request: Request, call: Perhaps, body: OfferIn) -> Response:
    """Only channels on which somebody is there, or a bot, in the order in which they are likely to help. With an API key, or
    for visitors with the `site_account_id` of a chat. Needs no Idempotency-Key: a repeat is another offer.
    """
    tenant_id = await _tenant(request, call, body.site_account_id)
    parts = parts_of(request)
    with in_our_words():
        made = await parts.database.run(
            lambda connection: service.make_offer(parts, connection, tenant_id, body, known=call is not None),
            [tenant_id],
        )
    return Answer(made, status=201).response()


@router.post(
    "/{offer_id}/outcome",
    operation_id="reportOfferOutcome",
    summary="Say what came of an offer",
    status_code=204,
    response_class=Response,
    responses=problems(404, 409, body=True),
    openapi_extra=_KEY_OR_CHAT,
)
async def report_outcome(request: Request, call: Perhaps, offer_id: OfferPath, body: OutcomeIn) -> Response:
    """Once, within seven days; the same again is answered the same, so it needs no Idempotency-Key."""
    tenant_id = await _tenant(request, call, body.site_account_id)
    parts = parts_of(request)
    with in_our_words():
        await parts.database.run(
            lambda connection: service.report_outcome(
                parts, connection, tenant_id, offer_id, body, known=call is not None
            ),
            [tenant_id],
        )
    return Answer(None).response()


@router.get(
    "/settings",
    operation_id="getOfferSettings",
    summary="Read the settings of offers",
    response_model=OfferSettings,
    responses=reading() | NOT_MODIFIED,
)
async def get_settings(call: Read) -> Response:
    """The defaults, as version 1, where none were stored."""
    return await call.get(lambda connection: service.get_settings(connection, call))


@router.put(
    "/settings",
    operation_id="replaceOfferSettings",
    summary="Replace the settings of offers",
    response_model=OfferSettings,
    responses=versioned(),
)
async def replace_settings(call: Write, body: OfferSettingsIn, if_match: IfMatch = None) -> Response:
    """They hold from the next offer on."""
    return await call.change(lambda connection: service.replace_settings(connection, call, body, if_match))


async def _tenant(request: Request, call: Call | None, site_account_id: str | None) -> str:
    """Of the key, else of the chat. Raises `RateLimited`, `Unauthenticated` (neither), `Forbidden` (a page that may not show the
    chat), and as the chat's look-up does.
    """
    if call is not None:
        require(call.principal, Permission.OFFERS_MAKE)
        return call.principal.tenant_id
    parts = parts_of(request)
    count(request, parts.visitors, f"offers/{address_of(request)}")
    if site_account_id is None:
        raise Unauthenticated("Send an API key, or the site_account_id of a chat.")
    account = await parts.customer_accounts.get(site_account_id)
    check_origin(parts, account, request.headers.get("origin"))
    return account.tenant_id
