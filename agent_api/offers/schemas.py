"""Offers as sites and apps ask for them, and what the tenant wants of them."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, StringConstraints

from agent_api.http.inputs import VERSION, AccountId, Body, Bool, Count, Float, Int, Line, Shown, Tag

PagePath = Annotated[str, StringConstraints(pattern=r"^/[A-Za-z0-9._~/-]{0,99}$")]
"""A path without query or fragment: those may name a person."""
Device = Literal["desktop", "phone", "tablet", "other"]
Cohort = Literal["gen_z", "gen_y", "other", "unknown"]
_ACCOUNT = "acc_0190f3a87b3c7d5e8f9a0b1c2d3e4f51"


class OfferIn(Body):
    """The visit. Nothing of it is needed, and nothing of it may name a person."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "site_account_id": _ACCOUNT,
                    "page": "/phones",
                    "topic": "order",
                    "cohort": "gen_z",
                    "device": "phone",
                }
            ]
        }
    )

    site_account_id: AccountId | None = Field(
        default=None, description="The chat's channel account of the site. Needed without an API key."
    )
    page: PagePath | None = Field(default=None, description="The page's path: pages alike should have one name.")
    topic: Tag | None = Field(default=None, description="What the visitor is about, by the site's own name.")
    cohort: Cohort | None = Field(default=None, description="The visitor's cohort, where it is known.")
    device: Device | None = Field(default=None, description="What they hold.")


class ChannelOffered(Shown):
    """One channel to show."""

    account_id: str = Field(description="The channel account.")
    channel: str = Field(description="Its channel.")
    title: str = Field(description="The channel's name for people.")
    open: str | None = Field(
        description="What a visitor's device opens to write or call there (https:, tel:, sms:, mailto:); null: a chat of a site, or no address is known."
    )
    expected_wait_seconds: int = Field(description="Until somebody could answer; 0 is at once.")
    by: Literal["agent", "bot"] = Field(description="Who would answer first.")
    chance: float = Field(description="The chance drawn for this offer that the visitor buys or is helped there.")
    reason: Literal["learnt", "new", "explored"] = Field(
        description="Why it stands there: by its record, because little is known of it, or tried on purpose."
    )


class ChannelHidden(Shown):
    """A channel that is not shown now."""

    account_id: str = Field(description="The channel account.")
    reason: Literal["switched_off", "not_staffed", "wait_too_long", "cap_reached", "others_first"] = Field(
        description="Why not."
    )


class OfferShown(Shown):
    """Which channels to show now, the best first."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "off_0190f3a87b3c7d5e8f9a0b1c2d3e4f61",
                    "channels": [
                        {
                            "account_id": _ACCOUNT,
                            "channel": "webchat",
                            "title": "Web chat",
                            "open": None,
                            "expected_wait_seconds": 0,
                            "by": "agent",
                            "chance": 0.31,
                            "reason": "learnt",
                        }
                    ],
                    "hidden": [],
                }
            ]
        }
    )

    id: str = Field(description="Say it with the outcome.")
    channels: list[ChannelOffered] = Field(description="In their order; empty where nobody could answer.")
    hidden: list[ChannelHidden] = Field(description="The others and why: only for callers with an API key.")


class OutcomeIn(Body):
    """What came of an offer."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"site_account_id": _ACCOUNT, "result": "helped", "account_id": _ACCOUNT}]}
    )

    site_account_id: AccountId | None = Field(default=None, description="As in the offer. Needed without an API key.")
    result: Literal["bought", "helped", "not_helped", "left"] = Field(
        description="`left`: chose no channel. That somebody bought is believed with an API key only."
    )
    account_id: AccountId | None = Field(default=None, description="The channel that was chosen; none with `left`.")


class ChannelRules(Body):
    """Limits of one channel's offers."""

    per_hour: Count | None = Field(default=None, description="How often it is shown in an hour.")
    longest_wait_seconds: Count | None = Field(default=None, description="Beyond this expected wait it is not shown.")
    hidden: Bool = Field(default=False, description="Never show it.")
    address: Line | None = Field(
        default=None,
        max_length=200,
        description="Where the public finds it, if its external id does not say: a number with +, a user name, a mail address.",
    )


class OfferSettingsIn(Body):
    """What the tenant wants of offers."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "enabled": True,
                    "explore": 0.05,
                    "most": 5,
                    "channels": {_ACCOUNT: {"per_hour": 200, "longest_wait_seconds": 300, "hidden": False}},
                }
            ]
        }
    )

    enabled: Bool = Field(default=True, description="False ends all offers at once.")
    explore: Float = Field(default=0.05, ge=0.02, le=1, description="The share of offers in even order.")
    most: Int = Field(default=5, ge=1, le=50, description="Channels in one offer.")
    channels: dict[AccountId, ChannelRules] = Field(
        default_factory=dict,
        max_length=50,
        description="Limits by channel account.",
        json_schema_extra={"additionalProperties": False},
    )


class OfferSettings(OfferSettingsIn):
    """What the tenant wants of offers, as stored."""

    version: int = VERSION
