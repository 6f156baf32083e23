"""Settings of one Zenvia sender."""

from typing import Annotated, Literal

from pydantic import Field, SecretStr

from backbone.channel.sms import SmsSettings

Secret = Annotated[SecretStr, Field(min_length=16, max_length=500)]


class ZenviaSettings(SmsSettings):
    """`webhook_secrets` are the field `key` of the webhook's URL, newest first; `api_token` is ours for the API.

    `medium` is what the sender is: files, places and templates go by WhatsApp only, and become lines on SMS.
    """

    webhook_secrets: tuple[Secret, ...] = Field(min_length=1, max_length=2)
    api_token: Annotated[SecretStr, Field(min_length=1)]
    medium: Literal["sms", "whatsapp"] = "sms"
    api_base: str = Field(default="https://api.zenvia.com", pattern=r"^https?://[^\s?#@]+$")
