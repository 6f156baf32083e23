"""Reply leases as clients see and take them."""

from datetime import datetime

from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from agent_api.http.inputs import Body, Bool, Shown

_EXAMPLE: JsonDict = {
    "conversation_id": "cnv_0190f3a87b3c7d5e8f9a0b1c2d3e4f50",
    "number": 7,
    "agent_id": "agt_0190f3a87b3c7d5e8f9a0b1c2d3e4f54",
    "yours": True,
    "expires_at": "2026-11-22T10:16:00Z",
}


class ReplyLease(Shown):
    """Who is writing the answer. It ends by itself: take it again every 20 s while the composer has text."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    conversation_id: str = Field(description="The conversation.")
    number: int = Field(description="Grows with each holder: hand it back as `lease` with the answer.")
    agent_id: str | None = Field(description="The agent or bot who has it; null: a key without one.")
    yours: bool = Field(description="The caller has it.")
    expires_at: datetime = Field(description="When it ends unless it is taken again.")


class TakeLease(Body):
    """How it is taken."""

    model_config = ConfigDict(json_schema_extra={"examples": [{}, {"take_over": True}]})

    take_over: Bool = Field(
        default=False, description="Also from somebody who still has it; their number is stale then."
    )
    seen: Bool = Field(
        default=False, description="What came since you took it has been read: it makes your answer stale no more."
    )
