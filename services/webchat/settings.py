"""Settings of one web chat: its secrets, and how long a visitor's token lives."""

from datetime import timedelta
from typing import Annotated

from pydantic import Field, SecretStr

from backbone.channel.port import AccountSettings
from backbone.channel.visitor import LIFETIME

Secret = Annotated[SecretStr, Field(min_length=32)]


class WebchatSettings(AccountSettings):
    """`visitor_secrets` sign visitor tokens, newest first; the older one verifies until it is taken away."""

    visitor_secrets: tuple[Secret, ...] = Field(min_length=1, max_length=2)
    token_lifetime: timedelta = Field(default=LIFETIME, gt=timedelta(0), le=timedelta(days=400))
