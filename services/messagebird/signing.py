"""The token in `MessageBird-Signature-JWT`: HS256 over hashes of the URL and the body."""

import hashlib
from collections.abc import Sequence
from datetime import datetime

from pydantic import SecretStr

from backbone.channel import jwt
from backbone.channel.port import Request
from backbone.channel.signature import same
from backbone.errors import SignatureInvalid, SignatureMissing

HEADER = "messagebird-signature-jwt"
ISSUER = "MessageBird"


def claims_of(request: Request) -> dict[str, str]:
    """Hex SHA-256 of the URL as it was called, and of the body where there is one."""
    found = {"url_hash": hashlib.sha256(request.url.encode("utf-8", "surrogatepass")).hexdigest()}
    return found | ({"payload_hash": hashlib.sha256(request.body).hexdigest()} if request.body else {})


def check(request: Request, keys: Sequence[SecretStr], now: datetime) -> None:
    """Raises `SignatureMissing`, `SignatureInvalid`, or `SignatureStale` where the token's time is over or not yet come."""
    given = request.header(HEADER)
    if given is None:
        raise SignatureMissing
    token = jwt.read(given)
    jwt.check_hs256(token, [key.get_secret_value().encode() for key in keys])
    expected = claims_of(request)
    matches = [same(value, str(token.claims.get(name, ""))) for name, value in expected.items()]
    unsigned_body = not request.body and "payload_hash" in token.claims
    if token.claims.get("iss") != ISSUER or unsigned_body or not all(matches):
        raise SignatureInvalid
    jwt.check_times(token.claims, now)
