"""Settings of one Facebook page's public side. The account's external id is the page's id."""

from pydantic import Field, SecretStr

from backbone.channel.port import AccountSettings


class FacebookCommentsSettings(AccountSettings):
    """Secrets of the Meta app and where its API is.

    `app_secrets` sign the webhooks of all pages of the app, newest first; `verify_token` is the word chosen for the
    handshake; `access_token` is the page's, with `pages_read_user_content`, `pages_manage_engagement` and, for private
    replies, `pages_messaging`.
    """

    app_secrets: tuple[SecretStr, ...] = Field(min_length=1, max_length=2)
    verify_token: SecretStr
    access_token: SecretStr
    api_base: str = Field(default="https://graph.facebook.com", pattern=r"^https?://[^?#@]+[^/?#@]$")
    api_version: str = Field(default="v23.0", pattern=r"^v\d{1,3}\.\d{1,2}$")
