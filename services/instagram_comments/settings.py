"""Settings of one Instagram professional account's public side. The account's external id is the account's id at Meta."""

from pydantic import Field, SecretStr

from backbone.channel.port import AccountSettings


class InstagramCommentsSettings(AccountSettings):
    """Secrets of the Meta app and where its API is.

    `app_secrets` sign the webhooks, newest first: the Facebook app's where the account is reached through its page, the
    Instagram app's where it logged in at Instagram (then `api_base` is `https://graph.instagram.com`). `verify_token` is
    the word chosen for the handshake; `access_token` has the right to manage comments and, for private replies, messages.
    """

    app_secrets: tuple[SecretStr, ...] = Field(min_length=1, max_length=2)
    verify_token: SecretStr
    access_token: SecretStr
    api_base: str = Field(default="https://graph.facebook.com", pattern=r"^https?://[^?#@]+[^/?#@]$")
    api_version: str = Field(default="v23.0", pattern=r"^v\d{1,3}\.\d{1,2}$")
