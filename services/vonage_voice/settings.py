"""Settings of a telephone number of a Vonage application."""

from datetime import timedelta
from typing import Annotated

from pydantic import Field, SecretStr

from backbone.channel.calls.settings import CallSettings
from backbone.channel.service_account import PrivateKeyPem

Secret = Annotated[SecretStr, Field(min_length=1)]


class VonageVoiceSettings(CallSettings):
    """One number. `signature_secrets` sign webhooks, newest first; `private_key` is the application's and signs our calls.

    The waits are narrower than elsewhere: they are those that Vonage takes.
    """

    application_id: str = Field(pattern=r"^[0-9A-Fa-f-]{36}$")
    private_key: PrivateKeyPem
    signature_secrets: tuple[Secret, ...] = Field(min_length=1, max_length=2)
    api_base: str = Field(default="https://api.nexmo.com", pattern=r"^https?://[^\s?#@]+$")
    style: int = Field(default=0, ge=0, le=99, description="Which of the voices of a language speaks.")
    premium: bool = Field(default=False, description="The better and dearer voices, where a language has them.")
    key_wait: timedelta = Field(default=timedelta(seconds=6), gt=timedelta(0), le=timedelta(seconds=10))
    record_max: timedelta = Field(default=timedelta(seconds=120), ge=timedelta(seconds=3), le=timedelta(hours=1))
    silence_max: timedelta = Field(default=timedelta(seconds=5), ge=timedelta(seconds=3), le=timedelta(seconds=10))
    transcribe: bool = Field(
        default=False,
        description="Vonage's speech recognition instead of a plain recording: words and sound, up to 60 s.",
    )
    ring_for: timedelta = Field(default=timedelta(seconds=30), ge=timedelta(seconds=1), le=timedelta(seconds=120))
    hidden_numbers: tuple[str, ...] = Field(
        default=("266696687", "7378742833", "2562533", "8656696", "86282452253"),
        description="Digits that carriers give for ANONYMOUS, RESTRICTED, BLOCKED, UNKNOWN and UNAVAILABLE.",
    )
