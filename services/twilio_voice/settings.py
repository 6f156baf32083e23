"""Settings of a telephone number at Twilio."""

from datetime import timedelta
from typing import Annotated, Self
from zoneinfo import ZoneInfo

from pydantic import Field, SecretStr, field_validator, model_validator

from backbone.channel.port import AccountSettings
from services.twilio_voice.texts import TEXTS

Secret = Annotated[SecretStr, Field(min_length=1)]


class TwilioVoiceSettings(AccountSettings):
    """One number. `auth_tokens` are the primary and, while it is promoted, the secondary token, newest first.

    `languages` are offered in this order; empty means those of the team, as far as we have texts for them.
    """

    account_sid: str = Field(pattern=r"^AC[0-9A-Za-z]{1,64}$")
    auth_tokens: tuple[Secret, ...] = Field(min_length=1, max_length=2)
    api_key_sid: str | None = Field(default=None, pattern=r"^SK[0-9A-Za-z]{1,64}$")
    api_key_secret: Secret | None = None
    api_base: str = Field(default="https://api.twilio.com", pattern=r"^https?://[^\s?#]+$")
    company: str = Field(default="", max_length=80, description="Spoken in the greeting.")
    languages: tuple[str, ...] = Field(default=(), max_length=9)
    time_zone: str = Field(default="UTC", description="IANA name; opening times are said in it.")
    voice: str | None = Field(
        default=None, pattern=r"^[A-Za-z0-9.-]{1,60}$", description="None: Twilio's for a language."
    )
    key_wait: timedelta = Field(default=timedelta(seconds=6), gt=timedelta(0), le=timedelta(seconds=60))
    tries: int = Field(
        default=2, ge=1, le=5, description="How often a question is asked before we go on without a key."
    )
    record_max: timedelta = Field(default=timedelta(seconds=120), gt=timedelta(0), le=timedelta(hours=1))
    silence_max: timedelta = Field(default=timedelta(seconds=5), gt=timedelta(0), le=timedelta(seconds=60))
    transcribe: bool = Field(default=False, description="Twilio's transcription: US English, up to 120 s.")
    ring_for: timedelta = Field(default=timedelta(seconds=30), gt=timedelta(0), le=timedelta(seconds=600))
    hidden_numbers: tuple[str, ...] = Field(
        default=("+266696687", "+7378742833", "+2562533", "+8656696", "+86282452253"),
        description="What Twilio gives for ANONYMOUS, RESTRICTED, BLOCKED, UNKNOWN and UNAVAILABLE, besides the words.",
    )
    retry_override: str = Field(
        default="rc=5&rp=all",
        pattern=r"^[a-z0-9=&,.-]*$",
        description="Connection override behind # of callback URLs that carry recordings and states.",
    )

    @model_validator(mode="after")
    def _key_is_whole(self) -> Self:
        if (self.api_key_sid is None) != (self.api_key_secret is None):
            raise ValueError("api_key_sid and api_key_secret come together")
        return self

    @field_validator("languages")
    @classmethod
    def _languages_are_spoken(cls, languages: tuple[str, ...]) -> tuple[str, ...]:
        unknown = [language for language in languages if language not in TEXTS]
        if unknown or len(set(languages)) < len(languages):
            raise ValueError(f"languages are some of {', '.join(TEXTS)}, each once")
        return languages

    @field_validator("time_zone")
    @classmethod
    def _zone_exists(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (KeyError, ValueError, OSError) as error:
            raise ValueError("time_zone is no IANA time zone") from error
        return name

    def tokens(self) -> tuple[str, ...]:
        return tuple(token.get_secret_value() for token in self.auth_tokens if token.get_secret_value())

    def credentials(self) -> tuple[str, str]:
        """User and password of Basic authentication."""
        if self.api_key_sid and self.api_key_secret:
            return self.api_key_sid, self.api_key_secret.get_secret_value()
        return self.account_sid, self.auth_tokens[0].get_secret_value()
