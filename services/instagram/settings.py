"""Settings of one Instagram account. The account's external id is the one that webhooks name in `entry.id`."""

from pydantic import Field, SecretStr

from backbone.channel.port import AccountSettings


class InstagramSettings(AccountSettings):
    """Secrets of the Meta app and where its API is.

    `app_secrets` sign the webhooks, newest first: the Instagram app's for Instagram Login, the Facebook app's for an
    account behind a page. `access_token` is the account's or the page's; with a page, `api_base` is
    `https://graph.facebook.com`. `node` is what stands before `/messages`: `me` is whoever the token belongs to.
    `human_agent` says that Meta granted the app the tag HUMAN_AGENT, with which people (never bots) may answer for seven
    days. `look_for_missed` asks Meta every hour for conversations, to find messages whose webhook never came.
    """

    app_secrets: tuple[SecretStr, ...] = Field(min_length=1, max_length=2)
    verify_token: SecretStr
    access_token: SecretStr
    api_base: str = Field(default="https://graph.instagram.com", pattern=r"^https?://[^?#@]+[^/?#@]$")
    api_version: str = Field(default="v23.0", pattern=r"^v\d{1,3}\.\d{1,2}$")
    node: str = Field(default="me", pattern=r"^(me|\d{1,32})$")
    human_agent: bool = False
    look_for_missed: bool = True
