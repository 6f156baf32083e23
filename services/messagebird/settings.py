"""Settings of one MessageBird number."""

from typing import Annotated

from pydantic import Field, SecretStr

from backbone.channel.sms import SmsSettings

Secret = Annotated[SecretStr, Field(min_length=1)]


class MessagebirdSettings(SmsSettings):
    """`signing_keys` sign webhooks, newest first; `access_key` is ours for the API. `mms` only for numbers that can."""

    signing_keys: tuple[Secret, ...] = Field(min_length=1, max_length=2)
    access_key: Secret
    mms: bool = Field(
        default=False, description="Whether the number sends MMS (USA and Canada); else files go as links."
    )
    status_reports: bool = True
    api_base: str = Field(default="https://rest.messagebird.com", pattern=r"^https?://[^\s?#]+$")
