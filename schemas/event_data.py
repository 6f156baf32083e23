"""What each type of event says, as models: the one source of JSON Schema, AsyncAPI and the webhooks of OpenAPI.

Events hold ids, numbers and words of ours, never what somebody wrote. Fields may be added without a new version.
"""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field

from schemas import event_data_desk
from schemas.event_base import EventData
from schemas.events import EventType
from schemas.model import Instant

_BY = Field(default=None, description="Who did it: an agent, a bot or a key; null: the router.")
_CLOCK = Literal["first_reply", "next_reply", "resolution"]
_LATE = Field(description="When the answer is due.")


class OfConversation(EventData):
    """Whose the conversation was when it happened."""

    conversation_id: str = Field(description="The conversation.")
    agent_id: str | None = Field(description="Its agent or bot.")
    team_id: str | None = Field(description="Its team.")


class OfMessage(OfConversation):
    """Of one message."""

    message_id: str = Field(description="The message.")


class BeginsWait(EventData):
    """Of what may begin a wait: by when an answer is due, and since when."""

    due_at: Instant | None = Field(default=None, description="When an answer is due.")
    waiting_since: Instant | None = Field(default=None, description="If it begins a wait: by our clock.")
    said_at: Instant | None = Field(default=None, description="If it begins a wait: by the customer's clock.")
    policy_id: str | None = Field(default=None, description="If it begins a wait: the SLA policy.")
    policy_version: int | None = Field(default=None, description="If it begins a wait: the policy's version.")


class ConversationOpened(OfConversation):
    """A new case."""

    contact_id: str = Field(description="Who began it.")
    channel: str = Field(description="Where.")
    previous_id: str | None = Field(description="The conversation before, in the same thread.")


class ConversationReopened(OfConversation):
    """The customer wrote again soon after it was resolved."""


class ConversationStatusChanged(OfConversation, BeginsWait):
    """Opened, parked, put to sleep, woken or resolved."""

    from_: str = Field(alias="from", description="The status before.")
    to: str = Field(description="The status now.")
    reason: str = Field(
        description="changed_by_person, customer_wrote, snooze_ended, call_back_booked, call_back_due, call_back_kept."
    )
    by: str | None = _BY


class ConversationAssigned(OfConversation):
    """An agent or bot has it now."""

    from_agent_id: str | None = Field(description="Who had it.")
    reason: str = Field(description="routed, assigned_by_person and others.")
    due_at: Instant | None = Field(default=None, description="When an answer is due, if the router assigned it.")
    by: str | None = _BY


class ConversationUnassigned(OfConversation):
    """It is back in the queue."""

    from_agent_id: str | None = Field(description="Who had it.")
    reason: str = Field(description="agent_offline, assigned_by_person and others.")
    by: str | None = _BY


class ConversationTransferred(OfConversation):
    """Another team has it now."""

    from_team_id: str | None = Field(description="The team before.")
    by: str | None = _BY


class ConversationEscalated(OfConversation):
    """It waited so long that a step of its SLA policy was taken."""

    due_at: Instant = _LATE
    policy_id: str = Field(description="The SLA policy.")
    policy_version: int | None = Field(default=None, description="The policy's version.")
    clock: _CLOCK | None = Field(default=None, description="Which target was missed.")
    step: int = Field(description="Which step, from 1.")
    action: str | None = Field(default=None, description="raise, widen, overflow, notify, bot or call_back.")
    notify: list[str] | None = Field(default=None, description="Agents who are to be told, if the step names any.")
    priority: int = Field(description="The priority now.")


class ConversationUpdated(OfConversation):
    """Its priority, tags or fields changed."""

    priority: int | None = Field(default=None, description="The priority now, if it changed.")
    from_priority: int | None = Field(default=None, description="The priority before.")
    tags: list[str] | None = Field(default=None, description="All of its tags, if labels changed.")
    fields_changed: list[str] | None = Field(default=None, description="Names of custom fields that changed.")
    by: str | None = _BY


class ConversationLinked(EventData):
    """A public case and the private one that an answer to it began know of each other now."""

    conversation_id: str = Field(description="The conversation.")
    linked_id: str = Field(description="The other one.")


class ConversationRated(OfConversation):
    """The customer said what they thought of it; what they wrote with it stands in the list of ratings."""

    score: int = Field(description="From 1 (bad) to 5 (good).")


