"""The settings of a tenant that hold for all its channels and teams."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, StringConstraints
from pydantic.config import JsonDict

from agent_api.http.inputs import VERSION, AccountId, AgentId, Body, Bool, Count, Int, Line, Tag
from agent_api.teams.schemas import TimeOfDay, Zone

_LANGUAGES = "By two-letter language code, or `default` for all others. Ours are used where there is none."
LanguageCode = Annotated[str, StringConstraints(pattern=r"^([a-z]{2}|default)$")]
Notice = Annotated[str, StringConstraints(min_length=1, max_length=1000, pattern=r"^[^\x00]*[^\x00\s][^\x00]*$")]
Texts = Annotated[dict[LanguageCode, Notice], Field(max_length=50, json_schema_extra={"additionalProperties": False})]
Phrases = Annotated[list[Line], Field(max_length=100)]
_TEXTS_EXAMPLE: JsonDict = {"en": "We are closed until {when}.", "default": "We answer {when}."}


class BotWords(Body):
    """Words of the tenant's own that take a conversation from a bot, beside ours."""

    asked: Phrases = Field(default_factory=list, description="Wishes for a person.")
    sensitive: Phrases = Field(default_factory=list, description="What is no matter for a bot.")
    anger: Phrases = Field(default_factory=list, description="Words of anger.")


class BotSettings(Body):
    """What holds for all bots."""

    disclose: Bool = Field(default=True, description="A bot's first answer says that it is one. The law may want it.")
    answer_within_seconds: Int = Field(default=30, ge=1, le=3600, description="A bot's time for an answer.")
    handover_texts: Texts = Field(
        default_factory=dict, description=f"What customers are told when a person takes over. {_LANGUAGES}"
    )
    assistant_agent_id: AgentId | None = Field(
        default=None, description="The bot that Frontdesk plays: it answers from the knowledge base. Null: none."
    )
    words: BotWords = Field(default_factory=BotWords, description="When a bot must let go.")


class MaskingSettings(Body):
    """What is blacked out of customers' messages before they are kept; the bus holds them as they came for six days."""

    payment_cards: Bool = Field(
        default=True, description="Card numbers by their check digit, but the last four digits; and card codes."
    )
    national_ids: Bool = Field(
        default=True, description="National identifiers of twelve countries by their check digits."
    )
    passwords: Bool = Field(default=True, description='What follows "password is" and its like in seven languages.')
    bank_accounts: Bool = Field(default=False, description="IBANs, but the country and the last four characters.")
    labels: list[Line] = Field(
        default_factory=list,
        max_length=50,
        description="Names of the tenant's own: what follows one of them is blacked out.",
    )


class SatisfactionSettings(Body):
    """Whether customers are asked how it went, once a conversation is resolved, on the same channel and within its window."""

    enabled: Bool = Field(default=False, description="Ask. The chat on a site shows its stars without that, too.")
    after_seconds: Int | None = Field(
        default=None,
        ge=0,
        le=86_400,
        description="How long after; null: a minute in live chats, ten minutes in messengers, an hour by mail.",
    )
    every_days: Int = Field(default=30, ge=1, le=365, description="A customer is asked once in so many days at most.")
    effort: Bool = Field(default=False, description="Who rated is also asked how easy it was.")


class QuietHours(Body):
    """Between which hours of their own day customers are not written to first; equal ones are none."""

    start: TimeOfDay = Field(description="From then on.")
    end: TimeOfDay = Field(description="Until then, on the next day where it is before `start`.")
    zone: Zone = Field(description="IANA zone of customers whose country their phone number does not tell.")


class GoodwillLimits(Body):
    """The most that a role gives by itself; null: nothing."""

    bot: Count | None = Field(default=None, description="A bot.")
    agent: Count | None = Field(default=None, description="An agent.")
    supervisor: Count | None = Field(default=None, description="A supervisor, who may agree to as much, too.")


