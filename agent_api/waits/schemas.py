"""Expected waits as clients see them."""

from datetime import datetime

from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from agent_api.http.inputs import Body, Shown
from backbone.channel.manifest import ChannelClass

_ACCURACY: JsonDict = {"measured": 180, "median_error_seconds": 21.0, "in_range_share": 0.82}
_WAIT: JsonDict = {"seconds": 140.0, "low_seconds": 60.0, "high_seconds": 260.0, "answer_seconds": 165.0}
_TEAM: JsonDict = {
    "team_id": "tea_0190f3a87b3c7d5e8f9a0b1c2d3e4f53",
    "channel_class": "live",
    "at": "2026-11-22T10:15:00Z",
    "online": 4,
    "slots": 12,
    "free": 0,
    "waiting": 7,
    "position": 4,
    "handling_seconds": 380.0,
    "opens_at": None,
    "wait": _WAIT,
    "accuracy": _ACCURACY,
}


class WaitQuery(Body):
    """Who would come."""

    channel_class: ChannelClass = Field(default=ChannelClass.MESSAGING, description="How soon people expect it.")


class WaitAccuracy(Shown):
    """How wrong the last forecasts were: what was said when somebody came, beside what happened."""

    measured: int = Field(description="How many have been compared.")
    median_error_seconds: float = Field(description="Half of them were off by at most that.")
    in_range_share: float = Field(
        description="The share that ended between `low_seconds` and `high_seconds`; meant: 0.8."
    )


class ExpectedWait(Shown):
    """How long it will be."""

    seconds: float = Field(description="Until somebody takes it.")
    low_seconds: float = Field(description="One in ten is taken sooner than that.")
    high_seconds: float = Field(description="One in ten is taken later than that.")
    answer_seconds: float = Field(description="Until a person's answer.")


class TeamWait(Shown):
    """What somebody who writes to the team now may expect."""

    model_config = ConfigDict(json_schema_extra={"examples": [_TEAM]})

    team_id: str = Field(description="The team.")
    channel_class: str = Field(description="Who would come.")
    at: datetime = Field(description="As of then.")
    online: int = Field(description="Agents of the team who are online.")
    slots: int = Field(description="Their capacity in units.")
    free: int = Field(description="Units of it that are free.")
    waiting: int = Field(description="Conversations that wait for an agent.")
    position: int = Field(description="The place a newcomer would get, from 1.")
    handling_seconds: float = Field(description="How long a unit was held lately, on average.")
    opens_at: datetime | None = Field(description="When the team opens; null: it is open, or nobody knows.")
    wait: ExpectedWait | None = Field(description="Null: nobody is there.")
    accuracy: WaitAccuracy | None = Field(description="Null: nothing has been measured yet.")


class ConversationWait(Shown):
    """How long a conversation will wait."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "conversation_id": "cnv_0190f3a87b3c7d5e8f9a0b1c2d3e4f50",
                    "position": 3,
                    "waiting": 7,
                    "wait": _WAIT,
                    "accuracy": _ACCURACY,
                }
            ]
        }
    )

    conversation_id: str = Field(description="The conversation.")
    position: int | None = Field(
        description="Its place in its team's queue, from 1; null: it isn't waiting for an agent."
    )
    waiting: int = Field(description="How many wait in that queue.")
    wait: ExpectedWait | None = Field(description="Null: it isn't waiting, or nobody is there.")
    accuracy: WaitAccuracy | None = Field(description="Null: nothing has been measured yet.")
