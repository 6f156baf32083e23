"""Settings of one WhatsApp number. The account's external id is the number's `phone_number_id`."""

from pydantic import Field, SecretStr

from backbone.channel.port import AccountSettings


class WhatsAppSettings(AccountSettings):
    """Secrets of the Meta app and where its API is.

    `app_secrets` sign the webhooks of all numbers of the app, newest first; `verify_token` is the word chosen for the
    handshake; `access_token` is a system user's. `media_hosts` are the hosts, with their subdomains, that may be shown
    the token to fetch a file; no other host ever sees it.
    """

    app_secrets: tuple[SecretStr, ...] = Field(min_length=1, max_length=2)
    verify_token: SecretStr
    access_token: SecretStr
    api_base: str = Field(default="https://graph.facebook.com", pattern=r"^https?://[^?#@]+[^/?#@]$")
    api_version: str = Field(default="v23.0", pattern=r"^v\d{1,3}\.\d{1,2}$")
    media_hosts: tuple[str, ...] = ("fbsbx.com", "fbcdn.net", "whatsapp.net")