class OfGoodwill(OfConversation):
    """Of one goodwill. Its code is read by its id."""

    goodwill_id: str = Field(description="The goodwill.")
    contact_id: str = Field(description="The customer.")
    rule: str = Field(description="The rule's name.")
    kind: Literal["voucher", "upgrade", "free_return"] = Field(description="What it is.")
    value_minor: int = Field(description="What it is worth, in the currency's minor unit.")
    currency: str | None = Field(description="ISO 4217.")
    above: list[str] = Field(description="The limits that it is above.")
    by: str | None = _BY


class GoodwillAsked(OfGoodwill):
    """Somebody who may has to agree to it."""


class GoodwillGranted(OfGoodwill):
    """The customer has it: shops honour its code."""


class GoodwillDeclined(OfGoodwill):
    """It is not given."""


class MessageReceived(OfMessage, BeginsWait):
    """The customer wrote."""

    suppressed: Literal["blocked", "flood"] | None = Field(
        default=None, description="Why it wakes nobody: its sender is blocked, or writes too much."
    )


class MessageSent(OfMessage):
    """An agent, a bot or a rule answered."""

    author_kind: str | None = Field(default=None, description="agent, bot or system.")
    author_id: str | None = Field(default=None, description="Which one.")
    automatic: bool | None = Field(default=None, description="Written by a rule.")
    waited_seconds: float | None = Field(default=None, description="How long the customer waited by our clock.")
    customer_waited_seconds: float | None = Field(default=None, description="How long, by the provider's clock.")


class MessageStateChanged(OfMessage):
    """How the channel carries it."""

    state: str = Field(description="queued, sending, sent, delivered, read or failed.")
    error_code: str | None = Field(default=None, description="With failed: the channel's or our code.")
    possibly_sent_twice: bool | None = Field(default=None, description="The provider's answer was lost.")


class MessageEdited(OfMessage):
    """Its author changed it."""


class MessageDeleted(OfMessage):
    """Its author took it back."""


class ReactionChanged(OfMessage):
    """Somebody reacted to it."""


class MessageHeld(MessageSent):
    """An answer waits until the customer writes: the channel's reply window is closed."""


class MessageActionChanged(OfMessage):
    """Something done to a message that is there (edited, hidden, reacted to) was queued, taken or refused."""

    action_id: str = Field(description="The action.")
    action: str = Field(description="edit, delete, hide, unhide, react, unreact, private_reply, typing or read.")
    state: str = Field(description="queued, sending, sent or failed.")
    error_code: str | None = Field(default=None, description="The provider's own code, if it failed.")


class NoteAdded(OfMessage):
    """A private note."""

    author_kind: str = Field(description="agent, bot or system.")
    author_id: str | None = Field(description="Which one.")


class MediaStored(OfMessage):
    """A file of it can be fetched now."""

    media_index: int = Field(description="Its place, from 0.")


class MediaFailed(OfMessage):
    """A file of it can't be had."""

    media_index: int = Field(description="Its place, from 0.")
    error: str | None = Field(default=None, description="Why.")


class CallUpdated(OfConversation):
    """A voice call rang, was answered or ended."""

    call_id: str = Field(description="The call.")
    state: str = Field(description="ringing, answered, ended and others.")
    duration_seconds: float | None = Field(default=None, description="How long it was.")


class OfCall(OfConversation):
    """Of one call in the browser."""

    call_id: str = Field(description="The call.")
    kind: Literal["audio", "video"] = Field(description="What it carries.")
    started_by: Literal["agent", "customer"] = Field(description="Who began it.")
    call_agent_id: str | None = Field(description="The agent in it; null while a customer's call is not answered.")


class CallStarted(OfCall):
    """It rings at the other side."""

    rings_until: Instant = Field(description="When it counts as missed.")


class CallAnswered(OfCall):
    """The other side took it."""


class CallParticipantChanged(OfCall):
    """A side came into the call's room, or left it."""

    side: Literal["agent", "customer"] = Field(description="Which one.")
    state: Literal["joined", "left"] = Field(description="What it did.")


class CallEnded(OfCall):
    """It is over."""

    cause: Literal["hung_up", "cancelled", "declined", "missed", "busy", "lost"] = Field(
        description="cancelled: by who began it, before an answer; lost: one side was not heard of any more."
    )
    ended_by: Literal["agent", "customer"] | None = Field(description="Which side ended it; null: nobody.")
    duration_seconds: float | None = Field(description="From the answer to the end; null: it was never answered.")


