"""Blocked addresses as clients see and change them."""

from datetime import datetime

from pydantic import AwareDatetime, ConfigDict, Field
from pydantic.config import JsonDict

from agent_api.http.inputs import NEXT_CURSOR, AccountId, Body, PageQuery, Short, Shown

_EXAMPLE: JsonDict = {
    "id": "blk_0190f3a87b3c7d5e8f9a0b1c2d3e4f57",
    "account_id": None,
    "address": "15550100",
    "reason": "Sends the same advertisement every day.",
    "blocked_by": "agt_0190f3a87b3c7d5e8f9a0b1c2d3e4f54",
    "blocked_at": "2026-11-22T10:15:00Z",
    "until": None,
    "lifted_at": None,
    "lifted_by": None,
    "lifted_note": None,
}


class Block(Shown):
    """An address whose messages are stored and wake nobody. A lifted one stays, with who lifted it and why."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    id: str = Field(description="Its id.")
    account_id: str | None = Field(description="The channel account it holds for; null: all of the tenant's.")
    address: str = Field(description="As the channel knows them.")
    reason: str = Field(description="Why.")
    blocked_by: str | None = Field(description="The agent, or the key, that blocked it.")
    blocked_at: datetime = Field(description="Since when.")
    until: datetime | None = Field(description="Until when; null: until it is lifted.")
    lifted_at: datetime | None = Field(description="When it was lifted.")
    lifted_by: str | None = Field(description="Who lifted it.")
    lifted_note: str | None = Field(description="Why it was lifted.")


class BlockPage(Shown):
    """A page of blocks, the newest first."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_EXAMPLE], "next_cursor": None}]})

    items: list[Block] = Field(description="The page.")
    next_cursor: str | None = NEXT_CURSOR


class BlockQuery(PageQuery):
    """Which page."""

    lifted: bool = Field(default=False, description="Also those that were lifted.")


class AddBlock(Body):
    """Whom to block."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"address": "15550100", "reason": "Sends the same advertisement every day."}]}
    )

    address: Short = Field(description="As the channel knows them: `contact.address` of a conversation.")
    reason: Short = Field(description="Why: whoever hears an appeal reads it.")
    account_id: AccountId | None = Field(
        default=None, description="The channel account it holds for; null: all of the tenant's."
    )
    until: AwareDatetime | None = Field(default=None, description="Until when; null: until it is lifted.")


class LiftBlock(Body):
    """Why it is lifted."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"note": "It was their daughter's phone."}]})

    note: Short = Field(description="Kept beside the block.")
