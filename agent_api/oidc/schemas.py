"""Identity providers as administrators set them up, and as the login page shows them."""

from datetime import datetime
from typing import Annotated

from pydantic import ConfigDict, Field, StringConstraints
from pydantic.config import JsonDict

from agent_api.http.inputs import VERSION, Body, Bool, Email, Line, Shown

Domain = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]([a-z0-9-]{0,62}\.)+[a-z]{2,30}$", max_length=200)]
Issuer = Annotated[str, StringConstraints(pattern=r"^https?://[!-~]{1,400}$")]
ClientId = Annotated[str, StringConstraints(pattern=r"^[!-~]{1,255}$")]
ClientSecret = Annotated[str, StringConstraints(pattern=r"^[ -~]{1,500}$")]
_SETTINGS: JsonDict = {
    "name": "Demo Shop staff",
    "issuer": "https://login.demo.example",
    "client_id": "frontdesk",
    "domains": ["demo.example"],
    "trusts_emails": False,
    "enabled": True,
}


class IdentityProviderIn(Body):
    """An OpenID Connect provider whose word counts for this tenant's agents."""

    model_config = ConfigDict(json_schema_extra={"examples": [{**_SETTINGS, "secret": "s3cret-of-the-client"}]})

    name: Line = Field(description="Shown on the login page.")
    issuer: Issuer = Field(description="Its issuer, exactly as its configuration names it; https but for trials.")
    client_id: ClientId = Field(description="Who we are there.")
    secret: ClientSecret | None = Field(
        default=None,
        description="Ours there. Left out, the stored one stays, unless the issuer or the client is another.",
        repr=False,
    )
    domains: list[Domain] = Field(
        max_length=20, description="Domains of the addresses for which the login page offers it."
    )
    trusts_emails: Bool = Field(
        default=False,
        description="Take its addresses for verified even where it doesn't say so. Only for a provider that lets nobody choose theirs.",
    )
    enabled: Bool = Field(default=True, description="False ends logins by it at once; sessions go on until they end.")


class IdentityProvider(Shown):
    """A provider as set up; the secret is never shown."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    **_SETTINGS,
                    "id": "idp_0190f3a87b3c7d5e8f9a0b1c2d3e4f50",
                    "has_secret": True,
                    "redirect_uri": "https://desk.example/login/oidc/callback",
                    "created_at": "2026-11-27T10:00:00Z",
                    "version": 1,
                }
            ]
        }
    )

    id: str = Field(description="Its id.")
    name: str = Field(description="Shown on the login page.")
    issuer: str = Field(description="Its issuer.")
    client_id: str = Field(description="Who we are there.")
    has_secret: bool = Field(description="Whether a secret is stored.")
    domains: list[str] = Field(description="For which addresses the login page offers it.")
    trusts_emails: bool = Field(description="Whether its addresses count without its word for them.")
    enabled: bool = Field(description="Whether it can be used.")
    redirect_uri: str = Field(description="To be registered there, exactly so.")
    created_at: datetime = Field(description="Since when.")
    version: int = VERSION


class IdentityProviderList(Shown):
    """All of a tenant's, the oldest first."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": []}]})

    items: list[IdentityProvider] = Field(description="At most 20.")


class LoginWay(Shown):
    """A provider that the owner of an address may log in with."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "name": "Demo Shop staff",
                    "tenant_name": "Demo Shop",
                    "host": "login.demo.example",
                    "url": "/login/oidc/idp_0190f3a87b3c7d5e8f9a0b1c2d3e4f50",
                }
            ]
        }
    )

    name: str = Field(description="Its name.")
    tenant_name: str = Field(description="Whose it is.")
    host: str = Field(description="Where the password is asked for: people should look at it.")
    url: str = Field(description="Where to send the browser.")


class LoginWays(Shown):
    """What there is for an address's domain; it doesn't say whether anybody has the address."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": []}]})

    items: list[LoginWay] = Field(description="At most ten.")


class LoginWaysQuery(Body):
    """Who asks."""

    email: Email = Field(description="The address; only its domain is looked at.")
