"""The events of an incoming call: its states, and the wish to be called back."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from schemas.content import Choice, Content
from schemas.inbound import AnyInboundEvent, CallUpdated, MessageReceived, Sender

State = Literal["ringing", "in_progress", "completed", "missed", "failed", "callback_requested"]


@dataclass(frozen=True, slots=True)
class Call:
    """One call, `sid` at the provider. `number` is the customer's, None where it is hidden: then the call is the thread."""

    sid: str
    status: str | None
    outgoing: bool
    number: str | None
    ours: str | None
    name: str | None
    language: str | None

    @property
    def thread_key(self) -> str:
        return self.number or f"call:{self.sid}"

    @property
    def sender(self) -> Sender:
        return Sender(address=self.thread_key, name=self.name, language=self.language)


def in_language(call: Call, language: str | None) -> Call:
    return replace(call, language=language)


def started(call: Call) -> CallUpdated:
    return updated(call, "ringing", "ringing")


def running(call: Call) -> CallUpdated:
    return updated(call, "in_progress", "in-progress")


def updated(call: Call, state: State, key: str, at: datetime | None = None, duration: int | None = None) -> CallUpdated:
    """A state of the call; `key` tells it from the call's other states, `duration` is in seconds."""
    return CallUpdated(
        thread_key=call.thread_key,
        dedup_key=f"{call.sid}:{key}",
        provider_at=at,
        account_ref=call.ours,
        sender=call.sender,
        call_id=call.sid,
        state=state,
        duration_seconds=duration,
        language=call.language,
    )


def callback_requested(call: Call) -> tuple[AnyInboundEvent, ...]:
    """The wish as a fact, and as a message, so that a conversation opens with an owner and a deadline."""
    wish = MessageReceived(
        thread_key=call.thread_key,
        dedup_key=f"{call.sid}:callback_requested",
        account_ref=call.ours,
        sender=call.sender,
        content=Content(
            text=f"Please call me back: {call.number}", choice=Choice(id="call_back", title="Please call me back")
        ),
        provider_message_id=f"{call.sid}:callback_requested",
    )
    return (updated(call, "callback_requested", "callback_requested"), wish)
