"""Settings of one partner that speaks CloudEvents."""

from typing import Annotated

from pydantic import Field, SecretStr

from backbone.channel.port import AccountSettings

Secret = Annotated[SecretStr, Field(min_length=16, max_length=1000)]
Origin = Annotated[str, Field(pattern=r"^(\*|[A-Za-z0-9.:/_-]{1,253})$")]


class CloudEventsSettings(AccountSettings):
    """`access_tokens` prove the partner, newest first; `callback_token` proves us where the partner asks for one.

    `allowed_origins` are the senders that may ask whether this address takes their events (`*` for all); events
    of `message_types` are customers' messages, all others are counted and ignored.
    """

    access_tokens: tuple[Secret, ...] = Field(min_length=1, max_length=2)
    allowed_origins: tuple[Origin, ...] = Field(default=(), max_length=20)
    allowed_rate: int = Field(default=600, gt=0, le=1_000_000, description="Requests a minute that senders are told.")
    message_types: tuple[str, ...] = Field(default=("message.received",), min_length=1, max_length=20)
    callback_url: str = Field(max_length=2000, pattern=r"^https?://[^\s?#@]+(\?[^\s#]*)?$")
    callback_token: SecretStr | None = None
    source: str = Field(default="/frontdesk", pattern=r"^[!-~]{1,200}$", description="Who our own events are by.")
