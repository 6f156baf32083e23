"""The health of channel accounts as clients see it."""

from datetime import datetime
from typing import Literal

from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from agent_api.http.inputs import Shown

_COUNTS: JsonDict = {"received": 1200, "stored": 1190, "doubled": 9, "refused": 1, "found_by_poll": 0}
_EXAMPLE: JsonDict = {
    "account_id": "acc_0190f3a87b3c7d5e8f9a0b1c2d3e4f51",
    "channel": "whatsapp",
    "state": "active",
    "health": "ok",
    "reasons": [],
    "last_error": None,
    "counts": _COUNTS,
    "traffic": [{"hour": "2026-11-22T10:00:00Z", **_COUNTS}],
    "notices": [{"code": "quality", "severity": "info", "detail": "GREEN", "at": "2026-11-22T09:00:00Z"}],
    "token": {"expires_at": "2026-11-22T11:00:00Z", "failures": 0, "needs_person": False, "error": None},
    "poll": None,
    "deliveries": {"waiting": 0, "oldest_at": None, "failed_last_day": 2},
    "weakness": None,
}


class Counts(Shown):
    """Events by what became of them. `received` is the sum of stored, doubled and refused, once all are through."""

    received: int = Field(description="Taken at the door, or set aside there.")
    stored: int = Field(description="New, and applied.")
    doubled: int = Field(description="Known already: a provider's repetition.")
    refused: int = Field(description="Not understood: they are among the dead letters.")
    found_by_poll: int = Field(
        description="Of those stored: brought by a slow search only, so that a webhook was missed."
    )


class TrafficHour(Counts):
    """One hour."""

    hour: datetime = Field(description="When it began.")


class Notice(Shown):
    """What the provider says about the account."""

    code: str = Field(description="The provider's own.")
    severity: Literal["info", "warning", "error"] = Field(description="Whether a person must act.")
    detail: str = Field(description="In the provider's words: show it as text.")
    at: datetime = Field(description="When.")


class LastError(Shown):
    """What went wrong last."""

    source: Literal["token", "poll", "delivery", "notice"] = Field(description="Where.")
    detail: str = Field(description="In words.")
    at: datetime = Field(description="When.")


class TokenHealth(Shown):
    """The access token that is renewed for this account."""

    expires_at: datetime | None = Field(description="When the one in use ends.")
    failures: int = Field(description="Calls for a new one that failed since.")
    needs_person: bool = Field(description="The provider will give none until somebody changes something.")
    error: str | None = Field(description="Why.")


class PollHealth(Shown):
    """How the provider is asked."""

    polled_at: datetime | None = Field(description="The last time.")
    next_at: datetime | None = Field(description="The next time.")
    quota_used: int = Field(description="Units used of the provider's day.")
    error: str | None = Field(description="How the last one ended, where it failed.")


class DeliveryHealth(Shown):
    """What is on its way out."""

    waiting: int = Field(description="Not sent yet; counting ends at 10,000.")
    oldest_at: datetime | None = Field(description="Since when the oldest of them waits.")
    failed_last_day: int = Field(description="Given up within a day; counting ends at 10,000.")


class ChannelHealth(Shown):
    """Whether an account works, and what speaks against it."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    account_id: str = Field(description="The channel account.")
    channel: str = Field(description="Its channel.")
    state: str = Field(description="active, paused or quarantined.")
    health: Literal["ok", "degraded", "down"] = Field(
        description="down: nothing comes or goes until a person acts; degraded: look at `reasons`."
    )
    reasons: list[str] = Field(description="Why it is not ok, in words.")
    last_error: LastError | None = Field(description="What went wrong last.")
    counts: Counts = Field(description="Of the last 24 hours.")
    traffic: list[TrafficHour] = Field(
        description="The last 24 hours, the newest first; hours without any are left out."
    )
    notices: list[Notice] = Field(description="The newest first, at most 20.")
    token: TokenHealth | None = Field(description="Where its channel has tokens that expire.")
    poll: PollHealth | None = Field(description="Where its provider is asked.")
    deliveries: DeliveryHealth = Field(description="What is on its way out.")
    weakness: str | None = Field(description="What its channel's signature does not protect.")
