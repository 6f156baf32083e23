"""Settings of one Sunshine Conversations app. The account's external id is the app's id."""

from pydantic import Field, SecretStr

from backbone.channel.port import AccountSettings


class SmoochSettings(AccountSettings):
    """`webhook_secrets` are the shared secrets that Sunshine sends with each webhook, newest first.

    `key_id` and `key_secret` open the API. For apps inside Zendesk `api_base` is
    `https://<subdomain>.zendesk.com/sc/v2`. `display_name` is what customers see above each message.
    """

    webhook_secrets: tuple[SecretStr, ...] = Field(min_length=1, max_length=2)
    key_id: str = Field(min_length=1, max_length=128)
    key_secret: SecretStr
    api_base: str = Field(default="https://api.smooch.io/v2", pattern=r"^https?://[^/?#]+(/[^?#]*)?$")
    display_name: str | None = Field(default=None, min_length=1, max_length=128)
