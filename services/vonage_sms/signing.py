"""The `sig` field that Vonage adds to its webhooks, over all other fields sorted by name."""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from pydantic import SecretStr

from backbone.channel import json
from backbone.channel.signature import same
from backbone.errors import PayloadInvalid, SignatureInvalid, SignatureMissing, SignatureStale

FIELD = "sig"
TIME_FIELD = "timestamp"


def sign(fields: Mapping[str, str], secret: SecretStr, method: str) -> str:
    """Hex digest of `&name=value` for each field by name, with `&` and `=` in values as `_` (Vonage's client libraries).

    `md5hash` hashes that text with the secret behind it; the others are HMACs under the secret.
    """
    text = "".join(
        f"&{name}={fields[name].replace('&', '_').replace('=', '_')}" for name in sorted(fields) if name != FIELD
    ).encode("utf-8", "surrogatepass")
    key = secret.get_secret_value().encode()
    if method == "md5hash":
        # The method is Vonage's; accounts that can choose take a better one.
        return hashlib.md5(text + key, usedforsecurity=False).hexdigest()
    return hmac.new(key, text, method).hexdigest()


def check(
    fields: Mapping[str, str], secrets: Sequence[SecretStr], method: str, now: datetime, tolerance: timedelta
) -> None:
    """Raises `SignatureMissing`, `SignatureInvalid`, or `SignatureStale` where the signed time is too far from now."""
    given = fields.get(FIELD)
    if not given:
        raise SignatureMissing
    matches = [same(sign(fields, secret, method), given.lower()) for secret in secrets if secret.get_secret_value()]
    if not any(matches):
        raise SignatureInvalid
    try:
        signed_at = json.instant(fields.get(TIME_FIELD), TIME_FIELD)
    except PayloadInvalid as error:
        raise SignatureInvalid from error
    if abs(now - signed_at) > tolerance:
        raise SignatureStale
