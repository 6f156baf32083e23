"""Settings of a Twilio sender."""

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import Field, SecretStr, field_validator, model_validator

from backbone.channel.port import AccountSettings

Secret = Annotated[SecretStr, Field(min_length=1)]


class TwilioSettings(AccountSettings):
    """One sender. `auth_tokens` are the primary and, while it is promoted, the secondary token, newest first.

    Calls use the API key where there is one, else the newest token; webhooks are always signed with a token.
    """

    account_sid: str = Field(pattern=r"^AC[0-9A-Za-z]{1,64}$")
    auth_tokens: tuple[Secret, ...] = Field(min_length=1, max_length=2)
    api_key_sid: str | None = Field(default=None, pattern=r"^SK[0-9A-Za-z]{1,64}$")
    api_key_secret: Secret | None = None
    api_base: str = Field(default="https://api.twilio.com", pattern=r"^https?://[^\s?#]+$")
    media_hosts: tuple[str, ...] = Field(
        default=("api.twilio.com", "mcs.us1.twilio.com"), description="The only hosts that get our credentials."
    )
    status_callback: bool = True
    retry_override: str = Field(
        default="rc=5&rp=all",
        pattern=r"^[a-z0-9=&,.-]*$",
        description="Connection override behind # of the callback URL; empty: Twilio's default, hardly any retry.",
    )
    whatsapp_identity: Literal["user_id", "phone"] = Field(
        default="user_id", description="Which address names a WhatsApp customer where Twilio gives both."
    )

    templates: Mapping[str, str] = Field(
        default={},
        max_length=500,
        description="ContentSid (HX…) of each template by its name, or by name and language as `name/de`.",
    )
    reconcile: bool = Field(
        default=True, description="Whether Twilio's message list is searched for messages whose webhook never came."
    )

    @field_validator("templates")
    @classmethod
    def _templates_are_sids(cls, value: Mapping[str, str]) -> Mapping[str, str]:
        if any(not sid.startswith("HX") for sid in value.values()):
            raise ValueError("templates are named by ContentSid (HX…)")
        return value

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
