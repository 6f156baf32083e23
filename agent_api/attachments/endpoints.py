"""Routes of attachments."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from starlette.requests import Request
from starlette.responses import Response

from agent_api.attachments import service
from agent_api.attachments.links import TOKEN_MOST
from agent_api.attachments.schemas import Attachment, UploadQuery
from agent_api.http.call import Call, May, MayPost
from agent_api.http.docs import Responses, posting, problems, reading
from agent_api.http.inputs import AttachmentPath
from agent_api.http.middleware import UPLOADS
from agent_api.parts import parts_of
from agent_api.permissions import Permission

router = APIRouter(prefix="/v1", tags=["Messages"])

Use = Annotated[Call, Depends(May(Permission.MESSAGES_SEND))]
PostUse = Annotated[Call, Depends(MayPost(Permission.MESSAGES_SEND))]
Token = Annotated[str, Path(max_length=TOKEN_MOST, pattern=r"^[A-Za-z0-9_-]+$", description="The sealed link.")]

_BYTES: Responses = {
    200: {
        "description": "The bytes, always as a download.",
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}
_FILE = {
    "required": True,
    "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary", "minLength": 1}}},
}


@router.post(
    UPLOADS.removeprefix("/v1"),
    operation_id="uploadAttachment",
    summary="Upload a file",
    status_code=201,
    response_model=Attachment,
    responses=posting(),
    openapi_extra={"requestBody": _FILE},
)
async def upload(call: PostUse, query: Annotated[UploadQuery, Query()]) -> Response:
    """Its bytes are the body, as application/octet-stream, up to 16 MiB. Send its `url` as a media message."""
    return await call.once(lambda connection: service.upload(connection, call, query))


@router.get(
    "/attachments/{attachment_id}",
    operation_id="getAttachment",
    summary="Read one attachment",
    response_model=Attachment,
    responses=reading(404),
)
async def get_attachment(call: Use, attachment_id: AttachmentPath) -> Response:
    """With a fresh link."""
    return (await call.read(lambda connection: service.get_attachment(connection, call, attachment_id))).response()


@router.get(
    "/files/{token}",
    operation_id="getFile",
    summary="Fetch a file by its link",
    response_class=Response,
    responses=problems(404) | _BYTES,
)
async def get_file(request: Request, token: Token) -> Response:
    """Needs no key: whoever has the link may fetch until it ends, 24 h after it was made."""
    return await service.fetch(parts_of(request), token)
