"""Settings of one sender of a Vonage application."""

from typing import Annotated, Literal

from pydantic import Field, SecretStr

from backbone.channel.sms import SmsSettings

Secret = Annotated[SecretStr, Field(min_length=1)]


class VonageMessagesSettings(SmsSettings):
    """`signature_secrets` sign webhooks, newest first; `api_key` and `api_secret` prove our calls.

    `medium` is what the sender is: buttons, lists, places and templates go by WhatsApp, files by MMS and WhatsApp; what
    the medium lacks becomes lines.
    """

    signature_secrets: tuple[Secret, ...] = Field(min_length=1, max_length=2)
    api_key: str = Field(pattern=r"^[0-9A-Za-z]{1,64}$")
    api_secret: Secret
    medium: Literal["sms", "mms", "whatsapp"] = "sms"
    api_base: str = Field(default="https://api.nexmo.com", pattern=r"^https?://[^\s?#@]+$")
