"""Conversations as clients see and change them."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, ConfigDict, Field
from pydantic.config import JsonDict

from agent_api.http.inputs import (
    NEXT_CURSOR,
    VERSION,
    AccountId,
    AgentId,
    Body,
    Bool,
    ContactId,
    Int,
    PageQuery,
    Prose,
    Shown,
    SkillName,
    Tag,
    TeamId,
)
from schemas.inbound import Post

Allowed = Literal["anything", "template", "tag", "nothing"]
Status = Literal["open", "pending", "snoozed", "resolved"]

_EXAMPLE: JsonDict = {
    "id": "cnv_0190f3a87b3c7d5e8f9a0b1c2d3e4f50",
    "channel": "whatsapp",
    "channel_class": "messaging",
    "account_id": "acc_0190f3a87b3c7d5e8f9a0b1c2d3e4f51",
    "status": "open",
    "visibility": "private",
    "contact": {"id": "con_0190f3a87b3c7d5e8f9a0b1c2d3e4f52", "name": "Ann Lee", "address": "15550100"},
    "cohort": "unknown",
    "subject": None,
    "preview": "Where is my parcel?",
    "message_count": 3,
    "team_id": "tea_0190f3a87b3c7d5e8f9a0b1c2d3e4f53",
    "agent_id": None,
    "assigned_at": None,
    "units": 1,
    "priority": 0,
    "policy_id": None,
    "sla_state": "ok",
    "waiting_since": "2026-11-22T10:15:00Z",
    "customer_waiting_since": "2026-11-22T10:14:58Z",
    "due_at": "2026-11-22T10:20:00Z",
    "first_reply_at": None,
    "last_customer_at": "2026-11-22T10:15:00Z",
    "last_message_at": "2026-11-22T10:15:00Z",
    "window_expires_at": "2026-11-23T10:15:00Z",
    "allowed_now": "anything",
    "public_post": None,
    "linked_id": None,
    "unassigned_reason": None,
    "needs": [{"skill": "refunds", "level": 2, "relaxes_after_seconds": 120}],
    "snoozed_until": None,
    "opened_at": "2026-11-22T10:15:00Z",
    "resolved_at": None,
    "previous_id": None,
    "version": 3,
}


class Need(Body):
    """A skill that a conversation asks for."""

    skill: SkillName = Field(description="Its name, as agents have it.")
    level: Int = Field(default=1, ge=1, le=5, description="From which level up.")
    relaxes_after_seconds: Int | None = Field(
        default=None, ge=0, le=86_400, description="Given up so long after the wait began; null: never."
    )


class ContactRef(Shown):
    """Who asks, as this channel knows them."""

    id: str = Field(description="The contact.")
    name: str | None = Field(description="As the channel said it; proves nothing.")
    address: str = Field(description="Their address on this channel account.")


class Conversation(Shown):
    """One case on one channel account and thread."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    id: str = Field(description="Its id.")
    channel: str = Field(description="The kind of medium; its capabilities are in listChannels.")
    channel_class: str = Field(description="live, messaging, mail, voice or public: how soon people expect an answer.")
    account_id: str = Field(description="The channel account it came to.")
    status: Status = Field(description="open, pending, snoozed or resolved.")
    visibility: str = Field(description="private, or public where everybody can read it.")
    contact: ContactRef = Field(description="Who asks.")
    cohort: str = Field(description="gen_z, gen_y, other or unknown.")
    subject: str | None = Field(description="On channels that have one.")
    preview: str = Field(description="One line of the last message.")
    message_count: int = Field(description="Messages and notes in it.")
    team_id: str | None = Field(description="The team whose queue it is in.")
    agent_id: str | None = Field(description="Who has it; null while nobody does.")
    assigned_at: datetime | None = Field(description="Since when.")
    units: int = Field(description="How much of an agent's capacity it takes.")
    priority: int = Field(description="0 to 10; each step counts as ten minutes sooner due.")
    needs: list[Need] = Field(description="Skills that whoever takes it must have.")
    policy_id: str | None = Field(description="The SLA policy that set the deadline.")
    sla_state: str = Field(description="none, ok, warned or breached.")
    waiting_since: datetime | None = Field(description="Since when the customer waits; null when answered.")
    customer_waiting_since: datetime | None = Field(
        description="When they wrote by the provider's clock: what the customer feels, beside the agent's clock."
    )
    due_at: datetime | None = Field(description="The deadline of the next answer.")
    first_reply_at: datetime | None = Field(description="The first answer.")
    last_customer_at: datetime | None = Field(description="The customer's last message, by the provider's clock.")
    last_message_at: datetime = Field(description="The last message of anybody; lists are sorted by it.")
    window_expires_at: datetime | None = Field(description="When the channel's reply window closes; null: never.")
    allowed_now: Allowed = Field(
        description="What may be sent as this is read: anything, template, tag (what a person writes) or nothing. It changes with `window_expires_at`."
    )
    public_post: Post | None = Field(description="Where it was said in public, and what is known of it.")
    linked_id: str | None = Field(description="The public conversation that this private one came out of.")
    unassigned_reason: str | None = Field(description="Why nobody has it.")
    snoozed_until: datetime | None = Field(description="When it wakes.")
    opened_at: datetime = Field(description="When it began.")
    resolved_at: datetime | None = Field(description="When it was resolved.")
    previous_id: str | None = Field(description="The conversation before it on the same thread.")
    version: int = VERSION


