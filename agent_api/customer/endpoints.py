"""Routes of customers: they bring no key."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from agent_api.customer import service
from agent_api.customer.schemas import CustomerSession, StartSession
from agent_api.http.call import Answer
from agent_api.http.docs import problems
from agent_api.parts import parts_of
from backbone.errors import RateLimited

router = APIRouter(prefix="/v1/customer", tags=["Customers"])


@router.post(
    "/sessions",
    operation_id="startCustomerSession",
    summary="Begin a visitor's session",
    status_code=201,
    response_model=CustomerSession,
    responses=problems(404, 409, body=True),
)
async def start_session(request: Request, body: StartSession) -> Response:
    """For the widget. Needs no key and no Idempotency-Key: it stores nothing, a repeat is another visitor."""
    parts = parts_of(request)
    address = request.client.host if request.client else "-"
    decision = parts.visitors.take(address)
    request.state.response_headers = parts.visitors.headers(decision)
    if not decision.allowed:
        raise RateLimited(retry_after=decision.retry)
    account = await parts.customer_accounts.get(body.account_id)
    return Answer(service.start_session(parts, account), status=201).response()
