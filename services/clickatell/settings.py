"""Settings of one Clickatell two-way number."""

from typing import Annotated

from pydantic import Field, SecretStr

from backbone.channel.sms import SmsSettings

Secret = Annotated[SecretStr, Field(min_length=16, max_length=500)]


class ClickatellSettings(SmsSettings):
    """`webhook_secrets` are the field `key` of the webhook's URL, newest first; `api_key` is the integration's."""

    webhook_secrets: tuple[Secret, ...] = Field(min_length=1, max_length=2)
    api_key: Annotated[SecretStr, Field(min_length=1)]
    api_base: str = Field(default="https://platform.clickatell.com", pattern=r"^https?://[^\s?#@]+$")
