"""Settings of one Viber bot. The account's external id is the bot's id or URI: callbacks don't name it."""

from pydantic import Field, SecretStr

from backbone.channel.port import AccountSettings


class ViberSettings(AccountSettings):
    """`auth_tokens` sign what Viber sends and open its API, newest first; the first of them sends.

    `sender_name` is what customers see above each message. `welcome_text` answers somebody who opens the chat for the
    first time. `sticker_url` is where pictures of stickers stand: `{id}` becomes the sticker's number.
    """

    auth_tokens: tuple[SecretStr, ...] = Field(min_length=1, max_length=2)
    sender_name: str = Field(min_length=1, max_length=28)
    sender_avatar: str | None = Field(default=None, pattern=r"^https://[^\s]{1,500}$")
    welcome_text: str | None = Field(default=None, min_length=1, max_length=1000)
    api_base: str = Field(default="https://chatapi.viber.com/pa", pattern=r"^https?://[^/?#]+(/[^?#]*)?$")
    sticker_url: str = Field(
        default="https://viber.github.io/docs/img/stickers/{id}.png", pattern=r"^https://[^\s{}]+\{id\}[^\s{}]*$"
    )
