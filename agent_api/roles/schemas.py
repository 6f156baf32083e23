"""Roles as clients see and change them."""

from datetime import datetime
from typing import Literal

from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from agent_api.http.inputs import VERSION, Body, Line, RoleId, Shown
from agent_api.permissions import Permission

_IN: JsonDict = {"name": "Quality reviewer", "permissions": ["conversations:read", "messages:read", "notes:write"]}
_EXAMPLE: JsonDict = _IN | {
    "id": "rol_0190f3a87b3c7d5e8f9a0b1c2d3e4f70",
    "created_at": "2026-11-01T09:00:00Z",
    "version": 1,
}


class RoleIn(Body):
    """A set of permissions under a name. You can't put in what you may not do yourself."""

    model_config = ConfigDict(json_schema_extra={"examples": [_IN]})

    name: Line = Field(description="Unique in the tenant.")
    permissions: frozenset[Permission] = Field(
        min_length=1, max_length=100, description="Without conversations:read_all, only those of one's own teams."
    )


class OwnRole(Shown):
    """A role of the tenant's own."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    id: str = Field(description="Its id.")
    name: str = Field(description="Unique in the tenant.")
    permissions: list[str] = Field(description="What those who have it may do.")
    created_at: datetime = Field(description="When it was made.")
    version: int = VERSION


class RoleList(Shown):
    """The built-in roles and all of the tenant's own."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"items": [_EXAMPLE], "built_in": {"partner": ["contacts:read"]}}]}
    )

    items: list[OwnRole] = Field(description="By name; at most 100.")
    built_in: dict[str, list[str]] = Field(description="What each built-in role may do.")


class SetRole(Body):
    """Which role a person has."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"role": "agent", "role_id": "rol_0190f3a87b3c7d5e8f9a0b1c2d3e4f70"}]}
    )

    role: Literal["admin", "supervisor", "agent"] = Field(description="The built-in one.")
    role_id: RoleId | None = Field(
        default=None, description="One of the tenant's own: it says what they may do, instead of the built-in one."
    )
