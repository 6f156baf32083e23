"""Routes of webhook endpoints, their deliveries, and the check of a signature."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from agent_api.http.call import Answer, Call, IfMatch, May, MayGet, MayPost
from agent_api.http.docs import NOT_MODIFIED, posting, problems, reading, versioned
from agent_api.http.inputs import DeliveryPath, EndpointPath, Page
from agent_api.http.pages import page_response
from agent_api.permissions import Permission
from agent_api.webhooks import sending, service
from agent_api.webhooks.deliveries import (
    CheckSignature,
    DeliveryQuery,
    Replayed,
    ReplayWebhooks,
    SignatureVerdict,
    TestWebhook,
    WebhookDelivery,
    WebhookDeliveryDetail,
    WebhookDeliveryPage,
)
from agent_api.webhooks.schemas import (
    ChangeWebhookEndpoint,
    CreateWebhookEndpoint,
    NewWebhookEndpoint,
    RotateSecret,
    WebhookEndpoint,
    WebhookEndpointPage,
    WebhookSecret,
)

router = APIRouter(prefix="/v1", tags=["Webhooks"])

Manage = Annotated[Call, Depends(May(Permission.WEBHOOKS_MANAGE))]
GetManage = Annotated[Call, Depends(MayGet(Permission.WEBHOOKS_MANAGE))]
PostManage = Annotated[Call, Depends(MayPost(Permission.WEBHOOKS_MANAGE))]


@router.get(
    "/webhook-endpoints",
    operation_id="listWebhookEndpoints",
    summary="List webhook endpoints",
    response_model=WebhookEndpointPage,
    responses=reading(),
)
async def list_endpoints(call: Manage, page: Page) -> Response:
    """With their health, the oldest first."""
    found = await call.read(lambda connection: service.list_endpoints(connection, page.cursor, page.limit))
    return page_response(call.request, found)


@router.post(
    "/webhook-endpoints",
    operation_id="createWebhookEndpoint",
    summary="Add a webhook endpoint",
    status_code=201,
    response_model=NewWebhookEndpoint,
    responses=posting(),
)
async def create_endpoint(call: PostManage, body: CreateWebhookEndpoint) -> Response:
    """Its signing secret is in this answer only."""
    return await call.once(lambda connection: service.create_endpoint(connection, call, body))


@router.get(
    "/webhook-endpoints/{endpoint_id}",
    operation_id="getWebhookEndpoint",
    summary="Read one webhook endpoint",
    response_model=WebhookEndpoint,
    responses=reading(404) | NOT_MODIFIED,
)
async def get_endpoint(call: GetManage, endpoint_id: EndpointPath) -> Response:
    """With its health."""
    return await call.get(lambda connection: service.get_endpoint(connection, endpoint_id))


@router.patch(
    "/webhook-endpoints/{endpoint_id}",
    operation_id="changeWebhookEndpoint",
    summary="Change, pause or revive a webhook endpoint",
    response_model=WebhookEndpoint,
    responses=versioned(),
)
async def change_endpoint(
    call: Manage, endpoint_id: EndpointPath, body: ChangeWebhookEndpoint, if_match: IfMatch = None
) -> Response:
    """Types and filter hold for events from now on."""
    return await call.change(lambda connection: service.change_endpoint(connection, call, endpoint_id, body, if_match))


@router.delete(
    "/webhook-endpoints/{endpoint_id}",
    operation_id="deleteWebhookEndpoint",
    summary="Remove a webhook endpoint",
    status_code=204,
    response_class=Response,
    responses=problems(404, 412, 428),
)
async def delete_endpoint(call: Manage, endpoint_id: EndpointPath, if_match: IfMatch = None) -> Response:
    """With its deliveries and their log."""
    return await call.change(lambda connection: service.delete_endpoint(connection, endpoint_id, if_match))


@router.post(
    "/webhook-endpoints/{endpoint_id}/rotate-secret",
    operation_id="rotateWebhookSecret",
    summary="Give it a new signing secret",
    status_code=201,
    response_model=WebhookSecret,
    responses=posting(404),
)
async def rotate_secret(call: PostManage, endpoint_id: EndpointPath, body: RotateSecret) -> Response:
    """Both sign until the overlap ends, so that no call is refused meanwhile. The new one is in this answer only."""
    return await call.once(lambda connection: service.rotate_secret(connection, call, endpoint_id, body))


@router.post(
    "/webhook-endpoints/{endpoint_id}/test",
    operation_id="testWebhookEndpoint",
    summary="Send it a made-up event",
    status_code=201,
    response_model=WebhookDelivery,
    responses=posting(404),
)
async def send_test(call: PostManage, endpoint_id: EndpointPath, body: TestWebhook) -> Response:
    """Whatever types it asked for. `test` is true in what it gets; read the delivery to see how it went."""
    return await call.once(lambda connection: sending.send_test(connection, call, endpoint_id, body))


@router.post(
    "/webhook-endpoints/{endpoint_id}/replay",
    operation_id="replayWebhooks",
    summary="Send again what happened since a time",
    response_model=Replayed,
    responses=posting(404),
)
async def replay(call: PostManage, endpoint_id: EndpointPath, body: ReplayWebhooks) -> Response:
    """Up to 1,000 in one call, each with the `webhook-id` it had. Deliveries are kept for 30 days."""
    return await call.once(lambda connection: sending.replay(connection, call, endpoint_id, body))


@router.get(
    "/webhook-endpoints/{endpoint_id}/deliveries",
    operation_id="listWebhookDeliveries",
    summary="List deliveries of an endpoint",
    response_model=WebhookDeliveryPage,
    responses=reading(404),
)
async def list_deliveries(
    call: Manage, endpoint_id: EndpointPath, query: Annotated[DeliveryQuery, Query()]
) -> Response:
    """The newest first."""
    found = await call.read(lambda connection: sending.list_deliveries(connection, endpoint_id, query))
    return page_response(call.request, found)


@router.get(
    "/webhook-deliveries/{delivery_id}",
    operation_id="getWebhookDelivery",
    summary="Read one delivery and its log",
    response_model=WebhookDeliveryDetail,
    responses=reading(404),
)
async def get_delivery(call: Manage, delivery_id: DeliveryPath) -> Response:
    """What was sent, each try, how long it took, and what was wrong."""
    return (await call.read(lambda connection: sending.get_delivery(connection, delivery_id))).response()


@router.post(
    "/webhook-deliveries/{delivery_id}/resend",
    operation_id="resendWebhookDelivery",
    summary="Send one again",
    response_model=WebhookDelivery,
    responses=posting(404),
)
async def resend(call: PostManage, delivery_id: DeliveryPath) -> Response:
    """From its first try if it was settled, else at once."""
    return await call.once(lambda connection: sending.resend(connection, call, delivery_id))


@router.post(
    "/webhook-signatures/check",
    operation_id="checkWebhookSignature",
    summary="Say why a signature fails",
    response_model=SignatureVerdict,
    responses=posting(),
)
async def check_signature(call: PostManage, body: CheckSignature) -> Response:
    """For both directions: what you send us and what we send you. Nothing of it is kept or logged."""
    return Answer(await sending.check_signature(call, body)).response()
