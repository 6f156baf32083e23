"""Promises to call back as clients see and make them."""

from datetime import datetime

from pydantic import AwareDatetime, ConfigDict, Field

from agent_api.http.inputs import Body, Shown


class CallBackSlot(Shown):
    """A time that can be promised."""

    start: datetime = Field(description="From then on.")
    free: int = Field(description="How many promises can still be made for it.")


class CallBackSlots(Shown):
    """Times that can be promised, the soonest first."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"items": [{"start": "2026-11-22T10:15:00Z", "free": 2}], "minutes": 15}]}
    )

    items: list[CallBackSlot] = Field(description="At most 40.")
    minutes: int = Field(description="How long a slot is.")


class BookCallBack(Body):
    """Which slot is promised."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"at": "2026-11-22T10:15:00Z"}]})

    at: AwareDatetime = Field(description="The start of a slot that is offered.")


class CallBack(Shown):
    """A promise to contact the customer."""

    at: datetime = Field(description="When: the start of its slot.")
    booked_by: str | None = Field(description="The agent who promised it; null: the customer chose the time.")
    created_at: datetime = Field(description="When it was promised.")


class CallBackList(Shown):
    """What is promised in a conversation."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"items": [{"at": "2026-11-22T10:15:00Z", "booked_by": None, "created_at": "2026-11-22T09:02:11Z"}]}
            ]
        }
    )

    items: list[CallBack] = Field(description="At most one.")
