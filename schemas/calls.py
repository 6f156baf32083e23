"""What the two sides of a call in the browser say over their sockets: the same frames from an agent and from a customer.

Signals (SDP and ICE candidates, RFC 9429) pass from one side to the other and are kept nowhere.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter, model_validator

Side = Literal["agent", "customer"]
CallKind = Literal["audio", "video"]
Via = Literal["peer", "room"]
Cause = Literal["hung_up", "cancelled", "declined", "missed", "busy", "lost"]

SDP_MAX = 48 * 1024
CANDIDATES_MAX = 32

CommandId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.:-]{1,64}$")]
CallId = Annotated[str, StringConstraints(pattern=r"^cal_[A-Za-z0-9_]{1,56}$")]
Device = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{8,64}$")]
"""A name that a page makes for itself at random: of somebody's many pages the one that has the call."""


class CallFrame(BaseModel):
    """Unknown fields are refused: nothing may ride along."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Description(CallFrame):
    """A session description (RTCSessionDescriptionInit)."""

    type: Literal["offer", "answer", "rollback"]
    sdp: Annotated[str, StringConstraints(max_length=SDP_MAX)] = ""


class Candidate(CallFrame):
    """An ICE candidate (RTCIceCandidateInit); an empty one ends the list."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    candidate: Annotated[str, StringConstraints(max_length=1000)]
    sdp_mid: Annotated[str, StringConstraints(max_length=64)] | None = Field(default=None, alias="sdpMid")
    sdp_m_line_index: int | None = Field(default=None, alias="sdpMLineIndex", ge=0, le=255)
    username_fragment: Annotated[str, StringConstraints(max_length=256)] | None = Field(
        default=None, alias="usernameFragment"
    )


class Signal(CallFrame):
    """A description, candidates, or both. `restart` asks the other side for an offer with a new path (ICE restart)."""

    description: Description | None = None
    candidates: Annotated[tuple[Candidate, ...], Field(max_length=CANDIDATES_MAX)] = ()
    restart: bool = False

    @model_validator(mode="after")
    def _says_something(self) -> "Signal":
        if self.description is None and not self.candidates and not self.restart:
            raise ValueError("a signal needs a description, candidates or a restart")
        return self


class StartCall(CallFrame):
    """Rings the other side. An agent names the conversation; a customer has one."""

    type: Literal["call.start"]
    id: CommandId
    conversation_id: Annotated[str, StringConstraints(pattern=r"^cnv_[A-Za-z0-9_]{1,56}$")] | None = None
    kind: CallKind
    via: Via = "peer"
    device: Device


class AnswerCall(CallFrame):
    """Takes it on this page."""

    type: Literal["call.answer"]
    id: CommandId
    call_id: CallId
    device: Device


class DeclineCall(CallFrame):
    """Does not take it."""

    type: Literal["call.decline"]
    id: CommandId
    call_id: CallId


class EndCall(CallFrame):
    """Hangs up, or stops ringing."""

    type: Literal["call.end"]
    id: CommandId
    call_id: CallId


class JoinCall(CallFrame):
    """This socket carries the page's signals from now on. Send it after each connect, and every 15 s: it is also the sign of
    life without which a call is lost after a minute.
    """

    type: Literal["call.join"]
    id: CommandId
    call_id: CallId
    device: Device


class SendSignal(CallFrame):
    """To the other side, if it is there; a socket that has not joined may not."""

    type: Literal["call.signal"]
    id: CommandId
    call_id: CallId
    signal: Signal


CallCommand = Annotated[
    StartCall | AnswerCall | DeclineCall | EndCall | JoinCall | SendSignal, Field(discriminator="type")
]
CALL_COMMAND: TypeAdapter[StartCall | AnswerCall | DeclineCall | EndCall | JoinCall | SendSignal] = TypeAdapter(
    CallCommand
)
PREFIX = "call."
"""What the types of all these frames begin with."""
