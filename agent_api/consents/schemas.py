"""Consents as clients see and record them."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, StringConstraints
from pydantic.config import JsonDict

from agent_api.http.inputs import NEXT_CURSOR, AccountId, Body, Line, MessageId, PageQuery, Shown

Purpose = Literal["all", "service", "proactive", "marketing", "satisfaction"]
State = Literal["given", "withdrawn"]
Address = Annotated[str, StringConstraints(min_length=1, max_length=320, pattern=r"^[^\x00]*$")]
_EXAMPLE: JsonDict = {
    "id": "cst_0190f3a87b3c7d5e8f9a0b1c2d3e4f66",
    "account_id": "acc_0190f3a87b3c7d5e8f9a0b1c2d3e4f51",
    "address": "15550100",
    "purpose": "all",
    "state": "withdrawn",
    "how": "word",
    "word": "STOP",
    "message_id": "msg_0190f3a87b3c7d5e8f9a0b1c2d3e4f55",
    "by": None,
    "at": "2026-11-22T10:15:00Z",
}


class RecordConsent(Body):
    """What the customer said, and how it is known. Without an address it holds on every channel."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"purpose": "proactive", "state": "given", "how": "agent", "word": "Yes, tell me when it ships."},
                {
                    "purpose": "all",
                    "state": "withdrawn",
                    "how": "agent",
                    "word": "Don't text me any more.",
                    "account_id": "acc_0190f3a87b3c7d5e8f9a0b1c2d3e4f51",
                    "address": "15550100",
                },
            ]
        }
    )

    purpose: Purpose = Field(description="What for; `all` is everything on one address, and needs it.")
    state: State = Field(description="What they said.")
    how: Literal["agent", "form"] = Field(description="Said to an agent, or given on a form.")
    word: Line = Field(description="Their words, or the form's name and version.")
    message_id: MessageId | None = Field(default=None, description="A message of theirs that says so.")
    account_id: AccountId | None = Field(default=None, description="With `address`: only there.")
    address: Address | None = Field(default=None, description="One of the contact's addresses on that account.")


class RecordedConsent(Shown):
    """One word of the customer. It is never changed: a later one stands beside it."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    id: str = Field(description="Its id.")
    account_id: str | None = Field(description="Where it holds; null: on every channel.")
    address: str | None = Field(description="The address there.")
    purpose: Purpose = Field(description="What for; `all` is everything on this address.")
    state: State = Field(description="What they said.")
    how: Literal["word", "provider", "agent", "form"] = Field(description="How it is known.")
    word: str | None = Field(description="Their words.")
    message_id: str | None = Field(description="The message that says so.")
    by: str | None = Field(description="The agent or key that recorded it; null: the customer's own message did.")
    at: datetime = Field(description="When it was said or recorded.")


class ConsentPage(Shown):
    """A page of the history, the newest first."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_EXAMPLE], "next_cursor": None}]})

    items: list[RecordedConsent] = Field(description="The page.")
    next_cursor: str | None = NEXT_CURSOR


class ConsentQuery(PageQuery):
    """Which page."""
