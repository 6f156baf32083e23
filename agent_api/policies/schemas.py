"""SLA policies as clients see and change them."""

from datetime import datetime
from typing import Literal

from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from agent_api.http.inputs import VERSION, Body, Bool, Float, Int, Line, Shown
from backbone.channel.manifest import ChannelClass

_DAYS_30 = 30 * 24 * 3600
_DOCUMENT: JsonDict = {
    "match": {"channel_classes": ["live"], "visibilities": [], "cohorts": ["gen_z"], "priority_at_least": 0},
    "first_reply_seconds": 45,
    "next_reply_seconds": 90,
    "warn_share": 0.8,
    "escalate_every_seconds": 300,
    "escalations": 3,
    "within_hours": False,
}
_EXAMPLE: JsonDict = {
    "id": "pol_0190f3a87b3c7d5e8f9a0b1c2d3e4f55",
    "name": "Live, generation Z",
    "position": 0,
    "document": _DOCUMENT,
    "created_at": "2026-11-01T09:00:00Z",
    "version": 1,
}


class PolicyMatch(Body):
    """Which cases it is for; an empty list matches all."""

    channel_classes: tuple[ChannelClass, ...] = Field(
        default=(), max_length=5, description="How soon people expect it."
    )
    visibilities: tuple[Literal["private", "public"], ...] = Field(
        default=(), max_length=2, description="Who can read it."
    )
    cohorts: tuple[Literal["gen_z", "gen_y", "other", "unknown"], ...] = Field(
        default=(), max_length=4, description="Who asks."
    )
    priority_at_least: Int = Field(default=0, ge=0, le=10, description="Only cases of this priority or more.")


class PolicyDocument(Body):
    """Targets and what happens when they are missed."""

    match: PolicyMatch = Field(default=PolicyMatch(), description="Which cases it is for.")
    first_reply_seconds: Int = Field(ge=1, le=_DAYS_30, description="Until the first answer.")
    next_reply_seconds: Int = Field(ge=1, le=_DAYS_30, description="Until each further answer.")
    warn_share: Float = Field(default=0.8, ge=0.1, le=0.99, description="The part of the target after which it warns.")
    escalate_every_seconds: Int = Field(default=300, ge=10, le=_DAYS_30, description="Between steps after a breach.")
    escalations: Int = Field(default=3, ge=0, le=10, description="How many steps; each raises the priority by one.")
    within_hours: Bool = Field(default=False, description="Count the team's open time only.")


class Policy(Shown):
    """An SLA policy; the first in order whose match covers a case applies."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    id: str = Field(description="Its id.")
    name: str = Field(description="Unique in the tenant.")
    position: int = Field(description="Its place in the order, lowest first.")
    document: PolicyDocument = Field(description="Its targets.")
    created_at: datetime = Field(description="When it was made.")
    version: int = VERSION


class PolicyList(Shown):
    """All policies in their order."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_EXAMPLE]}]})

    items: list[Policy] = Field(description="At most 500.")


class PolicyIn(Body):
    """A policy as it shall be."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"name": "Live, generation Z", "position": 0, "document": _DOCUMENT}]}
    )

    name: Line = Field(description="Unique in the tenant.")
    position: Int = Field(ge=0, le=10_000, description="Its place in the order, lowest first.")
    document: PolicyDocument = Field(description="Its targets.")
