"""Settings of one partner: the secrets of both directions and the address we call."""

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from backbone.channel.port import AccountSettings
from backbone.channel.standard_webhooks import Secrets


def _callable(url: str) -> str:
    """An absolute http or https URL without credentials; where it leads is checked by the caller on connecting."""
    parts = urlsplit(url)
    if parts.scheme not in {"https", "http"} or not parts.hostname or "@" in parts.netloc or parts.fragment:
        raise ValueError("the callback is an absolute http or https URL without credentials and fragment")
    if not url.isascii() or any(character <= " " for character in url):
        raise ValueError("the callback URL holds characters that must be percent-encoded")
    return url


class PartnerSettings(AccountSettings):
    """`inbound_secrets` verify what the partner sends, `callback_secrets` sign what we send; newest first.

    While two callback secrets are active, every call carries both signatures.
    """

    inbound_secrets: Secrets
    callback_secrets: Secrets
    callback_url: Annotated[str, Field(max_length=2000), AfterValidator(_callable)]
