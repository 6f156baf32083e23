"""SLA policies as clients see and change them."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, model_validator
from pydantic.config import JsonDict

from agent_api.http.inputs import VERSION, AgentId, Body, Bool, Float, Int, Line, Shown, TeamId
from backbone.channel.manifest import ChannelClass

_DAYS_30 = 30 * 24 * 3600
_DAYS_365 = 365 * 24 * 3600
Share = Annotated[Float, Field(ge=0.05, le=0.99)]
Asleep = Literal["pending", "snoozed"]
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


class EscalationStep(Body):
    """One thing that is done when a reply is late."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"after_seconds": 300, "action": "raise", "by": 1}]})

    after_seconds: Int = Field(ge=0, le=_DAYS_30, description="After the deadline, in time that the clock counts.")
    action: Literal["raise", "widen", "overflow", "notify", "bot", "call_back"] = Field(
        description="Raise the priority; give up skills that are only preferred; another team; tell somebody; a bot; "
        "tell the customer that they will be contacted."
    )
    by: Int = Field(default=1, ge=1, le=10, description="With raise: by how much.")
    team_id: TeamId | None = Field(default=None, description="With overflow: the team.")
    agent_id: AgentId | None = Field(default=None, description="With bot: which one.")
    notify: tuple[AgentId, ...] = Field(default=(), max_length=20, description="With notify: whom.")

    @model_validator(mode="after")
    def _whole(self) -> "EscalationStep":
        needed = {"overflow": "team_id", "bot": "agent_id", "notify": "notify"}.get(self.action)
        if needed is not None and not getattr(self, needed):
            raise ValueError(f"{self.action} needs {needed}")
        return self


class PolicyDocument(Body):
    """Targets and what happens when they are missed."""

    match: PolicyMatch = Field(default=PolicyMatch(), description="Which cases it is for.")
    first_reply_seconds: Int = Field(ge=1, le=_DAYS_30, description="Until the first answer.")
    next_reply_seconds: Int = Field(ge=1, le=_DAYS_30, description="Until each further answer.")
    resolution_seconds: Annotated[Int, Field(ge=1, le=_DAYS_365)] | None = Field(
        default=None, description="Until the case is resolved, from its first message; null: no such target."
    )
    warn_share: Float = Field(default=0.8, ge=0.1, le=0.99, description="The part of the target after which it warns.")
    warn_shares: Annotated[tuple[Share, ...], Field(min_length=1, max_length=5)] | None = Field(
        default=None, description="Several of them, rising; in place of `warn_share`."
    )
    escalate_every_seconds: Int = Field(default=300, ge=10, le=_DAYS_30, description="Between steps after a breach.")
    escalations: Int = Field(default=3, ge=0, le=10, description="How many steps; each raises the priority by one.")
    steps: Annotated[tuple[EscalationStep, ...], Field(max_length=20)] | None = Field(
        default=None, description="What is done after a missed reply, by time; in place of the two above."
    )
    within_hours: Bool = Field(default=False, description="Count the team's open time only.")
    reply_pauses: tuple[Asleep, ...] = Field(
        default=(), max_length=2, description="Statuses in which the clock of a reply stands still."
    )
    pauses: tuple[Asleep, ...] = Field(
        default=("pending", "snoozed"),
        max_length=2,
        description="Statuses in which the clock of the resolution stands still.",
    )

    @model_validator(mode="after")
    def _in_order(self) -> "PolicyDocument":
        if self.warn_shares is not None and list(self.warn_shares) != sorted(set(self.warn_shares)):
            raise ValueError("warn_shares rise from one to the next")
        times = [step.after_seconds for step in self.steps or ()]
        if times != sorted(times):
            raise ValueError("steps follow each other in time")
        return self


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
