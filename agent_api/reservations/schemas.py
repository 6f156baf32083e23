"""Offers as the agent sees and answers them."""

from datetime import datetime
from typing import Literal

from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from agent_api.http.inputs import NEXT_CURSOR, Body, Line, PageQuery, Shown

ReservationState = Literal["offered", "accepted", "declined", "timed_out", "withdrawn"]

_EXAMPLE: JsonDict = {
    "id": "res_0190f3a87b3c7d5e8f9a0b1c2d3e4f61",
    "state": "offered",
    "agent_id": "agt_0190f3a87b3c7d5e8f9a0b1c2d3e4f54",
    "units": 1,
    "offered_at": "2026-11-22T10:15:00Z",
    "expires_at": "2026-11-22T10:15:20Z",
    "ended_at": None,
    "reason": None,
    "seconds_left": 14.2,
    "conversation": {
        "id": "cnv_0190f3a87b3c7d5e8f9a0b1c2d3e4f50",
        "channel": "webchat",
        "contact_name": "Ann",
        "subject": None,
        "team_id": "tea_0190f3a87b3c7d5e8f9a0b1c2d3e4f53",
        "priority": 0,
        "waiting_since": "2026-11-22T10:14:55Z",
        "due_at": "2026-11-22T10:15:40Z",
    },
}


class Offered(Shown):
    """What the agent needs to know to decide. The conversation itself is theirs to read once they accept."""

    id: str = Field(description="The conversation.")
    channel: str = Field(description="Where it is.")
    contact_name: str | None = Field(description="Who writes.")
    subject: str | None = Field(description="Of mail.")
    team_id: str | None = Field(description="Its team; another's than the agent's own where work overflowed.")
    priority: int = Field(description="From 0 to 10.")
    waiting_since: datetime | None = Field(
        description="Since when the customer waits: an offer passed on keeps its age."
    )
    due_at: datetime | None = Field(description="When an answer is due.")


class Reservation(Shown):
    """One agent asked to take one conversation. While it is offered it holds their units."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    id: str = Field(description="Its id.")
    state: ReservationState = Field(description="offered, accepted, declined, timed_out or withdrawn.")
    agent_id: str = Field(description="Who is asked.")
    units: int = Field(description="What it takes of their capacity.")
    offered_at: datetime = Field(description="Since when.")
    expires_at: datetime = Field(description="When it times out.")
    ended_at: datetime | None = Field(description="When it ended.")
    reason: str | None = Field(description="Why it ended: the agent's own word with declined.")
    seconds_left: float = Field(description="Until it times out, by our clock as we answer; 0 once it ended.")
    conversation: Offered = Field(description="What is offered.")


class ReservationPage(Shown):
    """A page of reservations, the newest first."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_EXAMPLE], "next_cursor": None}]})

    items: list[Reservation] = Field(description="The page.")
    next_cursor: str | None = NEXT_CURSOR


class ReservationQuery(PageQuery):
    """Which ones."""

    state: ReservationState | None = Field(default=None, description="Only these; offered: what rings now.")


class Decline(Body):
    """Why not."""

    model_config = ConfigDict(json_schema_extra={"examples": [{}, {"reason": "in a meeting"}]})

    reason: Line | None = Field(default=None, description="For supervisors.")