class Participant(Shown):
    """Somebody in a room, a group, copied on mail or in a comment thread."""

    address: str = Field(description="As this channel knows them.")
    name: str | None = Field(description="As the channel said it; proves nothing.")
    role: Literal["requester", "sender", "participant"] = Field(
        description="requester: whose case it is; sender: wrote too; participant: was named."
    )
    joined_at: datetime = Field(description="Since when.")


class ParticipantList(Shown):
    """At most a few hundred."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "items": [
                        {
                            "address": "ann@customer.example",
                            "name": "Ann Lee",
                            "role": "requester",
                            "joined_at": "2026-11-22T10:15:00Z",
                        }
                    ]
                }
            ]
        }
    )

    items: list[Participant] = Field(description="By when they joined; empty where only the requester is there.")


class ConversationPage(Shown):
    """A page of conversations, the last active first."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_EXAMPLE], "next_cursor": None}]})

    items: list[Conversation] = Field(description="The page.")
    next_cursor: str | None = NEXT_CURSOR


class ConversationFilters(Body):
    """Filters of the list; all given ones must hold."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"status": ["open"], "waiting": True, "tag": "refund"}]})

    status: Annotated[list[Status], Field(default_factory=list, max_length=4, description="Any of these.")]
    agent: AgentId | None = Field(default=None, description="Assigned to this agent.")
    team: TeamId | None = Field(default=None, description="In this team's queue.")
    contact: ContactId | None = Field(default=None, description="Of this contact.")
    account: AccountId | None = Field(default=None, description="On this channel account.")
    channel: str | None = Field(default=None, pattern=r"^[a-z][a-z0-9_]{0,63}$", description="On this channel.")
    tag: Tag | None = Field(default=None, description="With this tag.")
    waiting: bool | None = Field(default=None, description="Whether the customer waits for an answer.")
    assigned: bool | None = Field(default=None, description="Whether an agent has it.")


class ConversationQuery(ConversationFilters, PageQuery):
    """Which page of which conversations."""

    def filters(self) -> dict[str, object]:
        """What a cursor is bound to."""
        return self.model_dump(exclude={"cursor", "limit"}, exclude_defaults=True)


class Candidate(Shown):
    """One routing decision: what the dispatcher saw and why it chose as it did."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "dec_0190f3a87b3c7d5e8f9a0b1c2d3e4f50",
                    "at": "2026-11-22T10:15:01Z",
                    "outcome": "assigned",
                    "agent_id": "agt_0190f3a87b3c7d5e8f9a0b1c2d3e4f54",
                    "explanation": {"candidates": [], "excluded": {}},
                }
            ]
        }
    )

    id: str = Field(description="Its id.")
    at: datetime = Field(description="When it was made.")
    outcome: str = Field(description="What came of it.")
    agent_id: str | None = Field(description="The agent chosen, if any.")
    explanation: dict[str, Any] = Field(description="Candidates, exclusions, scores and the policy's version.")


class DecisionPage(Shown):
    """A page of routing decisions, the newest first."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"why": "Everybody online who could take it is at capacity.", "items": [], "next_cursor": None}
            ]
        }
    )

    why: str | None = Field(description="Why nobody is on it, in plain words; null where somebody is or nobody waits.")
    items: list[Candidate] = Field(description="The page.")
    next_cursor: str | None = NEXT_CURSOR


class Assign(Body):
    """Who takes it."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"agent_id": "agt_0190f3a87b3c7d5e8f9a0b1c2d3e4f54"}]})

    agent_id: AgentId | None = Field(description="The agent; null gives it back to the queue.")
    when_free: Bool = Field(
        default=False,
        description="It waits for this agent and goes to nobody else; at once if they are online and have room.",
    )


class Transfer(Body):
    """Where it goes."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"team_id": "tea_0190f3a87b3c7d5e8f9a0b1c2d3e4f53", "note": "Asks for a refund, order 4711."}]
        }
    )

    team_id: TeamId = Field(description="The team that takes it.")
    agent_id: AgentId | None = Field(default=None, description="One of its agents; null leaves it in the queue.")
    note: Prose | None = Field(default=None, description="A private note for whoever takes it.")


class ChangeStatus(Body):
    """The status it gets."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"status": "resolved"}, {"status": "snoozed", "snoozed_until": "2030-01-02T09:00:00Z"}]
        }
    )

    status: Status = Field(description="open, pending, snoozed or resolved.")
    snoozed_until: AwareDatetime | None = Field(
        default=None, description="With `snoozed`, and only then: when it wakes."
    )


class SetPriority(Body):
    """The priority it gets."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"priority": 5}]})

    priority: Int = Field(ge=0, le=10, description="0 to 10, higher first.")


class SetNeeds(Body):
    """What it asks for: this replaces the list."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"needs": [{"skill": "refunds", "level": 2, "relaxes_after_seconds": 120}]}]}
    )

    needs: tuple[Need, ...] = Field(max_length=10, description="Needs with different times are given up in steps.")
