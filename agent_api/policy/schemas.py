"""The policy document and its versions as clients see and change them."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import AwareDatetime, ConfigDict, Field, RootModel, StringConstraints
from pydantic.config import JsonDict

from agent_api.http.inputs import VERSION, Body, Int, Shown, TeamId
from agent_api.policy.document import EXAMPLE, Document

Note = Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=r"^[^\x00]*$")]
_VERSION: JsonDict = {
    "version": 3,
    "cause": "applied",
    "note": "Shorter targets on live chat",
    "author": "agt_0190f3a87b3c7d5e8f9a0b1c2d3e4f54",
    "created_at": "2026-11-22T10:15:00Z",
}
_DIFFERENCE: JsonDict = {
    "op": "replace",
    "pointer": "/sla_policies/Live/document/first_reply_seconds",
    "before": 60,
    "after": 45,
}


class PolicyNow(Shown):
    """What holds now."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"version": 3, "document": EXAMPLE}]})

    version: int = VERSION
    document: dict[str, Any] = Field(description="The document.")


class PolicyVersion(Shown):
    """One version, without its document."""

    model_config = ConfigDict(json_schema_extra={"examples": [_VERSION]})

    version: int = Field(description="Its number.")
    cause: str = Field(description="first, applied, sla_policy_edited, or rollback to another.")
    note: str | None = Field(description="What was said of it.")
    author: str | None = Field(description="Who did it: an agent or a key.")
    created_at: datetime = Field(description="When.")


class PolicyVersionWhole(PolicyVersion):
    """One version."""

    model_config = ConfigDict(json_schema_extra={"examples": [_VERSION | {"document": EXAMPLE}]})

    document: dict[str, Any] = Field(description="Its document.")


class PolicyVersionList(Shown):
    """Versions, the newest first."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_VERSION]}]})

    items: list[PolicyVersion] = Field(description="At most 100.")


class PolicyVersionQuery(Body):
    """Which versions."""

    before: int | None = Field(default=None, ge=1, le=10**15, description="Only older ones than this.")


class PolicyDifference(Shown):
    """One change. SLA policies are pointed to by name."""

    op: str = Field(description="add, remove, replace or move.")
    pointer: str = Field(description="Where (RFC 6901).")
    before: Any = Field(description="What was there; with move, its place.")
    after: Any = Field(description="What will be there; with move, its place.")


class PolicyEffects(Shown):
    """What it would do to the clocks that run now."""

    looked_at: int = Field(description="Conversations that were computed; at most 2,000.")
    moved: int = Field(description="Get another deadline.")
    sooner: int = Field(description="Get an earlier one.")
    later: int = Field(description="Get a later one.")
    breached_at_once: int = Field(description="Would be late at once.")
    by_policy: dict[str, int] = Field(description="Those moved, by the policy they would have.")


class PolicyCheck(Shown):
    """What applying it would do."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "version": 3,
                    "differences": [_DIFFERENCE],
                    "effects": {
                        "looked_at": 40,
                        "moved": 12,
                        "sooner": 12,
                        "later": 0,
                        "breached_at_once": 1,
                        "by_policy": {"Live": 12},
                    },
                }
            ]
        }
    )

    version: int = Field(description="The version that holds now.")
    differences: list[PolicyDifference] = Field(description="Against what holds now.")
    effects: PolicyEffects = Field(description="A dry run.")


class CheckPolicy(Body):
    """A policy to check."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"document": EXAMPLE}]})

    document: Document = Field(description="The document.")


class ApplyPolicy(CheckPolicy):
    """A policy to apply."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"document": EXAMPLE, "note": "Shorter targets"}]})

    note: Note | None = Field(default=None, description="What is to be said of it.")


class RollBackPolicy(Body):
    """A version to go back to."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"version": 2, "note": "Too short"}]})

    version: Int = Field(ge=1, le=10**15, description="Which one.")
    note: Note | None = Field(default=None, description="What is to be said of it.")


class PolicySchema(RootModel[dict[str, Any]]):
    """JSON Schema (2020-12) of the policy document."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Document", "type": "object"}
            ]
        }
    )


_FIGURES: JsonDict = {
    "cases": 812,
    "answered": 790,
    "attained": 0.91,
    "wait_p50": 31.0,
    "wait_p95": 540.0,
    "taken_p50": 12.0,
    "taken_p95": 410.0,
    "late_by_leg": {"agent": 20, "queue": 53},
    "attained_by_class": {"live": 0.88, "mail": 0.99},
    "load": {"agt_0190f3a87b3c7d5e8f9a0b1c2d3e4f54": 80},
    "load_spread": 0.12,
}


class StaffingChange(Body):
    """More or fewer people of a team."""

    team_id: TeamId = Field(description="The team.")
    agents: Int = Field(
        ge=-100, le=100, description="So many more; below 0: fewer. Those added are like those of the team."
    )


class TryPolicy(Body):
    """What is tried, and on what. Without a document the staffing alone is."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"from": "2026-11-20T08:00:00Z", "to": "2026-11-21T08:00:00Z", "document": EXAMPLE}]
        }
    )

    from_: AwareDatetime = Field(alias="from", description="Cases that began from then on.")
    to: AwareDatetime = Field(description="Up to then, 14 days later at most.")
    document: Document | None = Field(default=None, description="The policy to try; null: the one that holds.")
    staffing: tuple[StaffingChange, ...] = Field(default=(), max_length=20, description="Changes of who is there.")
    made: Int | None = Field(
        default=None, ge=1, le=3000, description="About so many made-up cases in that time, instead of the past."
    )
    seed: Int = Field(default=1, ge=1, le=2**31, description="The same seed gives the same answer.")


class TrialFigures(Shown):
    """First answers of all cases. Waits are in seconds."""

    model_config = ConfigDict(json_schema_extra={"examples": [_FIGURES]})

    cases: int = Field(description="All.")
    answered: int = Field(description="Answered at all.")
    attained: float | None = Field(description="The share of those with a deadline that were answered by it.")
    wait_p50: float | None = Field(description="Half were answered within it.")
    wait_p95: float | None = Field(description="95 of 100 were answered within it.")
    taken_p50: float | None = Field(description="Half had an agent within it.")
    taken_p95: float | None = Field(description="95 of 100 had an agent within it.")
    late_by_leg: dict[str, int] = Field(
        description="Late or never answered, by who had most of the time: queue or agent."
    )
    attained_by_class: dict[str, float] = Field(description="As attained, for each class of channel.")
    load: dict[str, int] = Field(description="Cases by agent.")
    load_spread: float | None = Field(description="Standard deviation of the load over its mean.")


class PolicyTrial(Shown):
    """The past, the past played again under what holds, and under what is tried."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"past": _FIGURES, "replayed": _FIGURES, "tried": _FIGURES, "notes": []}]}
    )

    past: TrialFigures | None = Field(description="What happened; null for made-up cases.")
    replayed: TrialFigures = Field(description="Played under what holds now: how far to trust the play.")
    tried: TrialFigures = Field(description="Played under what is tried.")
    notes: list[str] = Field(description="What was assumed.")
