"""The policy document and its versions as clients see and change them."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import ConfigDict, Field, RootModel, StringConstraints
from pydantic.config import JsonDict

from agent_api.http.inputs import VERSION, Body, Int, Shown
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
