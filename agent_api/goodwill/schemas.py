"""Goodwill as clients see and give it. Amounts are in the currency's minor unit (cents)."""

from datetime import datetime
from typing import Literal

from pydantic import AwareDatetime, ConfigDict, Field
from pydantic.config import JsonDict

from agent_api.http.inputs import NEXT_CURSOR, Body, Count, PageQuery, Short, Shown, Tag

State = Literal["waiting", "granted", "declined"]
_EXAMPLE: JsonDict = {
    "id": "gwl_0190f3a87b3c7d5e8f9a0b1c2d3e4f57",
    "conversation_id": "cnv_0190f3a87b3c7d5e8f9a0b1c2d3e4f50",
    "contact_id": "con_0190f3a87b3c7d5e8f9a0b1c2d3e4f52",
    "rule": "late-parcel",
    "kind": "voucher",
    "value_minor": 1000,
    "currency": "EUR",
    "reason": "The parcel came nine days late.",
    "state": "granted",
    "above": [],
    "code": "K7WQ2MZD9RTHXA4C",
    "asked_by": "agt_0190f3a87b3c7d5e8f9a0b1c2d3e4f54",
    "asked_at": "2026-11-22T10:15:00Z",
    "decided_by": "agt_0190f3a87b3c7d5e8f9a0b1c2d3e4f54",
    "decided_at": "2026-11-22T10:15:00Z",
    "honoured_at": None,
}
_SIDE: JsonDict = {"settled": 40, "again_share": 0.1, "rated": 12, "average": 4.2}


class GiveGoodwill(Body):
    """What to give, by which rule of the settings."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"rule": "late-parcel", "value_minor": 1000, "reason": "The parcel came nine days late."}]
        }
    )

    rule: Tag = Field(description="The rule's name in the settings.")
    value_minor: Count = Field(description="What it is worth, in the minor unit of the rule's currency.")
    reason: Short = Field(description="Why: whoever decides on it or audits it reads this.")


class Goodwill(Shown):
    """What was given to a customer, or waits for a decision."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    id: str = Field(description="Its id.")
    conversation_id: str = Field(description="The conversation it was given in.")
    contact_id: str = Field(description="Who has it.")
    rule: str = Field(description="The rule's name then.")
    kind: Literal["voucher", "upgrade", "free_return"] = Field(description="What it is.")
    value_minor: int = Field(description="What it is worth.")
    currency: str | None = Field(description="ISO 4217; null: it is not counted in money.")
    reason: str = Field(description="Why it was given.")
    state: State = Field(description="`waiting`: somebody who may has to agree.")
    above: list[Literal["above_own_limit", "above_customer_value", "above_customer_times"]] = Field(
        description="Which limits it is above; empty: none."
    )
    code: str | None = Field(description="What the shop honours; null until it is granted.")
    asked_by: str = Field(description="The agent, bot or key that gave it or asked for it.")
    asked_at: datetime = Field(description="When.")
    decided_by: str | None = Field(description="Who decided.")
    decided_at: datetime | None = Field(description="When it was decided.")
    honoured_at: datetime | None = Field(description="When the shop said that it was used.")


class GoodwillPage(Shown):
    """A page, the newest first."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_EXAMPLE], "next_cursor": None}]})

    items: list[Goodwill] = Field(description="The page.")
    next_cursor: str | None = NEXT_CURSOR


class GoodwillQuery(PageQuery):
    """Which of them."""

    state: State | None = Field(default=None, description="Only those.")


class GoodwillEffectQuery(Body):
    """Which resolutions."""

    since: AwareDatetime = Field(description="Resolved from then on.")
    until: AwareDatetime = Field(description="Resolved before then; at most 92 days after `since`.")


class GoodwillSide(Shown):
    """Resolutions of one side."""

    settled: int = Field(description="Resolutions that were looked at after 72 hours.")
    again_share: float | None = Field(description="Of those, after which the customer wrote again within 72 hours.")
    rated: int = Field(description="How many were rated.")
    average: float | None = Field(description="The average rating, from 1 to 5.")


class GoodwillEffect(Shown):
    """Cases with goodwill beside cases without. It says what went together, not what caused it: who is given something had
    a worse time to begin with.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [{"given": _SIDE, "reference": _SIDE, "unmatched": 3}]})

    given: GoodwillSide = Field(description="Resolutions after goodwill was granted in the conversation.")
    reference: GoodwillSide = Field(
        description="Others of the same channel, team and week, weighted as those with goodwill are spread over these."
    )
    unmatched: int = Field(description="Settled resolutions with goodwill that had none to be set beside: left out.")
