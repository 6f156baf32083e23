"""Agents and bots as clients see and change them."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, StringConstraints
from pydantic.config import JsonDict

from agent_api.http.inputs import NEXT_CURSOR, VERSION, Body, Email, Int, Line, Shown, SkillName, TeamId
from agent_api.teams.schemas import OpeningHours

Presence = Literal["online", "away", "draining", "offline"]
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
    "offline_at": None,
    "capacity": 6,
    "capacity_override": 0,
    "used": 2,
    "interruptible_capacity": 0,
    "interruptible_used": 0,
    "wrap_up_until": None,
    "hours": None,
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
    presence: Presence = Field(description="online, away, draining or offline; only online ones are given work.")
    presence_reason: str | None = Field(description="Why; `disconnected` was set by us.")
    presence_changed_at: datetime = Field(description="Since when.")
    offline_at: datetime | None = Field(description="When one who drains goes offline.")
    capacity: int = Field(description="Units of work they take at once.")
    capacity_override: int = Field(description="Units that a supervisor lets them take beyond that.")
    used: int = Field(description="Units they have now, with what they are asked to take.")
    interruptible_capacity: int = Field(
        description="Units of their own for mail, which may lie; 0: it takes the others."
    )
    interruptible_used: int = Field(description="How many of those they have now.")
    wrap_up_until: datetime | None = Field(description="Until when they finish what they had, and are given nothing.")
    hours: dict[str, Any] | None = Field(description="Their working hours, as given; null: whenever they are online.")
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

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"presence": "away", "reason": "lunch"}, {"presence": "draining", "offline_in_seconds": 1200}]
        }
    )

    presence: Presence = Field(description="online, away, draining or offline.")
    reason: Line | None = Field(default=None, description="Why, for colleagues.")
    offline_in_seconds: Int | None = Field(
        default=None, ge=1, le=86_400, description="With draining: given nothing new from now on, offline then."
    )


class SetCapacity(Body):
    """How much they take."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"capacity": 4}, {"capacity": 4, "override": 2}]})

    capacity: Int = Field(ge=0, le=1000, description="Units; lowering it takes no work away.")
    override: Int | None = Field(
        default=None, ge=0, le=100, description="Units beyond that, for a while; null: as it is."
    )
    interruptible: Int | None = Field(
        default=None, ge=0, le=1000, description="Units of their own for mail, which may lie; null: as it is."
    )


class SetHours(Body):
    """When they work."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"hours": {"zone": "Europe/Berlin", "spans": [{"weekday": 0, "start": "09:00", "end": "17:00"}]}},
                {"hours": None},
            ]
        }
    )

    hours: OpeningHours | None = Field(
        description="Outside of them they are given nothing; null: whenever they are online."
    )


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
