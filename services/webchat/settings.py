"""Settings of one web chat: its secrets, which pages may show it, how it looks, and how long a visitor's token lives."""

from datetime import timedelta
from typing import Annotated

from pydantic import Field, SecretStr, StringConstraints

from backbone.channel.port import AccountSettings
from backbone.channel.push import PushSettings
from backbone.channel.visitor import LIFETIME
from schemas.widget import WidgetLook

Secret = Annotated[SecretStr, Field(min_length=32)]


Origin = Annotated[str, StringConstraints(pattern=r"^https?://[a-z0-9.-]{1,253}(:[0-9]{1,5})?$")]


class WebchatSettings(AccountSettings):
    """`visitor_secrets` sign visitor tokens, newest first; the older one verifies until it is taken away.

    `identity_secrets` are shared with the company's own server, which signs with one who a customer is; without them
    nobody can sign in. `push` wakes apps that sleep. `origins` are the pages that may show the chat besides those of the installation, exactly.
    """

    visitor_secrets: tuple[Secret, ...] = Field(min_length=1, max_length=2)
    identity_secrets: tuple[Secret, ...] = Field(default=(), max_length=2)
    origins: tuple[Origin, ...] = Field(default=(), max_length=50)
    widget: WidgetLook = WidgetLook()
    push: PushSettings | None = None
    token_lifetime: timedelta = Field(default=LIFETIME, gt=timedelta(0), le=timedelta(days=400))
