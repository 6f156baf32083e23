"""How a team works, as clients set it."""

from typing import Annotated

from pydantic import ConfigDict, Field, model_validator
from pydantic.config import JsonDict

from agent_api.http.inputs import AgentId, Body, Bool, Int, SkillName, TeamId

_OVERFLOW: JsonDict = {"after_seconds": 120, "team_id": "tea_0190f3a87b3c7d5e8f9a0b1c2d3e4f57"}
ROUTING_EXAMPLE: JsonDict = {
    "auto_accept": False,
    "ring_seconds": 20,
    "offer_to": 1,
    "missed_sets_away": True,
    "prefer_last_agent_seconds": 60,
    "overflow": [_OVERFLOW],
}
_Level = Annotated[Int, Field(ge=1, le=5)]
_Weight = Annotated[Int, Field(ge=1, le=100)]
_DAY = 86_400


class OverflowStep(Body):
    """Where the team's work may go too, from some time on."""

    model_config = ConfigDict(json_schema_extra={"examples": [_OVERFLOW]})

    after_seconds: Int = Field(ge=0, le=7 * _DAY, description="So long after the customer began to wait.")
    team_id: TeamId | None = Field(default=None, description="To the members of this team, or")
    agent_id: AgentId | None = Field(default=None, description="to this agent or bot, whatever its skills.")
    at_once_when_unstaffed: Bool = Field(
        default=False, description="Without that time where nobody of the team itself is online."
    )

    @model_validator(mode="after")
    def _names_one(self) -> "OverflowStep":
        if (self.team_id is None) == (self.agent_id is None):
            raise ValueError("a step names a team or an agent")
        return self


class TeamRouting(Body):
    """How its work is handed out. What is left out is as usual: work is given at once and goes nowhere else."""

    model_config = ConfigDict(json_schema_extra={"examples": [ROUTING_EXAMPLE]})

    auto_accept: Bool = Field(default=True, description="Work is given; false: agents are asked and may decline.")
    ring_seconds: Int = Field(default=20, ge=1, le=3600, description="How long an agent is asked.")
    offer_to: Int = Field(default=1, ge=1, le=50, description="How many are asked at once; the first to accept has it.")
    missed_sets_away: Bool = Field(default=True, description="Who doesn't answer in time is set away.")
    prefer_last_agent_seconds: Int = Field(
        default=0, ge=0, le=_DAY, description="How long a customer waits for the agent they had, if that one is online."
    )
    wrap_up_seconds: Int = Field(default=0, ge=0, le=3600, description="After resolving, nothing new for so long.")
    idle_after_seconds: Int | None = Field(
        default=None, ge=10, le=7 * _DAY,
        description="Without a message for so long, an answered conversation takes none of its agent's units; null: never.",
    )  # fmt: skip
    skills: dict[SkillName, _Level] = Field(
        default_factory=dict,
        max_length=100,
        description="What every member can do, from 1 to 5; their own counts if higher.",
    )
    units: dict[Annotated[str, Field(pattern="^(live|messaging|public|mail|voice)$")], _Weight] = Field(
        default_factory=dict, max_length=5,
        description="What a new conversation weighs, by the class of its channel; else 1. A call takes everything its agent has.",
    )  # fmt: skip
    overflow: tuple[OverflowStep, ...] = Field(
        default=(), max_length=10, description="Where its work may go too, in the order of their times."
    )
