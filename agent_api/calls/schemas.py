"""Calls as agents' clients see and make them."""

from datetime import datetime
from typing import Literal

from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from agent_api.http.inputs import Body, Shown
from schemas.calls import CallKind, Cause, Device, Side, Via

_EXAMPLE: JsonDict = {
    "id": "cal_0190f3a87b3c7d5e8f9a0b1c2d3e4f50",
    "conversation_id": "cnv_0190f3a87b3c7d5e8f9a0b1c2d3e4f50",
    "kind": "video",
    "via": "peer",
    "state": "active",
    "started_by": "customer",
    "agent_id": "agt_0190f3a87b3c7d5e8f9a0b1c2d3e4f54",
    "started_at": "2026-11-22T10:15:00Z",
    "rings_until": "2026-11-22T10:15:45Z",
    "answered_at": "2026-11-22T10:15:09Z",
    "ended_at": None,
    "cause": None,
}
_DEVICE: JsonDict = {"device": "b3f0c1d2-5a77-4e0b"}


class BrowserCall(Shown):
    """One call between a customer and an agent in their browsers."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    id: str = Field(description="The call.")
    conversation_id: str = Field(description="Its conversation.")
    kind: CallKind = Field(description="What it carries; screens can be shared in both.")
    via: Via = Field(description="From browser to browser, or through a room of a LiveKit server.")
    state: Literal["ringing", "active", "ended"] = Field(description="How it stands.")
    started_by: Side = Field(description="Who began it.")
    agent_id: str | None = Field(description="The agent in it; null while a customer's call is not answered.")
    started_at: datetime = Field(description="Since when it rang.")
    rings_until: datetime = Field(description="When it counts as missed unless it is answered.")
    answered_at: datetime | None = Field(description="When it was answered.")
    ended_at: datetime | None = Field(description="When it ended.")
    cause: Cause | None = Field(description="How it ended. lost: one side was not heard of any more.")


class BrowserCallList(Shown):
    """The latest calls of a conversation."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_EXAMPLE]}]})

    items: list[BrowserCall] = Field(description="The newest first, at most 100.")


class BrowserCallIn(Body):
    """A call to make."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"kind": "video", **_DEVICE}]})

    kind: CallKind = Field(description="What it carries.")
    via: Via = Field(default="peer", description="`room` needs a LiveKit server.")
    device: Device = Field(description="A name your page made for itself at random: the page that has the call.")


class CallDevice(Body):
    """Which page takes it."""

    model_config = ConfigDict(json_schema_extra={"examples": [_DEVICE]})

    device: Device = Field(description="A name your page made for itself at random.")


class CallIceServer(Shown):
    """One RTCIceServer, to hand to RTCPeerConnection as it is."""

    urls: list[str] = Field(description="stun:, turn: and turns: URLs.")
    username: str | None = Field(description="With turn: good until the time it begins with.")
    credential: str | None = Field(description="The password.", repr=False)


class CallRoom(Shown):
    """A room of a LiveKit server, to hand to its client as it is."""

    url: str = Field(description="The server.")
    token: str = Field(description="Lets this side in for ten minutes; who is inside stays.", repr=False)


class CallConnection(Shown):
    """How to reach the other side."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "call_id": "cal_0190f3a87b3c7d5e8f9a0b1c2d3e4f50",
                    "polite": False,
                    "ice_servers": [{"urls": ["stun:stun.example.com:3478"], "username": None, "credential": None}],
                    "room": None,
                }
            ]
        }
    )

    call_id: str = Field(description="The call.")
    polite: bool = Field(
        description="Who gives way when both make an offer at once (perfect negotiation): the customer."
    )
    ice_servers: list[CallIceServer] = Field(description="Empty where none is configured.")
    room: CallRoom | None = Field(description="For calls through a room, while you are in the call.")
