"""Settings of one Plivo number."""

from typing import Annotated, Literal

from pydantic import Field, SecretStr

from backbone.channel.sms import SmsSettings

Secret = Annotated[SecretStr, Field(min_length=1)]


class PlivoSettings(SmsSettings):
    """`auth_tokens` sign webhooks and prove our calls, newest first. `mms` only for numbers that can.

    `signature` says which signature is asked for: the second version covers the URL alone.
    """

    auth_id: str = Field(pattern=r"^[0-9A-Za-z]{1,40}$")
    auth_tokens: tuple[Secret, ...] = Field(min_length=1, max_length=2)
    signature: Literal["v3", "v2"] = "v3"
    mms: bool = Field(
        default=False, description="Whether the number sends MMS (USA and Canada); else files go as links."
    )
    status_reports: bool = True
    api_base: str = Field(default="https://api.plivo.com", pattern=r"^https?://[^\s?#@]+$")
