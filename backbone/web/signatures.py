"""The Standard Webhooks 1.0 signature, both ways: HMAC-SHA256 over `id.timestamp.body`, several at a time while secrets rotate."""

import base64
import hmac
import re
import secrets as random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from pydantic import SecretStr
from standardwebhooks.webhooks import Webhook

from backbone.errors import SignatureInvalid, SignatureMissing, SignatureStale

PREFIX = "whsec_"
TOLERANCE = timedelta(minutes=5)
SECONDS = re.compile(r"[1-9][0-9]{0,10}")
SIGNATURES_MOST = 16
_KEY_BYTES = 32


def make_secret() -> SecretStr:
    """A fresh secret of 256 random bits, as `whsec_` and base64."""
    return SecretStr(PREFIX + base64.b64encode(random.token_bytes(_KEY_BYTES)).decode())


def well_formed(secret: str) -> bool:
    """`whsec_` and base64 of 24 to 64 bytes (Standard Webhooks 1.0, "Signature scheme")."""
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except ValueError:
        return False
    return secret.startswith(PREFIX) and 24 <= len(key) <= 64


def headers(secrets: Sequence[SecretStr], webhook_id: str, at: datetime, body: bytes) -> tuple[tuple[str, str], ...]:
    """The three headers of a signed call, with one signature for each active secret."""
    text = body.decode()
    signatures = [Webhook(secret.get_secret_value()).sign(webhook_id, at, text) for secret in secrets]
    return (
        ("webhook-id", webhook_id),
        ("webhook-timestamp", str(int(at.timestamp()))),
        ("webhook-signature", " ".join(signatures)),
    )


def check(
    *,
    webhook_id: str | None,
    timestamp: str | None,
    signature: str | None,
    body: bytes,
    secrets: Sequence[SecretStr],
    now: datetime,
) -> None:
    """Any `v1` signature by any active secret passes; other versions (`v1a` is Ed25519) are passed over.

    The library's own `verify` reads the system clock, so the comparison is made here, with the library's signature.
    Raises `SignatureMissing`, `SignatureStale` beyond five minutes from `now` either way, or `SignatureInvalid`.
    """
    if not webhook_id or not timestamp or not signature:
        raise SignatureMissing("webhook-id, webhook-timestamp and webhook-signature must each be there once")
    if not SECONDS.fullmatch(timestamp):
        raise SignatureInvalid("webhook-timestamp is not a number of seconds")
    at = datetime.fromtimestamp(int(timestamp), UTC)
    if not matches(signature, _expected(secrets, webhook_id, at, body)):
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


def matches(given: str, expected: Sequence[str]) -> bool:
    """Whether one of the signatures that `given` lists is one of those expected, in constant time for each pair."""
    found = False
    for signature in given.split(" ")[:SIGNATURES_MOST]:
        for wanted in expected:
            found |= hmac.compare_digest(wanted.encode(), signature.encode(errors="replace"))
    return found
