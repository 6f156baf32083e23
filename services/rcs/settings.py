"""Settings of one RCS agent. The account's external id is the agent's id (`…@rbm.goog`), which webhooks name."""

from pydantic import Field, SecretStr

from backbone.channel.port import AccountSettings
from backbone.channel.service_account import TOKEN_URL, PrivateKeyPem


class RcsSettings(AccountSettings):
    """`client_tokens` sign the webhooks, newest first.

    `client_email` and `private_key` are those of the service account's key file; they get the access token, which lives an
    hour. `access_token`, where set, is used until there is one. `api_base` is that of the agent's region.
    `messages_live_for_seconds` is how long a message that can't be delivered is kept before Google takes it back.
    """

    client_tokens: tuple[SecretStr, ...] = Field(min_length=1, max_length=2)
    client_email: str = Field(min_length=3, max_length=256)
    private_key: PrivateKeyPem | None = None
    access_token: SecretStr | None = None
    token_url: str = Field(default=TOKEN_URL, pattern=r"^https?://[^\s]+$")
    api_base: str = Field(
        default="https://europe-rcsbusinessmessaging.googleapis.com/v1", pattern=r"^https?://[^/?#]+(/[^?#]*)?$"
    )
    messages_live_for_seconds: int | None = Field(default=None, ge=10, le=1_296_000)
