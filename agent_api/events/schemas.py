"""The stream over HTTP."""

from typing import Any

from pydantic import AwareDatetime, ConfigDict, Field
from pydantic.config import JsonDict

from agent_api.http.inputs import Body, Shown

_FRAME: JsonDict = {
    "v": 1,
    "id": "evt_0190f3a87b3c7d5e8f9a0b1c2d3e4f57",
    "type": "conversation.assigned",
    "at": "2026-11-22T10:15:01Z",
    "seq": 42,
    "prev": 41,
    "data": {
        "conversation_id": "cnv_0190f3a87b3c7d5e8f9a0b1c2d3e4f50",
        "agent_id": "agt_0190f3a87b3c7d5e8f9a0b1c2d3e4f54",
        "from_agent_id": None,
    },
}


class EventQuery(Body):
    """From where, and how many to look at."""

    after: int = Field(default=0, ge=0, le=10**15, description="The last number you have.")
    limit: int = Field(default=100, ge=1, le=500, description="Events to look at.")


class FollowQuery(Body):
    """From where; neither: from now on."""

    after: int | None = Field(default=None, ge=0, le=10**15, description="The last number you have.")
    epoch: str | None = Field(
        default=None, pattern=r"^[0-9A-Fa-f-]{1,40}$", description="The history that number is from."
    )


class EventFrame(Shown):
    """One fact. `data` holds ids, and what they name as it is now where the role may read it: `conversation`, `message`.
    Unknown types come without a new version: ignore them.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [_FRAME]})

    v: int = Field(description="1")
    id: str = Field(description="The event's id.")
    type: str = Field(description="What happened, in the past tense.")
    at: AwareDatetime = Field(description="When.")
    seq: int = Field(description="Its number in the tenant's stream; numbers have no gaps.")
    prev: int = Field(description="The number covered before it: what lies between is none of yours.")
    data: dict[str, Any] = Field(description='Facts; `{"scope":"left"}`: the conversation is not yours any more.')


class EventPage(Shown):
    """Events beyond a number."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"items": [_FRAME], "covered": 42, "head": 42, "epoch": "7433-00000001"}]}
    )

    items: list[EventFrame] = Field(description="In order; events that are none of yours are left out.")
    covered: int = Field(description="Go on with `after` set to this.")
    head: int = Field(description="The last number there is.")
    epoch: str = Field(description="The history these numbers belong to.")


class StreamHead(Shown):
    """Where the stream is."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"epoch": "7433-00000001", "head": 42, "first": 1}]})

    epoch: str = Field(description="The history its numbers belong to; another one: take a snapshot.")
    head: int = Field(description="The last number.")
    first: int = Field(description="The first number still kept.")


class Ticket(Shown):
    """A pass for one socket."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"ticket": "tkt_…", "expires_at": "2026-11-22T10:15:31Z", "url": "/v1/stream"}]}
    )

    ticket: str = Field(description="Hand it over as `?ticket=` or in the first frame, once.", repr=False)
    expires_at: AwareDatetime = Field(description="In 30 s.")
    url: str = Field(description="The socket's path.")
