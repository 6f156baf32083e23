"""Settings of one Msteams account."""

from pydantic import Field, SecretStr

from backbone.channel.port import AccountSettings


class MsteamsSettings(AccountSettings):
    """`signing_secrets` sign what the provider sends us, newest first; `access_token` is ours for its API."""

    signing_secrets: tuple[SecretStr, ...] = Field(min_length=1, max_length=2)
    access_token: SecretStr
    api_base: str = Field(pattern=r"^https?://[^/?#]+(/[^?#]*)?$")
