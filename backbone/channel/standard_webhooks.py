"""The Standard Webhooks 1.0 signature: HMAC-SHA256 over `id.timestamp.body`, several at a time while secrets rotate."""

import base64
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr
from standardwebhooks.webhooks import Webhook

from backbone.channel.port import Request
from backbone.channel.signature import same
from backbone.errors import SignatureInvalid, SignatureMissing, SignatureStale

TOLERANCE = timedelta(minutes=5)
_SECONDS = re.compile(r"[1-9][0-9]{0,10}")
_MAX_SIGNATURES = 16
SECRET_PREFIX = "whsec_"  # noqa: S105  the prefix that every secret has


def _well_formed(secret: SecretStr) -> SecretStr:
    """`whsec_` and base64 of 24 to 64 bytes (Standard Webhooks 1.0, "Signature scheme")."""
    text = secret.get_secret_value()
    try:
        key = base64.b64decode(text.removeprefix(SECRET_PREFIX), validate=True)
    except ValueError:
        key = b""
    if not text.startswith(SECRET_PREFIX) or not 24 <= len(key) <= 64:
        raise ValueError("a secret is whsec_ and the base64 of 24 to 64 bytes")
    return secret


WebhookSecret = Annotated[SecretStr, AfterValidator(_well_formed)]
Secrets = Annotated[tuple[WebhookSecret, ...], Field(min_length=1, max_length=2)]
"""Secrets of an account in its settings, newest first."""


def headers(
    secrets: Sequence[SecretStr], webhook_id: str, at: datetime, body: bytes, *, prefix: str = "webhook"
) -> tuple[tuple[str, str], ...]:
    """The three headers of a signed call, with one signature for each active secret; some providers name them `svix-…`."""
    text = body.decode()
    signatures = [Webhook(secret.get_secret_value()).sign(webhook_id, at, text) for secret in secrets]
    return (
        (f"{prefix}-id", webhook_id),
        (f"{prefix}-timestamp", str(int(at.timestamp()))),
        (f"{prefix}-signature", " ".join(signatures)),
    )


def check(request: Request, secrets: Sequence[SecretStr], now: datetime, *, prefix: str = "webhook") -> None:
    """Any `v1` signature by any active secret passes; other versions (`v1a` is Ed25519) are passed over.

    The library's own `verify` reads the system clock, so the comparison is made here, with the library's signature.
    Raises `SignatureMissing`, `SignatureStale` beyond five minutes from `now` either way, or `SignatureInvalid`.
    """
    webhook_id, timestamp = request.header(f"{prefix}-id"), request.header(f"{prefix}-timestamp")
    given = request.header(f"{prefix}-signature")
    if not webhook_id or not timestamp or not given:
        raise SignatureMissing(f"{prefix}-id, {prefix}-timestamp and {prefix}-signature must each be there once")
    if not _SECONDS.fullmatch(timestamp):
        raise SignatureInvalid(f"{prefix}-timestamp is not a number of seconds")
    at = datetime.fromtimestamp(int(timestamp), UTC)
    if not _matches(given, _expected(secrets, webhook_id, at, request.body)):
        raise SignatureInvalid
    if abs(now - at) > TOLERANCE:
        raise SignatureStale


def _expected(secrets: Sequence[SecretStr], webhook_id: str, at: datetime, body: bytes) -> list[str]:
    try:
        webhook_id.encode()
        text = body.decode()
    except UnicodeError as error:
        raise SignatureInvalid from error
    return [
        Webhook(secret.get_secret_value()).sign(webhook_id, at, text) for secret in secrets if secret.get_secret_value()
    ]


def _matches(given: str, expected: Sequence[str]) -> bool:
    found = False
    for signature in given.split(" ")[:_MAX_SIGNATURES]:
        for wanted in expected:
            found |= same(wanted, signature)
    return found
