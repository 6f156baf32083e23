"""What Vonage's APIs share: the bearer token of its webhooks (HS256, the hex SHA-256 of the body as `payload_hash`, no end)."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from pydantic import SecretStr

from backbone.channel import json, jwt
from backbone.channel.port import Request
from backbone.channel.signature import same
from backbone.errors import PayloadInvalid, SignatureInvalid, SignatureStale

TOLERANCE = timedelta(minutes=5)


def payload_hash(body: bytes) -> str:
    """What the claim of this name holds."""
    return hashlib.sha256(body).hexdigest()


def check(request: Request, secrets: Sequence[SecretStr], now: datetime) -> Mapping[str, Any]:
    """The token's claims. Raises `SignatureMissing`, `SignatureInvalid`, or `SignatureStale` where `iat` is over five minutes from now."""
    token = jwt.read(jwt.bearer(request))
    jwt.check_hs256(token, [secret.get_secret_value().encode() for secret in secrets])
    given = token.claims.get("payload_hash")
    if not isinstance(given, str) or not same(payload_hash(request.body), given.lower()):
        raise SignatureInvalid
    try:
        signed_at = json.instant(token.claims.get("iat"), "iat")
    except PayloadInvalid as error:
        raise SignatureInvalid from error
    if abs(now - signed_at) > TOLERANCE:
        raise SignatureStale
    return token.claims
