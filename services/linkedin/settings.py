"""Settings of one page's public side. The account's external id is the page's URN: `urn:li:organization:…`."""

from pydantic import Field, SecretStr

from backbone.channel.port import AccountSettings


class LinkedinSettings(AccountSettings):
    """Secrets of the app and the token of a member who administers the page.

    `client_secrets` sign the webhooks and answer the challenges, newest first. Either `access_token` is set and renewed by
    hand (it lives for 60 days), or `client_id` and `refresh_token` (of an approved partner) get one. `api_version` is a month
    that LinkedIn still serves, `YYYYMM`.
    """

    client_secrets: tuple[SecretStr, ...] = Field(min_length=1, max_length=2)
    client_id: str = ""
    access_token: SecretStr | None = None
    refresh_token: SecretStr | None = None
    api_base: str = Field(default="https://api.linkedin.com", pattern=r"^https?://[^?#@]+[^/?#@]$")
    api_version: str = Field(default="202609", pattern=r"^\d{6}$")
    token_url: str = Field(default="https://www.linkedin.com/oauth/v2/accessToken", pattern=r"^https?://[^?#@\s]+$")
