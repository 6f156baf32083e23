"""Agents and bots as clients see and change them."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, StringConstraints
from pydantic.config import JsonDict

from agent_api.http.inputs import NEXT_CURSOR, VERSION, Body, Email, Int, Line, Shown, SkillName, TeamId

Presence = Literal["online", "away", "offline"]
AgentRole = Literal["admin", "supervisor", "agent", "bot"]

_EXAMPLE: JsonDict = {
    "id": "agt_0190f3a87b3c7d5e8f9a0b1c2d3e4f54",
    "name": "Kim Doe",
    "email": "kim@desk.example",
    "role": "agent",
    "role_id": None,
    "presence": "online",
    "presence_reason": None,
    "presence_changed_at": "2026-11-22T09:00:00Z",
    "capacity": 6,
    "used": 2,
    "team_ids": ["tea_0190f3a87b3c7d5e8f9a0b1c2d3e4f53"],
    "skills": {"refunds": 4},
    "languages": ["de", "en"],
    "created_at": "2026-11-01T09:00:00Z",
    "version": 7,
}


class Agent(Shown):
    """Somebody who answers: a person or a bot."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    id: str = Field(description="Their id.")
    name: str = Field(description="What colleagues and customers call them.")
    email: str = Field(description="Unique in the tenant.")
    role: AgentRole = Field(description="admin, supervisor, agent or bot.")
    role_id: str | None = Field(description="Their role of the tenant's own, which then says what they may do.")
    presence: Presence = Field(description="online, away or offline; only online ones are given work.")
    presence_reason: str | None = Field(description="Why; `disconnected` was set by us.")
    presence_changed_at: datetime = Field(description="Since when.")
    capacity: int = Field(description="Units of work they take at once.")
    used: int = Field(description="Units they have now.")
    team_ids: list[str] = Field(description="The teams they are in.")
    skills: dict[str, int] = Field(description="What they can do, from 1 (a little) to 5 (better than anybody).")
    languages: list[str] = Field(description="Languages they write in (ISO 639); empty says nothing.")
    created_at: datetime = Field(description="When they were added.")
    version: int = VERSION


class AgentPage(Shown):
    """A page of agents, the oldest first."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_EXAMPLE], "next_cursor": None}]})

    items: list[Agent] = Field(description="The page.")
    next_cursor: str | None = NEXT_CURSOR


class CreateAgent(Body):
    """A new agent or bot. They come in by an API key of their own (createApiKey)."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"name": "Kim Doe", "email": "kim@desk.example", "role": "agent", "capacity": 6}]
        }
    )

    name: Line = Field(description="What colleagues and customers call them.")
    email: Email = Field(description="Unique in the tenant.")
    role: AgentRole = Field(default="agent", description="admin, supervisor, agent or bot.")
    capacity: Int = Field(default=6, ge=0, le=1000, description="Units of work they take at once.")
    team_ids: tuple[TeamId, ...] = Field(default=(), max_length=100, description="The teams they are in.")


class SetPresence(Body):
    """Whether they are there."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"presence": "away", "reason": "lunch"}]})

    presence: Presence = Field(description="online, away or offline.")
    reason: Line | None = Field(default=None, description="Why, for colleagues.")


class SetCapacity(Body):
    """How much they take."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"capacity": 4}]})

    capacity: Int = Field(ge=0, le=1000, description="Units; lowering it takes no work away.")


class SetTeams(Body):
    """The teams they are in: this replaces the list."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"team_ids": ["tea_0190f3a87b3c7d5e8f9a0b1c2d3e4f53"]}]})

    team_ids: tuple[TeamId, ...] = Field(max_length=100, description="All of them.")


SkillLevel = Annotated[Int, Field(ge=1, le=5)]
LanguageCode = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}$")]


class SetSkills(Body):
    """What they can do: this replaces both lists."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"skills": {"refunds": 4}, "languages": ["de", "en"]}]})

    skills: dict[SkillName, SkillLevel] = Field(max_length=100, description="Levels from 1 to 5 by skill.")
    languages: tuple[LanguageCode, ...] = Field(
        default=(),
        max_length=20,
        description="ISO 639 codes; empty: no conversation is kept from them for its language.",
    )
