"""Settings of one business on Apple Messages. The account's external id is the business id, which messages name."""

import base64
import binascii
from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr

from backbone.channel.port import AccountSettings

_SECRET_BYTES_MIN = 16


def key_of(secret: SecretStr) -> bytes:
    """The key that a secret's base64 stands for; empty where it is none."""
    try:
        return base64.b64decode(secret.get_secret_value(), validate=True)
    except (binascii.Error, ValueError):
        return b""


def _checked(secret: SecretStr) -> SecretStr:
    if len(key_of(secret)) < _SECRET_BYTES_MIN:
        raise ValueError(f"the secret is not base64 of at least {_SECRET_BYTES_MIN} bytes")
    return secret


class AppleSettings(AccountSettings):
    """`csp_id` and `api_secrets` are the messaging service provider's (newest first): they sign both ways.

    Each secret is base64, as Apple shows it. `locale` is the language of the messages sent.
    """

    csp_id: str = Field(min_length=1, max_length=128)
    api_secrets: tuple[Annotated[SecretStr, AfterValidator(_checked)], ...] = Field(min_length=1, max_length=2)
    api_base: str = Field(default="https://mspgw.push.apple.com/v1", pattern=r"^https?://[^/?#]+(/[^?#]*)?$")
    media_hosts: tuple[str, ...] = Field(
        default=("icloud-content.com", "icloud.com", "apple.com"), description="Where attachments may be fetched from."
    )
    locale: str = Field(default="en_US", pattern=r"^[a-z]{2}(_[A-Z]{2})?$")