class GoodwillRule(Body):
    """What may be given to customers, and how much of it. Amounts are in the currency's minor unit."""

    name: Tag = Field(description="Its name: whoever gives something says it.")
    kind: Literal["voucher", "upgrade", "free_return"] = Field(description="What it is.")
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")] | None = Field(
        default=None, description="ISO 4217; null: it is not counted in money."
    )
    limits: GoodwillLimits = Field(
        default_factory=GoodwillLimits, description="The most that a role gives by itself; an admin is not limited."
    )
    contact_value: Count | None = Field(default=None, description="The most for one customer within the period.")
    contact_times: Count | None = Field(default=None, description="How often for one customer within the period.")
    period_days: Int = Field(default=365, ge=1, le=1825, description="The period.")
    tiers: list[Line] = Field(
        default_factory=list, max_length=20, description="Loyalty tiers it is for, in any case of letters; empty: all."
    )


class GoodwillSettings(Body):
    """What may be given to customers."""

    rules: list[GoodwillRule] = Field(default_factory=list, max_length=50, description="The last of a name counts.")


ReviewPage = Annotated[str, StringConstraints(pattern=r"^https://[!-~]{1,990}$")]


class AdvocateSettings(Body):
    """Whether customers who rated well are invited to tell others."""

    enabled: Bool = Field(default=False, description="Invite, a quarter of an hour after the rating.")
    least_score: Int = Field(default=5, ge=4, le=5, description="A rating of this and more counts.")
    every_days: Int = Field(default=180, ge=1, le=1825, description="A customer is invited once in so many days.")
    per_day: Int = Field(default=50, ge=0, le=100_000, description="The most invitations in 24 hours.")
    review_links: dict[AccountId, ReviewPage] = Field(
        default_factory=dict,
        max_length=100,
        description="The review page by channel account.",
        json_schema_extra={"additionalProperties": False},
    )
    review_link: ReviewPage | None = Field(default=None, description="The review page of all other accounts.")
    referral: Bool = Field(default=False, description="Where there is no review page: a code for friends.")


class SettingsIn(Body):
    """All settings; what is left out has its default."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "away_notice": True,
                    "away_notice_texts": _TEXTS_EXAMPLE,
                    "call_back_texts": {},
                    "outside_window": "queue",
                    "held_reply_hours": 72,
                    "flood_per_minute": 120,
                    "bots": {
                        "disclose": True,
                        "answer_within_seconds": 30,
                        "handover_texts": {},
                        "words": {"asked": ["boss"]},
                    },
                    "masking": {
                        "payment_cards": True,
                        "national_ids": True,
                        "passwords": True,
                        "labels": ["customer pin"],
                    },
                }
            ]
        }
    )

    away_notice: Bool = Field(
        default=True, description="Whoever writes outside the hours is told when they are answered."
    )
    away_notice_texts: Texts = Field(
        default_factory=dict, description=f"`{{when}}` stands for the time of the answer. {_LANGUAGES}"
    )
    call_back_texts: Texts = Field(
        default_factory=dict, description=f"Told by the escalation step `call_back`. {_LANGUAGES}"
    )
    outside_window: Literal["refuse", "queue"] = Field(
        default="refuse",
        description="A reply outside the channel's window: refused, or kept until the customer writes.",
    )
    held_reply_hours: Int = Field(default=72, ge=1, le=720, description="How long a kept reply waits for the customer.")
    flood_per_minute: Int = Field(
        default=120,
        ge=1,
        le=10_000,
        description="Messages of one contact in a minute; more are stored and wake nobody.",
    )
    bots: BotSettings = Field(default_factory=BotSettings, description="What holds for all bots.")
    masking: MaskingSettings = Field(default_factory=MaskingSettings, description="What is blacked out on arrival.")
    advocates: AdvocateSettings = Field(default_factory=AdvocateSettings, description="Invitations to tell others.")
    goodwill: GoodwillSettings = Field(default_factory=GoodwillSettings, description="What may be given to customers.")
    satisfaction: SatisfactionSettings = Field(
        default_factory=SatisfactionSettings, description="Questions after a conversation."
    )
    quiet_hours: QuietHours | None = Field(
        default=None, description="When customers are not written to first; null: they are at any hour."
    )


class TenantSettings(SettingsIn):
    """All settings, as they hold."""

    version: int = VERSION
