"""Settings of a Telegram bot."""

from typing import Annotated

from pydantic import Field, SecretStr

from backbone.channel.port import AccountSettings

Token = Annotated[SecretStr, Field(min_length=8)]
WebhookSecret = Annotated[SecretStr, Field(min_length=1, max_length=256)]


class TelegramSettings(AccountSettings):
    """One bot. `webhook_secrets` are the `secret_token` given to setWebhook and, while it changes, the one before it."""

    bot_token: Token
    webhook_secrets: tuple[WebhookSecret, ...] = Field(min_length=1, max_length=2)
    api_base: str = Field(
        default="https://api.telegram.org",
        pattern=r"^https?://[^\s?#]+$",
        description="Another address for a Bot API server of one's own, which lifts the 20 MB limit of downloads.",
    )
    answer_callbacks: bool = Field(
        default=True, description="Answers button presses in the webhook's response, so that the button stops waiting."
    )

    watch_deliveries: bool = Field(
        default=True, description="Asks Telegram every quarter of an hour whether its deliveries fail, and tells of it."
    )

    def method_url(self, method: str) -> str:
        """The URL of a Bot API method. It holds the token: never to be shown."""
        return f"{self.api_base.rstrip('/')}/bot{self.bot_token.get_secret_value()}/{method}"

    def file_url(self, path: str) -> str:
        """The URL of a file. It holds the token: never to be shown."""
        return f"{self.api_base.rstrip('/')}/file/bot{self.bot_token.get_secret_value()}/{path}"
