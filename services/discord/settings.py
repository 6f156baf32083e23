"""Settings of one Discord application. The account's external id is the application's, which is its bot's user id too."""

from typing import Annotated, Literal

from pydantic import Field, SecretStr, StringConstraints

from backbone.channel.port import AccountSettings

PublicKey = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
INTENTS = 1 << 9 | 1 << 10 | 1 << 12 | 1 << 13 | 1 << 14 | 1 << 15
"""Messages and reactions of servers and direct channels, typing in the latter, and what messages say (privileged)."""


class DiscordSettings(AccountSettings):
    """`public_keys` check interactions and webhook events, newest first; `bot_token` opens the Gateway and the REST API.

    `guild_messages` says which messages on servers are for us; direct ones always are.
    """

    public_keys: tuple[PublicKey, ...] = Field(min_length=1, max_length=2)
    bot_token: Annotated[SecretStr, Field(min_length=1)]
    gateway: bool = Field(default=True, description="Whether to keep the Gateway socket; without it only interactions.")
    guild_messages: Literal["all", "mentions", "none"] = "all"
    intents: int = Field(default=INTENTS, ge=0, lt=1 << 32)
    received_text: str = Field(
        default="✓", min_length=1, max_length=200, description="What a command is answered at once."
    )
    api_base: str = Field(default="https://discord.com/api/v10", pattern=r"^https?://[^\s?#@]+$")
    gateway_url: str = Field(default="wss://gateway.discord.gg", pattern=r"^wss?://[^\s?#@/]+$")
