"""Webhook endpoints and their settings as clients see and change them."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, StringConstraints
from pydantic.config import JsonDict

from agent_api.http.inputs import NEXT_CURSOR, VERSION, AgentId, Body, ConversationId, Int, Line, Shown, TeamId
from schemas.events import EventType

EndpointState = Literal["active", "paused", "disabled"]
Url = Annotated[str, StringConstraints(pattern=r"^https?://[!-~]{1,1990}$")]

_FILTER: JsonDict = {"team_ids": ["tea_0190f3a87b3c7d5e8f9a0b1c2d3e4f52"], "agent_ids": [], "conversation_ids": []}
_EXAMPLE: JsonDict = {
    "id": "whe_0190f3a87b3c7d5e8f9a0b1c2d3e4f60",
    "name": "Order system",
    "url": "https://orders.example/frontdesk",
    "event_types": ["message.received", "conversation.status_changed"],
    "filter": _FILTER,
    "state": "active",
    "disabled_reason": None,
    "failing_since": None,
    "last_success_at": "2026-11-22T10:15:01Z",
    "skipped": 0,
    "created_at": "2026-11-01T09:00:00Z",
    "updated_at": "2026-11-01T09:00:00Z",
    "version": 1,
}
_SECRET = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="  # noqa: S105  the one of the published vectors


class WebhookFilter(Body):
    """Narrows the events by what they say themselves. Each list that is not empty must hold the event's own."""

    model_config = ConfigDict(json_schema_extra={"examples": [_FILTER]})

    team_ids: list[TeamId] = Field(default_factory=list, max_length=100, description="Of these teams.")
    agent_ids: list[AgentId] = Field(default_factory=list, max_length=100, description="Of these agents or bots.")
    conversation_ids: list[ConversationId] = Field(
        default_factory=list, max_length=100, description="Of these conversations."
    )


class WebhookEndpoint(Shown):
    """A URL of a partner's that is sent events. Its secrets are never shown again."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    id: str = Field(description="Its id.")
    name: str = Field(description="What colleagues call it.")
    url: str = Field(description="Where events are posted to.")
    event_types: list[str] = Field(
        description="Types that are sent; none: all but those of typing, viewing and reply leases."
    )
    filter: WebhookFilter = Field(description="What narrows them.")
    state: EndpointState = Field(
        description="active; paused: by you, events wait; disabled: by us (`disabled_reason`), events wait."
    )
    disabled_reason: str | None = Field(description="gone: it answered 410; failing: nothing succeeded for 5 days.")
    failing_since: datetime | None = Field(description="The first failure since its last success.")
    last_success_at: datetime | None = Field(description="Its last success.")
    skipped: int = Field(description="Events that were no longer kept when it could be sent them.")
    created_at: datetime = Field(description="When it was made.")
    updated_at: datetime = Field(description="Its last change.")
    version: int = VERSION


class WebhookSecret(Shown):
    """A signing secret, in this answer only."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"secret": _SECRET, "older_expires_at": "2026-11-23T10:15:00Z"}]}
    )

    secret: str = Field(description="Verify signatures with it (Standard Webhooks 1.0). Keep it now.", repr=False)
    older_expires_at: datetime | None = Field(description="Until then each call is also signed with the one before.")


class NewWebhookEndpoint(WebhookEndpoint):
    """An endpoint just made, with its secret: keep it now."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE | {"secret": _SECRET}]})

    secret: str = Field(description="Verify signatures with it. It is never shown again.", repr=False)


class WebhookEndpointPage(Shown):
    """A page of endpoints, the oldest first."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_EXAMPLE], "next_cursor": None}]})

    items: list[WebhookEndpoint] = Field(description="The page.")
    next_cursor: str | None = NEXT_CURSOR


class CreateWebhookEndpoint(Body):
    """A new endpoint. It is sent what happens from now on."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "name": "Order system",
                    "url": "https://orders.example/frontdesk",
                    "event_types": ["message.received"],
                }
            ]
        }
    )

    name: Line = Field(description="What colleagues call it.")
    url: Url = Field(description="https in production. Private addresses need the operator's allow-list.")
    event_types: list[EventType] = Field(
        default_factory=list,
        max_length=100,
        description="Types to send; none: all but those of typing, viewing and reply leases, which have to be named.",
    )
    filter: WebhookFilter = Field(default_factory=WebhookFilter, description="What narrows them.")


class ChangeWebhookEndpoint(Body):
    """What changes; what is left out or null stays."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"state": "paused"}]})

    name: Line | None = Field(default=None, description="What colleagues call it.")
    url: Url | None = Field(default=None, description="Where events are posted to.")
    event_types: list[EventType] | None = Field(default=None, max_length=100, description="All types anew.")
    filter: WebhookFilter | None = Field(default=None, description="The whole filter anew.")
    state: Literal["active", "paused"] | None = Field(
        default=None, description="active also ends `disabled`; what waited is sent then."
    )


class RotateSecret(Body):
    """A new signing secret beside the one before."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"overlap_seconds": 86400}]})

    overlap_seconds: Int = Field(
        default=86_400, ge=0, le=7 * 86_400, description="How long the one before signs too; 0: it ends now."
    )
