"""Settings of one Teams bot. The account's external id is the bot's Microsoft app id."""

from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, model_validator

from backbone.channel.port import AccountSettings

_LINK = r"^https?://[^\s?#@]+$"


class TeamsSettings(AccountSettings):
    """`app_password` gets tokens for our calls; Microsoft's keys prove its own.

    Answers go to `service_url`, never to the address that a request names: that one must only stand on `service_hosts`.
    """

    app_id: str = Field(pattern=r"^[0-9A-Za-z-]{1,64}$")
    app_password: Annotated[SecretStr, Field(min_length=1)]
    token_tenant: str = Field(
        default="botframework.com",
        pattern=r"^[0-9A-Za-z.-]{1,100}$",
        description="The directory of a single-tenant bot.",
    )
    login_base: str = Field(default="https://login.microsoftonline.com", pattern=_LINK)
    keys_url: str = Field(default="https://login.botframework.com/v1/.well-known/keys", pattern=_LINK)
    issuer: str = "https://api.botframework.com"
    service_url: str = Field(default="https://smba.trafficmanager.net/teams", pattern=_LINK)
    service_hosts: tuple[str, ...] = Field(
        default=(
            "smba.trafficmanager.net",
            "smba.infra.gcc.teams.microsoft.com",
            "smba.infra.gov.teams.microsoft.us",
            "smba.infra.dod.teams.microsoft.us",
        ),
        min_length=1,
        description="Where Microsoft's service stands; files there get our token, and requests for others are refused.",
    )

    inline_bytes: int = Field(
        default=18_000,
        ge=0,
        le=1_000_000,
        description="Pictures of a message up to this size together go inside it; larger ones stay links.",
    )

    @model_validator(mode="after")
    def _service_is_known(self) -> Self:
        if urlsplit(self.service_url).netloc.lower() not in self.service_hosts:
            raise ValueError("service_url must stand on one of service_hosts")
        return self
