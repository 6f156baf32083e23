"""Settings that every telephone number has, whoever provides it."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator

from backbone.channel.calls.texts import TEXTS
from backbone.channel.port import AccountSettings


class CallSettings(AccountSettings):
    """`languages` are offered in this order; empty means those of the team, as far as we have texts for them."""

    company: str = Field(default="", max_length=80, description="Spoken in the greeting.")
    languages: tuple[str, ...] = Field(default=(), max_length=9)
    time_zone: str = Field(default="UTC", description="IANA name; opening times are said in it.")
    key_wait: timedelta = Field(default=timedelta(seconds=6), gt=timedelta(0), le=timedelta(seconds=60))
    tries: int = Field(
        default=2, ge=1, le=5, description="How often a question is asked before we go on without a key."
    )
    record_max: timedelta = Field(default=timedelta(seconds=120), gt=timedelta(0), le=timedelta(hours=1))
    silence_max: timedelta = Field(default=timedelta(seconds=5), gt=timedelta(0), le=timedelta(seconds=60))
    ring_for: timedelta = Field(default=timedelta(seconds=30), gt=timedelta(0), le=timedelta(seconds=600))

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
