"""Logins and sessions as clients see them. The token is in one answer only, and only where it was asked for."""

from datetime import datetime
from typing import Literal

from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from agent_api.http.inputs import Body, Bool, Email, Short, Shown, TenantId

_SESSION: JsonDict = {
    "id": "lgn_0190f3a87b3c7d5e8f9a0b1c2d3e4f57",
    "tenant_id": "ten_demo",
    "tenant_name": "Demo Shop",
    "agent_id": "agt_0190f3a87b3c7d5e8f9a0b1c2d3e4f54",
    "agent_name": "Kim Doe",
    "email": "kim@demo.example",
    "role": "agent",
    "role_id": None,
    "permissions": ["conversations:read", "messages:send"],
    "method": "password",
    "created_at": "2026-11-22T08:00:00Z",
    "expires_at": "2026-11-22T20:00:00Z",
}


class Session(Shown):
    """Who is logged in, until when, and what they may do."""

    model_config = ConfigDict(json_schema_extra={"examples": [_SESSION]})

    id: str = Field(description="Its id.")
    tenant_id: str = Field(description="The tenant.")
    tenant_name: str = Field(description="Its name.")
    agent_id: str = Field(description="Who.")
    agent_name: str = Field(description="Their name.")
    email: str = Field(description="Their address.")
    role: str = Field(description="Their built-in role.")
    role_id: str | None = Field(
        description="Their role of the tenant's own, if they have one: it says what they may do."
    )
    permissions: list[str] = Field(description="What they may do.")
    method: Literal["password", "oidc"] = Field(description="How they came in.")
    created_at: datetime = Field(description="When.")
    expires_at: datetime = Field(description="When it ends by itself.")


class LoggedIn(Shown):
    """A session just begun."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"session": _SESSION, "token": None}]})

    session: Session = Field(description="The session.")
    token: str | None = Field(
        description="With `bearer`: send it as Authorization: Bearer. It is never shown again.", repr=False
    )


class Login(Body):
    """Who wants in. The same answer for an unknown address and for a wrong password."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"email": "kim@demo.example", "password": "correct-horse-battery"}]}
    )

    email: Email = Field(description="The agent's address.")
    password: Short = Field(description="Their password.", repr=False)
    tenant_id: TenantId | None = Field(
        default=None, description="Needed only where one address and password belong to several tenants."
    )
    bearer: Bool = Field(
        default=False, description="True: the token is in the answer. False, for pages of this service: in a cookie."
    )


class Logout(Body):
    """What to end."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"everywhere": True}]})

    everywhere: Bool = Field(default=False, description="All sessions of this person, not only this one.")


class ChangePassword(Body):
    """A new password for oneself."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"current": "correct-horse-battery", "new": "staple-horse-battery"}]}
    )

    current: Short = Field(description="The one until now.", repr=False)
    new: Short = Field(description="12 characters or more.", repr=False)


class SetPassword(Body):
    """A new password for somebody, to be told to them and changed by them."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"password": "staple-horse-battery"}]})

    password: Short = Field(description="12 characters or more.", repr=False)
