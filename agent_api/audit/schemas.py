"""The audit log as clients read it."""

from datetime import datetime

from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from agent_api.http.inputs import NEXT_CURSOR, Shown

_EXAMPLE: JsonDict = {
    "number": 17,
    "at": "2026-11-22T10:15:00Z",
    "actor": "key_0190f3a87b3c7d5e8f9a0b1c2d3e4f56",
    "operation": "createApiKey",
    "target": None,
    "request_id": "req_0190f3a87b3c7d5e8f9a0b1c2d3e4f50",
    "status": 201,
    "hash": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
}


class AuditLine(Shown):
    """One change of configuration, or one that was refused for want of permission."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    number: int = Field(description="From 1, without gaps.")
    at: datetime = Field(description="When.")
    actor: str = Field(description="The agent, or the key where it acts as none.")
    operation: str = Field(description="The operationId.")
    target: str | None = Field(description="The id in its path, if there is one.")
    request_id: str = Field(description="Names the request in our logs.")
    status: int = Field(description="What was answered; 403: refused.")
    hash: str = Field(description="SHA-256 over the line and the hash before it.")


class AuditPage(Shown):
    """A page of the log, the newest first."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_EXAMPLE], "next_cursor": None}]})

    items: list[AuditLine] = Field(description="The page.")
    next_cursor: str | None = NEXT_CURSOR


class AuditCheck(Shown):
    """Whether the log is whole."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"checked": 17, "last": 17, "intact": True, "broken_at": None, "next_after": None}]
        }
    )

    checked: int = Field(description="Lines that were looked at.")
    last: int = Field(description="The last number there is.")
    intact: bool = Field(description="Each of them follows from the one before.")
    broken_at: int | None = Field(description="The first that does not, or that is missing.")
    next_after: int | None = Field(description="Go on with `after` set to this; null: that was all.")
