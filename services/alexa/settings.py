"""Settings of one Alexa skill. The account's external id is the skill's id (`amzn1.ask.skill.…`)."""

from datetime import timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import Field, SecretStr, field_validator

from backbone.channel.port import AccountSettings
from backbone.errors import ConfigurationInvalid
from services.alexa import chain
from services.alexa.texts import TEXTS

_LINK = r"^https?://[^\s?#@]+$"
_Name = Annotated[str, Field(pattern=r"^[A-Za-z_.]{1,100}$")]


class AlexaSettings(AccountSettings):
    """`client_id` and `client_secret` are of the skill's messaging (developer console, Permissions): they get tokens.

    `trusted_roots` are the root certificates that Amazon's chain may end at; empty means Amazon's own four, as certifi
    has them. `trust_sha1` accepts the older header `Signature`, which Amazon still sends beside the newer one.
    """

    company: str = Field(min_length=1, max_length=80, description="Spoken in the greeting, and who a notice is from.")
    client_id: str = Field(pattern=r"^[A-Za-z0-9._-]{1,200}$")
    client_secret: Annotated[SecretStr, Field(min_length=1)]
    default_language: str = Field(default="en", description="Spoken where the customer's locale has no texts.")
    time_zone: str = Field(default="UTC", description="IANA name; opening times are said in it.")
    link_required: bool = Field(default=False, description="Nothing is taken from customers without a linked account.")
    ask_for_notifications: bool = Field(
        default=True, description="A card asks to allow notices where the request does not say that they are allowed."
    )
    message_intent: _Name = "LeaveMessageIntent"
    message_slot: _Name = "message"
    callback_intent: _Name = "CallBackIntent"
    callback_slot: _Name = "number"
    timestamp_tolerance: timedelta = Field(
        default=timedelta(seconds=150), gt=timedelta(0), le=timedelta(seconds=150), description="Amazon's rule: 150 s."
    )
    trusted_roots: str = Field(default="", max_length=100_000, description="PEM, one or more certificates.")
    trust_sha1: bool = False
    notice_life: timedelta = Field(default=timedelta(hours=23), ge=timedelta(minutes=6), le=timedelta(hours=24))
    development: bool = Field(default=False, description="Notices go to the stage of a skill that is not live.")
    api_base: str = Field(
        default="https://api.eu.amazonalexa.com",
        pattern=_LINK,
        description="By the customers' region: api.amazonalexa.com (North America), api.eu… or api.fe.amazonalexa.com.",
    )
    login_base: str = Field(default="https://api.amazon.com", pattern=_LINK)

    @field_validator("default_language")
    @classmethod
    def _language_is_spoken(cls, language: str) -> str:
        if language not in TEXTS:
            raise ValueError(f"default_language is one of {', '.join(TEXTS)}")
        return language

    @field_validator("time_zone")
    @classmethod
    def _zone_exists(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (KeyError, ValueError, OSError) as error:
            raise ValueError("time_zone is no IANA time zone") from error
        return name

    @field_validator("trusted_roots")
    @classmethod
    def _roots_are_certificates(cls, pem: str) -> str:
        try:
            if pem:
                chain.roots_of(pem)
        except ConfigurationInvalid as error:
            raise ValueError(error.detail) from None
        return pem
