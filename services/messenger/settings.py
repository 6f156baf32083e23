"""Settings of one Facebook page. The account's external id is the page's id."""

from pydantic import Field, SecretStr

from backbone.channel.port import AccountSettings


class MessengerSettings(AccountSettings):
    """Secrets of the Meta app and where its API is.

    `app_secrets` sign the webhooks of all pages of the app, newest first; `verify_token` is the word chosen for the
    handshake; `access_token` is the page's. `human_agent` says that Meta granted the app the tag HUMAN_AGENT, with which
    people (never bots) may answer for seven days. `look_for_missed` asks Meta every hour for conversations, to find messages
    whose webhook never came.
    """

    app_secrets: tuple[SecretStr, ...] = Field(min_length=1, max_length=2)
    verify_token: SecretStr
    access_token: SecretStr
    api_base: str = Field(default="https://graph.facebook.com", pattern=r"^https?://[^?#@]+[^/?#@]$")
    api_version: str = Field(default="v23.0", pattern=r"^v\d{1,3}\.\d{1,2}$")
    human_agent: bool = False
    look_for_missed: bool = True
