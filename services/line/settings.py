"""Settings of one LINE official account. The external id is the bot's user id (`U…`), which webhooks name."""

from pydantic import Field, SecretStr

from backbone.channel.port import AccountSettings

_HTTPS = r"^https://[^\s]{1,990}$"


class LineSettings(AccountSettings):
    """`channel_secrets` sign what LINE sends, newest first; `access_token` is the channel's long-lived token.

    `video_preview_url` is the still picture that LINE asks for with each film: without it films become links.
    `sticker_url` is where pictures of stickers stand: `{id}` becomes the sticker's number. `typing_seconds` is how long
    the sign that somebody writes stays, in steps of five.
    """

    channel_secrets: tuple[SecretStr, ...] = Field(min_length=1, max_length=2)
    access_token: SecretStr
    api_base: str = Field(default="https://api.line.me", pattern=r"^https?://[^/?#]+(/[^?#]*)?$")
    data_base: str = Field(default="https://api-data.line.me", pattern=r"^https?://[^/?#]+(/[^?#]*)?$")
    video_preview_url: str | None = Field(default=None, pattern=_HTTPS)
    sticker_url: str = Field(
        default="https://stickershop.line-scdn.net/stickershop/v1/sticker/{id}/android/sticker.png",
        pattern=r"^https://[^\s{}]+\{id\}[^\s{}]*$",
    )
    typing_seconds: int = Field(default=20, ge=5, le=60, multiple_of=5)
