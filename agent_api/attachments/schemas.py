"""Uploaded files as clients see them."""

from datetime import datetime
from typing import Annotated

from pydantic import AwareDatetime, ConfigDict, Field, StringConstraints
from pydantic.config import JsonDict

from agent_api.http.inputs import Body, Shown
from agent_api.messages.schemas import Mime

FileName = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f/\\\"]{1,150}$")]

_EXAMPLE: JsonDict = {
    "id": "att_0190f3a87b3c7d5e8f9a0b1c2d3e4f66",
    "filename": "invoice.pdf",
    "mime": "application/pdf",
    "size": 48211,
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "url": "https://desk.example/v1/files/kq3…",
    "url_expires_at": "2026-11-23T10:15:00Z",
    "created_at": "2026-11-22T10:15:00Z",
}


class UploadQuery(Body):
    """What the file is called and claims to be."""

    filename: FileName = Field(description="Its name, without folders.")
    mime: Mime = Field(default="application/octet-stream", description="What it claims to be.")


class Attachment(Shown):
    """An uploaded file. Hand `url` over as the link of a media message."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    id: str = Field(description="Its id.")
    filename: str = Field(description="Its name.")
    mime: str = Field(description="What it claims to be.")
    size: int = Field(description="Bytes.")
    sha256: str = Field(description="SHA-256 of its bytes, in hex.")
    url: str = Field(description="Where it can be fetched without a key.")
    url_expires_at: AwareDatetime = Field(description="Until then; read the attachment again for a fresh link.")
    created_at: datetime = Field(description="When it was uploaded.")
