"""What events of agents, contacts, accounts and webhook endpoints say; part of `schemas.event_data`."""

from typing import Literal

from pydantic import Field

from schemas.event_base import EventData
from schemas.model import Instant


class OfAgent(EventData):
    """Of one agent or bot."""

    agent_id: str = Field(description="The agent or bot.")


class AgentPresenceChanged(OfAgent):
    """Came, went or paused."""

    from_: str = Field(alias="from", description="The presence before.")
    to: str = Field(description="The presence now.")
    reason: str | None = Field(description="Why, in a word.")
    offline_at: Instant | None = Field(default=None, description="When who drains goes offline.")


class AgentUpdated(OfAgent):
    """Made, or changed in teams or capacity."""

    created: bool | None = Field(default=None, description="Just made.")
    team_ids: list[str] | None = Field(default=None, description="All of its teams, if they changed.")
    capacity: int | None = Field(default=None, description="Its capacity, if it changed.")
    capacity_override: int | None = Field(default=None, description="What a supervisor lets it take beyond that.")
    interruptible_capacity: int | None = Field(default=None, description="Its units for work that may lie.")


class OfIncident(EventData):
    """Of many public posts on one subject."""

    incident_id: str = Field(description="The incident.")


class IncidentOpened(OfIncident):
    """Far more posts on one subject than usual."""

    posts: int = Field(description="How many in an hour.")
    usual: float = Field(description="How many an hour had before.")


class IncidentAnswered(OfIncident):
    """A shared answer goes to all of its conversations."""

    by: str = Field(description="Who wrote it.")


class IncidentClosed(OfIncident):
    """Nothing more was said about it, or somebody closed it."""

    by: str | None = Field(description="Who closed it; null: it ended by itself.")


class ContactUpdated(EventData):
    """A person's record changed."""

    contact_id: str = Field(description="The contact.")


class ContactConsentChanged(EventData):
    """A customer allowed or forbade further messages on an account."""

    contact_id: str = Field(description="The contact.")
    account_id: str = Field(description="The channel account.")
    state: Literal["opted_in", "opted_out"] = Field(description="What holds now.")


class ChannelAccountNoticed(EventData):
    """A provider said something about an account itself."""

    account_id: str = Field(description="The channel account.")
    code: str = Field(description="The provider's own code.")
    severity: Literal["info", "warning", "error"] = Field(description="error: a person must act.")


class WebhookEndpointDisabled(EventData):
    """We stopped calling a webhook endpoint."""

    endpoint_id: str = Field(description="The endpoint.")
    reason: Literal["gone", "failing"] = Field(
        description="gone: it answered 410; failing: nothing succeeded for 5 days."
    )
