"""Settings of one partner: the secrets of both directions and the address we call."""

import base64
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr

from backbone.channel.port import AccountSettings

PREFIX = "whsec_"


def _well_formed(secret: SecretStr) -> SecretStr:
    """`whsec_` and base64 of 24 to 64 bytes (Standard Webhooks 1.0, "Signature scheme")."""
    text = secret.get_secret_value()
    try:
        key = base64.b64decode(text.removeprefix(PREFIX), validate=True)
    except ValueError:
        key = b""
    if not text.startswith(PREFIX) or not 24 <= len(key) <= 64:
        raise ValueError("a secret is whsec_ and the base64 of 24 to 64 bytes")
    return secret


def _callable(url: str) -> str:
    """An absolute http or https URL without credentials; where it leads is checked by the caller on connecting."""
    parts = urlsplit(url)
    if parts.scheme not in {"https", "http"} or not parts.hostname or "@" in parts.netloc or parts.fragment:
        raise ValueError("the callback is an absolute http or https URL without credentials and fragment")
    if not url.isascii() or any(character <= " " for character in url):
        raise ValueError("the callback URL holds characters that must be percent-encoded")
    return url


WebhookSecret = Annotated[SecretStr, AfterValidator(_well_formed)]
Secrets = Annotated[tuple[WebhookSecret, ...], Field(min_length=1, max_length=2)]


class PartnerSettings(AccountSettings):
    """`inbound_secrets` verify what the partner sends, `callback_secrets` sign what we send; newest first.

    While two callback secrets are active, every call carries both signatures.
    """

    inbound_secrets: Secrets
    callback_secrets: Secrets
    callback_url: Annotated[str, Field(max_length=2000), AfterValidator(_callable)]
