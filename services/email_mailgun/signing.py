"""Mailgun's signature: HMAC-SHA256 over a timestamp and a token that stand in the body, and over nothing else of it."""

import hmac
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import SecretStr

from backbone.channel import json
from backbone.channel.mail.multipart import read_fields
from backbone.channel.mail.provider import is_json
from backbone.channel.replies import child
from backbone.channel.signature import same
from backbone.errors import PayloadInvalid, SignatureInvalid, SignatureMissing, SignatureStale


def check(body: bytes, keys: Sequence[SecretStr], now: datetime, max_age: timedelta) -> None:
    """Any active key passes. Raises `SignatureMissing`, `SignatureInvalid` or `SignatureStale`."""
    timestamp, token, signature = claims(body)
    if not timestamp or not token or not signature:
        raise SignatureMissing("timestamp, token and signature must be in the body")
    active = [key.get_secret_value() for key in keys if key.get_secret_value()]
    matches = [same(sign(key, timestamp, token), signature) for key in active]
    if not any(matches):
        raise SignatureInvalid
    try:
        at = datetime.fromtimestamp(int(timestamp), UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise SignatureInvalid from error
    if abs(now - at) > max_age:
        raise SignatureStale


def sign(key: str, timestamp: str, token: str) -> str:
    return hmac.new(key.encode(), (timestamp + token).encode("utf-8", "surrogatepass"), "sha256").hexdigest()


def claims(body: bytes) -> tuple[str, str, str]:
    """Timestamp, token and signature; empty where they are missing. A form's last ones count: those before may be a
    sender's own variables of the same names.
    """
    try:
        if is_json(body):
            found: Any = child(json.loads(body), "signature")
            values = [found.get(name) for name in ("timestamp", "token", "signature")]
        else:
            form = read_fields(body)
            values = [form.text(name, last=True) for name in ("timestamp", "token", "signature")]
    except PayloadInvalid:
        return "", "", ""
    timestamp, token, signature = (value if isinstance(value, str) else "" for value in values)
    return timestamp, token, signature
