"""API keys as clients see them. The key itself is in one answer only: that of its creation."""

from datetime import datetime
from typing import Literal

from pydantic import AwareDatetime, ConfigDict, Field
from pydantic.config import JsonDict

from agent_api.http.inputs import NEXT_CURSOR, AgentId, Body, Line, RoleId, Shown

KeyRole = Literal["admin", "supervisor", "agent", "bot", "partner"]

_EXAMPLE: JsonDict = {
    "id": "key_0190f3a87b3c7d5e8f9a0b1c2d3e4f56",
    "name": "Kim's laptop",
    "role": "agent",
    "role_id": None,
    "agent_id": "agt_0190f3a87b3c7d5e8f9a0b1c2d3e4f54",
    "prefix": "fd_live_4kQ9",
    "created_at": "2026-11-01T09:00:00Z",
    "expires_at": None,
    "revoked_at": None,
    "last_used_at": "2026-11-22T10:15:00Z",
}


class ApiKey(Shown):
    """A key without its secret part."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    id: str = Field(description="Its id.")
    name: str = Field(description="What it is for.")
    role: KeyRole = Field(description="What it may do.")
    role_id: str | None = Field(description="Its role of the tenant's own, which then says what it may do.")
    agent_id: str | None = Field(description="The agent or bot it acts as.")
    prefix: str = Field(description="Its first characters, to tell keys apart.")
    created_at: datetime = Field(description="When it was made.")
    expires_at: datetime | None = Field(description="When it ends; null: never.")
    revoked_at: datetime | None = Field(description="When it was revoked.")
    last_used_at: datetime | None = Field(description="Its last use, to the minute.")


class NewApiKey(ApiKey):
    """A key just made. It is not stored: keep it now."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [_EXAMPLE | {"key": "fd_test_" + "0" * 43, "last_used_at": None}]}
    )

    key: str = Field(description="Send it as Authorization: Bearer. It is never shown again.", repr=False)


class ApiKeyPage(Shown):
    """A page of keys, the newest first."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_EXAMPLE], "next_cursor": None}]})

    items: list[ApiKey] = Field(description="The page.")
    next_cursor: str | None = NEXT_CURSOR


class CreateApiKey(Body):
    """A new key."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"name": "Kim's laptop", "role": "agent", "agent_id": "agt_0190f3a87b3c7d5e8f9a0b1c2d3e4f54"}]
        }
    )

    name: Line = Field(description="What it is for.")
    role: KeyRole = Field(description="What it may do.")
    role_id: RoleId | None = Field(
        default=None, description="A role of the tenant's own: it says what the key may do, instead of `role`."
    )
    agent_id: AgentId | None = Field(
        default=None, description="The agent or bot it acts as; agent and bot keys need one."
    )
    expires_at: AwareDatetime | None = Field(default=None, description="When it ends; null: never.")
