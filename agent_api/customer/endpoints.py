"""Routes of customers: they bring the token of their session, or nothing yet."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from agent_api.call_backs.schemas import BookCallBack, CallBackSlots
from agent_api.customer import call_backs, service, sessions, speaking
from agent_api.customer.call import Customer, OfAccount, of_account
from agent_api.customer.schemas import (
    CustomerConversationPage,
    CustomerDesk,
    CustomerDevice,
    CustomerMessagePage,
    CustomerSession,
    CustomerUpload,
    CustomerUploadQuery,
    HistoryQuery,
    MarkCustomerRead,
    OwnPageQuery,
    OwnRating,
    RateOwnConversation,
    RegisterDevice,
    SendCustomerMessage,
    StartSession,
    Taken,
)
from agent_api.http.call import Answer
from agent_api.http.docs import problems
from agent_api.http.inputs import DeviceId
from agent_api.http.pages import page_response
from agent_api.parts import parts_of
from backbone.errors import CallerFault, InputInvalid

router = APIRouter(prefix="/v1/customer", tags=["Customers"])

UPLOAD_COST = 6.0
"""Of the visitor's quota: some ten files a minute."""
_FILE: dict[str, Any] = {
    "required": True,
    "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary", "minLength": 1}}},
}


@router.post(
    "/sessions",
    operation_id="startCustomerSession",
    summary="Begin, renew or sign in a customer's session",
    status_code=201,
    response_model=CustomerSession,
    responses=problems(404, 409, body=True),
)
async def start_session(request: Request, body: StartSession) -> Response:
    """Needs no key and no Idempotency-Key: a repeat is another visitor, or the same customer."""
    account = await of_account(request, body.account_id)
    return Answer(await sessions.start_session(parts_of(request), account, body), status=201).response()


@router.get(
    "/desk",
    operation_id="getCustomerDesk",
    summary="Read who answers, and how soon",
    response_model=CustomerDesk,
    responses=problems(404, 409),
)
async def get_desk(request: Request, account: OfAccount) -> Response:
    """Needs no token: asked before anybody begins to write."""
    return Answer(await service.desk(parts_of(request), account)).response()


@router.get(
    "/conversations",
    operation_id="listCustomerConversations",
    summary="List the customer's own conversations",
    response_model=CustomerConversationPage,
    responses=problems(404, 409),
)
async def list_conversations(request: Request, call: Customer, page: Annotated[OwnPageQuery, Query()]) -> Response:
    """On every device where they are signed in; an anonymous visitor's are those of their device."""
    found = await call.read(lambda connection: service.list_conversations(connection, call, page))
    return page_response(request, found)


@router.get(
    "/messages",
    operation_id="listCustomerMessages",
    summary="List the customer's own messages",
    response_model=CustomerMessagePage,
    responses=problems(404, 409),
)
async def list_messages(request: Request, call: Customer, query: Annotated[HistoryQuery, Query()]) -> Response:
    """Of all conversations or of one, the newest first, without what colleagues noted."""
    found = await call.read(lambda connection: service.list_messages(connection, call, query))
    return page_response(request, found)


@router.post(
    "/messages",
    operation_id="sendCustomerMessage",
    summary="Write a message",
    status_code=202,
    response_model=Taken,
    responses=problems(404, 409, body=True),
)
async def send_message(call: Customer, body: SendCustomerMessage) -> Response:
    """For apps without a socket, and the offline form. Sent again with the same `id` it is taken once."""
    await speaking.say(call.parts, call.account, call.visitor_id, body)
    return Answer(Taken(id=body.id), status=202).response()


@router.post(
    "/reads",
    operation_id="markCustomerRead",
    summary="Say that a message was delivered or read",
    status_code=202,
    response_model=Taken,
    responses=problems(404, 409, body=True),
)
async def mark_read(call: Customer, body: MarkCustomerRead) -> Response:
    """As the frame `read` of the socket; a repeat changes nothing."""
    await speaking.say(call.parts, call.account, call.visitor_id, body)
    return Answer(Taken(id=body.message_id), status=202).response()


@router.post(
    "/uploads",
    operation_id="uploadCustomerFile",
    summary="Upload a file for a message",
    status_code=201,
    response_model=CustomerUpload,
    responses=problems(400, 404, 409, body=True),
    openapi_extra={"requestBody": _FILE},
)
async def upload_file(request: Request, call: Customer, query: Annotated[CustomerUploadQuery, Query()]) -> Response:
    """Its bytes are the body, as application/octet-stream, up to 16 MiB; 50 files and 200 MiB a day."""
    call.spend(UPLOAD_COST)
    data = await request.body()
    if not data:
        raise InputInvalid("The file is empty.", pointers={"": "is empty"})
    # Bytes before the row: a crash in between leaves bytes that nothing names, never a row without bytes.
    blob = await call.parts.blobs.put(call.account.tenant_id, data)
    try:
        found = await call.write(lambda connection: service.upload(connection, call, query, data, blob))
    except CallerFault:
        await call.parts.blobs.delete(blob)
        raise
    return Answer(found, status=201).response()


@router.put(
    "/rating",
    operation_id="rateOwnConversation",
    summary="Rate a resolved conversation",
    response_model=OwnRating,
    responses=problems(404, 409, body=True),
)
async def rate(call: Customer, body: RateOwnConversation) -> Response:
    """As the customer themself; a second rating takes the place of the first."""
    return Answer(await call.write(lambda connection: service.rate(connection, call, body))).response()


@router.put(
    "/devices",
    operation_id="registerCustomerDevice",
    summary="Have a device rung while the app sleeps",
    response_model=CustomerDevice,
    responses=problems(404, 409, body=True),
)
async def register_device(call: Customer, body: RegisterDevice) -> Response:
    """Of this customer from now on, whoever had it before; ten devices each, the one not seen for longest goes first."""
    return Answer(await call.write(lambda connection: service.register(connection, call, body))).response()


@router.delete(
    "/devices/{device_id}",
    operation_id="forgetCustomerDevice",
    summary="Ring a device no more",
    status_code=204,
    response_class=Response,
    responses=problems(404, 409),
)
async def forget_device(call: Customer, device_id: DeviceId) -> Response:
    """When the customer signs out. An app that was removed is found out by itself."""
    await call.write(lambda connection: service.forget_device(connection, call, device_id))
    return Response(status_code=204)


@router.get(
    "/call-back-slots",
    operation_id="listCustomerCallBackSlots",
    summary="Times at which the customer can be called back",
    response_model=CallBackSlots,
    responses=problems(404, 409),
)
async def call_back_slots(call: Customer) -> Response:
    """Inside the hours of the team that would call. 409 where the chat's settings (`widget.call_backs`) offer none."""
    return Answer(await call.read(lambda connection: call_backs.slots(connection, call))).response()


@router.post(
    "/call-back",
    operation_id="bookCustomerCallBack",
    summary="Choose a time to be called back",
    status_code=201,
    response_model=BookCallBack,
    responses=problems(404, 409, body=True),
)
async def book_call_back(call: Customer, body: BookCallBack) -> Response:
    """For the open conversation, in place of waiting; another choice takes the place of the first. 409 where the slot is taken."""
    return Answer(await call.write(lambda connection: call_backs.book(connection, call, body)), status=201).response()