class TypingStarted(OfConversation):
    """Somebody types."""

    by: str | None = Field(description="contact, or the agent or bot.")


class ViewingStarted(OfConversation):
    """A colleague has it on the screen."""

    by: str | None = Field(description="The agent or bot.")


class ReplyLeaseTaken(OfConversation):
    """Somebody writes the answer."""

    by: str | None = Field(description="The agent or bot.")
    number: int = Field(description="The lease's number.")


class ReplyLeaseReleased(ReplyLeaseTaken):
    """Nobody writes the answer any more."""


class BotMissed(OfConversation):
    """A bot let its time for an answer pass; it has it once more, then people get the conversation."""

    bot_id: str = Field(description="The bot.")
    misses: int = Field(description="How often in this wait.")


class BotHandedOver(OfConversation):
    """A bot has it no more: it goes to people, with a note of what the bot knew."""

    bot_id: str = Field(description="The bot.")
    reason: str = Field(description="asked, anger, sensitive, missed, low_score or by_bot.")
    skill: str | None = Field(description="The skill that the bot thinks is wanted.")
    fields: list[str] = Field(description="Names of what it collected; their values are in the note.")


class OfReservation(EventData):
    """Of one agent who was asked whether they take a conversation."""

    reservation_id: str = Field(description="The reservation.")
    conversation_id: str = Field(description="What is offered.")
    agent_id: str = Field(description="Who is asked.")
    team_id: str | None = Field(description="The conversation's team.")
    reason: str | None = Field(default=None, description="Why it ended, in a word; the agent's own with declined.")


class ReservationOffered(OfReservation):
    """An agent is asked; their units are held until it ends."""

    expires_at: Instant = Field(description="When it times out.")


class ReservationAccepted(OfReservation):
    """The agent has the conversation now."""


class ReservationDeclined(OfReservation):
    """The agent doesn't take it; others are asked."""


class ReservationTimedOut(OfReservation):
    """The agent did not answer in time; others are asked."""


class ReservationWithdrawn(OfReservation):
    """It is no longer asked for: somebody else has it, or it waits no more."""


class OfDeadline(OfConversation):
    """Of one target of an SLA policy."""

    due_at: Instant = _LATE
    policy_id: str = Field(description="The SLA policy.")
    policy_version: int | None = Field(default=None, description="The policy's version.")
    clock: _CLOCK | None = Field(default=None, description="Which target it is.")


class SlaWarning(OfDeadline):
    """The answer is due soon."""

    share: float | None = Field(default=None, description="The part of the target that has passed.")


class SlaBreached(OfDeadline):
    """The answer is late."""


class SlaRecovered(OfConversation):
    """A late answer came, or a late case was resolved."""

    clock: _CLOCK | None = Field(default=None, description="Which target it is.")
    was: Literal["warned", "breached"] = Field(description="How late it was.")
    waited_seconds: float = Field(description="How long the customer waited by our clock.")
    customer_waited_seconds: float = Field(description="How long, by the provider's clock.")


class SlaRecomputed(OfConversation):
    """Deadlines moved because a policy, hours or holidays changed."""

    due_at: Instant | None = Field(
        description="When the answer is due now; null: none is owed, or its clock stands still."
    )
    from_due_at: Instant | None = Field(description="When it was due before.")
    resolve_by: Instant | None = Field(description="When it is to be resolved by now.")
    from_resolve_by: Instant | None = Field(description="When it was before.")
    policy_id: str = Field(description="The SLA policy.")
    cause: str = Field(description="policy_changed, hours_changed or team_changed.")


def _class_name(kind: EventType) -> str:
    return "".join(word.title() for word in kind.value.replace(".", "_").split("_"))


_MODELS: Mapping[str, Any] = vars(event_data_desk) | globals()
EVENT_DATA: Mapping[EventType, type[EventData]] = {kind: _MODELS[_class_name(kind)] for kind in EventType}
"""The model of each type. A type without one fails here, on import."""


def read(kind: str, data: Mapping[str, Any]) -> EventData:
    """The event's data as its model; of a type not known here as the base. Raises `ValidationError`."""
    known = EVENT_DATA.get(EventType(kind), EventData) if kind in set(EventType) else EventData
    return known.model_validate(data)
