"""Settings of one Slack app in one workspace. The account's external id is the workspace's (`T…`)."""

from typing import Annotated, Self

from pydantic import Field, SecretStr, model_validator

from backbone.channel.port import AccountSettings

Secret = Annotated[SecretStr, Field(min_length=1)]


class SlackSettings(AccountSettings):
    """`signing_secrets` sign webhooks, newest first. A `bot_token` lasts; with rotation on, the gateway gets short ones.

    `bot_user_id` and `bot_id` tell our own messages from customers'. Only `file_hosts` ever get the token for a file.
    """

    signing_secrets: tuple[Secret, ...] = Field(min_length=1, max_length=2)
    bot_token: Secret | None = None
    client_id: str | None = Field(default=None, pattern=r"^[0-9.]{1,80}$")
    client_secret: Secret | None = None
    refresh_token: Secret | None = Field(default=None, description="The first one, where tokens are rotated.")
    bot_user_id: str | None = Field(default=None, pattern=r"^[UW][A-Z0-9]{1,30}$")
    bot_id: str | None = Field(default=None, pattern=r"^B[A-Z0-9]{1,30}$")
    api_base: str = Field(default="https://slack.com/api", pattern=r"^https?://[^\s?#@]+$")
    file_hosts: tuple[str, ...] = ("files.slack.com",)

    @model_validator(mode="after")
    def _has_a_token(self) -> Self:
        rotated = self.client_id and self.client_secret and self.refresh_token
        if self.bot_token is None and not rotated:
            raise ValueError("bot_token is needed, or client_id, client_secret and refresh_token")
        return self
