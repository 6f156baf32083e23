"""Settings of one TikTok business account. The account's external id is its `open_id`, which webhooks name."""

from pydantic import Field, SecretStr

from backbone.channel.port import AccountSettings


class TikTokSettings(AccountSettings):
    """`app_id` and `app_secrets` are the app's, newest secret first: they sign webhooks and renew tokens.

    An access token lives a day and is renewed with the `refresh_token` of the authorisation, which is replaced each time.
    `access_token`, where set, is used until there is a renewed one. `media_hosts` are where files may be fetched from.
    """

    app_id: str = Field(min_length=1, max_length=64)
    app_secrets: tuple[SecretStr, ...] = Field(min_length=1, max_length=2)
    access_token: SecretStr | None = None
    refresh_token: SecretStr | None = None
    api_base: str = Field(
        default="https://business-api.tiktok.com/open_api/v1.3", pattern=r"^https?://[^/?#]+(/[^?#]*)?$"
    )
    media_hosts: tuple[str, ...] = Field(
        default=("tiktok.com", "tiktokcdn.com", "tiktokcdn-us.com", "byteoversea.com", "ibyteimg.com"),
        description="A file's link is followed to these hosts and those below them, over TLS.",
    )
