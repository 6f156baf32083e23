"""What customers get: a session, and messages without anything internal."""

from datetime import datetime
from typing import Literal

from pydantic import AwareDatetime, ConfigDict, Field

from agent_api.http.inputs import AccountId, Body, Shown
from schemas.content import Button, MediaKind


class StartSession(Body):
    """Which chat it is for."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"account_id": "acc_0190f3a87b3c7d5e8f9a0b1c2d3e4f51"}]})

    account_id: AccountId = Field(description="The chat's channel account.")


class CustomerSession(Shown):
    """Who this visitor is from now on. The token proves it: keep it in the browser, not in a URL."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "visitor_id": "vis_0190f3a87b3c7d5e8f9a0b1c2d3e4f58",
                    "token": "vis_0190f3a87b3c7d5e8f9a0b1c2d3e4f58.1790000000.0f3c…",
                    "expires_at": "2026-12-22T10:15:00Z",
                    "url": "/v1/customer/stream",
                }
            ]
        }
    )

    visitor_id: str = Field(description="The visitor.")
    token: str = Field(description="Send it in the first frame of the socket.", repr=False)
    expires_at: AwareDatetime = Field(description="Until when it is good.")
    url: str = Field(description="The socket's path; add `?account=`.")


class CustomerMediaShown(Shown):
    """A picture or file; its bytes are not served to customers yet, links that agents sent are."""

    kind: MediaKind
    caption: str | None
    filename: str | None
    url: str | None


class CustomerMessageShown(Shown):
    """One message of the visitor's own conversation."""

    id: str
    client_id: str | None
    """On the visitor's own: the id their client gave it."""
    sender: Literal["you", "agent", "bot", "system"]
    name: str | None
    text: str | None
    media: list[CustomerMediaShown]
    buttons: list[Button]
    at: datetime
    edited_at: datetime | None
    deleted: bool
