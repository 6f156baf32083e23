"""Settings of one Infobip number."""

from typing import Annotated

from pydantic import Field, SecretStr

from backbone.channel.sms import SmsSettings

Secret = Annotated[SecretStr, Field(min_length=1)]


class InfobipSettings(SmsSettings):
    """Infobip calls with `hook_username` and the newest of `hook_secrets`, and signs where `hmac_secrets` are set.

    `api_base` is the account's own host. `mms` only for numbers that can: else files go as links.
    """

    hook_username: str = Field(default="infobip", pattern=r"^[^:\s]{1,100}$")
    hook_secrets: tuple[Secret, ...] = Field(min_length=1, max_length=2)
    hmac_secrets: tuple[Secret, ...] = Field(default=(), max_length=2)
    hmac_header: str = Field(
        default="x-hub-signature", pattern=r"^[a-z0-9-]{1,60}$", description="Where the hex HMAC-SHA256 of the body is."
    )
    api_key: Secret
    api_base: str = Field(pattern=r"^https?://[^\s?#@]+$")
    sms_path: str = Field(default="/sms/2/text/advanced", pattern=r"^/[\w/.-]+$")
    mms_path: str = Field(default="/mms/2/messages", pattern=r"^/[\w/.-]+$")
    mms: bool = False
