"""The policy document: its one model, from which its JSON Schema comes and by which files and requests are checked."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import yaml
from pydantic import ConfigDict, Field, ValidationError, model_validator
from pydantic.config import JsonDict

from agent_api.http.inputs import Body, Bool, Int, Line, TeamId
from agent_api.http.json_schema import say_limits
from agent_api.policies.schemas import PolicyDocument
from backbone.errors import InputInvalid
from schemas.pointer import escaped

FILE_MOST = 1024 * 1024
EXAMPLE: JsonDict = {
    "sla_policies": [
        {
            "name": "Live",
            "document": {"match": {"channel_classes": ["live"]}, "first_reply_seconds": 45, "next_reply_seconds": 90},
        }
    ],
    "routing": {"keep_slots_free": True, "call_backs": {"minutes": 15, "each": 2, "days": 7}},
}


class NamedPolicy(Body):
    """One SLA policy; the first of the list whose match covers a case applies."""

    name: Line = Field(description="Unique in the document.")
    document: PolicyDocument = Field(description="Its targets.")


class CallBackPlan(Body):
    """How customers are promised a time."""

    minutes: Literal[5, 10, 15, 20, 30, 60] = Field(default=15, description="How long a slot is.")
    each: Int = Field(default=2, ge=1, le=100, description="How many promises fit into one slot.")
    days: Int = Field(default=7, ge=1, le=60, description="How far ahead.")


class Routing(Body):
    """Settings of routing."""

    keep_slots_free: Bool = Field(default=False, description="Keep slots free for those who can't wait, by forecast.")
    follow_the_sun: tuple[Annotated[tuple[TeamId, ...], Field(min_length=2, max_length=20)], ...] = Field(
        default=(), max_length=50, description="Groups of teams that hand work on as they close."
    )
    call_backs: CallBackPlan = Field(default=CallBackPlan(), description="How customers are promised a time.")


class Document(Body):
    """A tenant's whole policy."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    sla_policies: tuple[NamedPolicy, ...] = Field(max_length=500, description="In their order.")
    routing: Routing = Field(default=Routing(), description="Settings of routing.")

    @model_validator(mode="after")
    def _names_differ(self) -> "Document":
        names = [policy.name for policy in self.sla_policies]
        if len(set(names)) != len(names):
            raise ValueError("two SLA policies have the same name")
        return self

    def plain(self) -> dict[str, Any]:
        """As stored and compared: with every default written out."""
        return self.model_dump(mode="json")


def schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of the document."""
    found = Document.model_json_schema()
    say_limits(found)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **found}


def checked(document: Any) -> Document:
    """The document as its model. Raises `InputInvalid` with a pointer and a reason for each fault."""
    try:
        return Document.model_validate(document)
    except ValidationError as error:
        faults = {_pointer(fault["loc"]): fault["msg"].removeprefix("Value error, ") for fault in error.errors()}
        raise InputInvalid("The policy is not valid.", pointers=faults) from None


def from_text(text: str) -> Document:
    """Of a file in YAML or JSON, which is a part of it. Raises `InputInvalid`, for what is no YAML with its line."""
    if len(text) > FILE_MOST:
        raise InputInvalid("The file is too large.", pointers={"": f"more than {FILE_MOST} characters"})
    try:
        found = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 1}, column {mark.column + 1}" if mark else "somewhere"
        raise InputInvalid("The file is neither YAML nor JSON.", pointers={"": where}) from error
    if not isinstance(found, Mapping):
        raise InputInvalid("The file holds no document.", pointers={"": "must be a mapping"})
    return checked(found)


def _pointer(place: tuple[int | str, ...]) -> str:
    return "".join(f"/{escaped(part)}" for part in place)
