"""What bots send and get."""

from typing import Annotated, Literal

from pydantic import AwareDatetime, ConfigDict, Field, StringConstraints

from agent_api.http.inputs import Body, Int, Shown, SkillName

_NAME = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
_VALUE = Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=r"^[^\x00]*$")]
_SUMMARY = Annotated[str, StringConstraints(min_length=1, max_length=2000, pattern=r"^[^\x00]*$")]


class HandOver(Body):
    """Why people must go on, and what the bot knows."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "reason": "low_score",
                    "summary": "The parcel of order 1234 is late; the customer wants it tomorrow.",
                    "fields": {"order": "1234"},
                    "skill": "parcels",
                }
            ]
        }
    )

    reason: Literal["asked", "anger", "sensitive", "low_score", "by_bot"] = Field(
        default="by_bot",
        description="The customer asked for a person, is angry, it is no matter for a bot, the bot isn't sure, or it chose so.",
    )
    summary: _SUMMARY | None = Field(default=None, description="For colleagues, as a note: the customer never sees it.")
    fields: Annotated[dict[_NAME, _VALUE], Field(max_length=30)] = Field(
        default={}, description="What it has collected, by name; they go into the note."
    )
    skill: SkillName | None = Field(default=None, description="Who should have it: preferred for five minutes.")


class MoreTime(Body):
    """How long the bot needs."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"seconds": 60}]})

    seconds: Int = Field(ge=1, le=300, description="From now on.")


class BotTurn(Shown):
    """A bot's time for its answer."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"until": "2026-11-22T10:16:00Z"}]})

    until: AwareDatetime = Field(description="When it ends. Let it pass twice and people get the conversation.")
