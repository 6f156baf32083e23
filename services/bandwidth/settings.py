"""Settings of one Bandwidth number."""

from typing import Annotated

from pydantic import Field, SecretStr

from backbone.channel.sms import SmsSettings

Secret = Annotated[SecretStr, Field(min_length=1)]


class BandwidthSettings(SmsSettings):
    """Bandwidth calls with `hook_username` and the newest of `hook_secrets`; the API user sends and fetches files.

    Only `media_hosts` and the host of `api_base` ever get the API user's credentials.
    """

    hook_username: str = Field(default="bandwidth", pattern=r"^[^:\s]{1,100}$")
    hook_secrets: tuple[Secret, ...] = Field(min_length=1, max_length=2)
    account_id: str = Field(pattern=r"^[0-9A-Za-z-]{1,40}$")
    application_id: str = Field(pattern=r"^[0-9A-Za-z-]{1,64}$")
    api_username: str = Field(pattern=r"^[^:\s]{1,100}$")
    api_password: Secret
    api_base: str = Field(default="https://messaging.bandwidth.com", pattern=r"^https?://[^\s?#@]+$")
    media_hosts: tuple[str, ...] = ("messaging.bandwidth.com",)
