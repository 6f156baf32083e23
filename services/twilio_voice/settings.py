"""Settings of a telephone number at Twilio."""

from typing import Annotated, Self

from pydantic import Field, SecretStr, model_validator

from backbone.channel.calls.settings import CallSettings

Secret = Annotated[SecretStr, Field(min_length=1)]


class TwilioVoiceSettings(CallSettings):
    """One number. `auth_tokens` are the primary and, while it is promoted, the secondary token, newest first."""

    account_sid: str = Field(pattern=r"^AC[0-9A-Za-z]{1,64}$")
    auth_tokens: tuple[Secret, ...] = Field(min_length=1, max_length=2)
    api_key_sid: str | None = Field(default=None, pattern=r"^SK[0-9A-Za-z]{1,64}$")
    api_key_secret: Secret | None = None
    api_base: str = Field(default="https://api.twilio.com", pattern=r"^https?://[^\s?#]+$")
    voice: str | None = Field(
        default=None, pattern=r"^[A-Za-z0-9.-]{1,60}$", description="None: Twilio's for a language."
    )
    transcribe: bool = Field(default=False, description="Twilio's transcription: US English, up to 120 s.")
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

    def tokens(self) -> tuple[str, ...]:
        return tuple(token.get_secret_value() for token in self.auth_tokens if token.get_secret_value())

    def credentials(self) -> tuple[str, str]:
        """User and password of Basic authentication."""
        if self.api_key_sid and self.api_key_secret:
            return self.api_key_sid, self.api_key_secret.get_secret_value()
        return self.account_sid, self.auth_tokens[0].get_secret_value()
