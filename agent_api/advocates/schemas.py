"""Invitations to tell others as clients see them."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, ConfigDict, Field, StringConstraints
from pydantic.config import JsonDict

from agent_api.http.inputs import Body, Shown
from backbone.ids import CODE_PATTERN

_EXAMPLE: JsonDict = {
    "id": "adv_0190f3a87b3c7d5e8f9a0b1c2d3e4f57",
    "conversation_id": "cnv_0190f3a87b3c7d5e8f9a0b1c2d3e4f50",
    "channel": "whatsapp",
    "kind": "referral",
    "code": "K7WQ2MZD9RTHXA4C",
    "at": "2026-11-22T10:15:00Z",
    "opened_at": None,
    "used_at": "2026-11-23T09:00:00Z",
    "uses": 1,
}
_LINE: JsonDict = {"channel": "whatsapp", "kind": "review", "invited": 40, "opened": 12, "used": 0, "uses": 0}


class UseReferral(Body):
    """Whose code a friend came with."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"code": "K7WQ2MZD9RTHXA4C"}]})

    code: Annotated[str, StringConstraints(pattern=rf"^{CODE_PATTERN}$")] = Field(description="The code.")


class Invitation(Shown):
    """An invitation to tell others."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    id: str = Field(description="Its id.")
    conversation_id: str = Field(description="The conversation that was rated well.")
    channel: str = Field(description="Where it was sent.")
    kind: Literal["review", "referral"] = Field(description="To a review page, or with a code for friends.")
    code: str = Field(description="Its code.")
    at: datetime = Field(description="When it was sent.")
    opened_at: datetime | None = Field(description="When its link was first opened.")
    used_at: datetime | None = Field(description="When a friend first used the code.")
    uses: int = Field(description="How often friends used it.")


class AdvocatesQuery(Body):
    """Which invitations."""

    since: AwareDatetime = Field(description="Sent from then on.")
    until: AwareDatetime = Field(description="Sent before then; at most 92 days after `since`.")


class AdvocatesLine(Shown):
    """Invitations of one channel and kind, and what came of them by now."""

    model_config = ConfigDict(json_schema_extra={"examples": [_LINE]})

    channel: str = Field(description="Where they were sent.")
    kind: Literal["review", "referral"] = Field(description="To a review page, or with a code for friends.")
    invited: int = Field(description="How many were sent.")
    opened: int = Field(description="Links opened at least once: by the customer, or by an app that shows a preview.")
    used: int = Field(description="Codes that a friend used at least once.")
    uses: int = Field(description="How often friends used codes.")


class AdvocatesReport(Shown):
    """What came of invitations. Whether a review was written is known to its platform alone."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_LINE]}]})

    items: list[AdvocatesLine] = Field(description="By channel and kind.")
