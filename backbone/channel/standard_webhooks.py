"""Standard Webhooks 1.0 as a channel's signature; how it is made and compared is `backbone.web.signatures`."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr

from backbone.channel.port import Request
from backbone.web import signatures
from backbone.web.signatures import PREFIX as SECRET_PREFIX
from backbone.web.signatures import TOLERANCE

__all__ = ["SECRET_PREFIX", "TOLERANCE", "Secrets", "WebhookSecret", "check", "headers"]


def _well_formed(secret: SecretStr) -> SecretStr:
    if not signatures.well_formed(secret.get_secret_value()):
        raise ValueError("a secret is whsec_ and the base64 of 24 to 64 bytes")
    return secret


WebhookSecret = Annotated[SecretStr, AfterValidator(_well_formed)]
Secrets = Annotated[tuple[WebhookSecret, ...], Field(min_length=1, max_length=2)]
"""Secrets of an account in its settings, newest first."""


def headers(
    secrets: Sequence[SecretStr], webhook_id: str, at: datetime, body: bytes, *, prefix: str = "webhook"
) -> tuple[tuple[str, str], ...]:
    """The three headers of a signed call, with one signature for each active secret; some providers name them `svix-…`."""
    signed = signatures.headers(secrets, webhook_id, at, body)
    return tuple((f"{prefix}{name.removeprefix('webhook')}", value) for name, value in signed)


def check(request: Request, secrets: Sequence[SecretStr], now: datetime, *, prefix: str = "webhook") -> None:
    """Raises `SignatureMissing`, `SignatureStale` or `SignatureInvalid` as `signatures.check` does."""
    signatures.check(
        webhook_id=request.header(f"{prefix}-id"),
        timestamp=request.header(f"{prefix}-timestamp"),
        signature=request.header(f"{prefix}-signature"),
        body=request.body,
        secrets=secrets,
        now=now,
    )
