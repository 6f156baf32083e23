"""The web chat visitor's token: who a browser is, proven with a secret of the channel account. Pure; no IO, no clock."""

import hashlib
import hmac
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from pydantic import SecretStr

from backbone.errors import SignatureInvalid, SignatureMissing, SignatureStale

LIFETIME = timedelta(days=30)
_PURPOSE = b"frontdesk visitor token v1\n"
_VISITOR_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_TOKEN = re.compile(r"(?P<visitor>[A-Za-z0-9_-]{1,64})\.(?P<expires>[1-9][0-9]{0,10})\.(?P<mac>[0-9a-f]{64})")


def make_token(visitor_id: str, expires_at: datetime, secret: SecretStr) -> str:
    """`<visitor_id>.<expires>.<mac>`: expiry in whole seconds since 1970, HMAC-SHA256 in hex over the part before it.

    It can't be revoked before it expires, save by taking the secret away. Raises `ValueError` for a visitor id that is
    not 1 to 64 letters, digits, `_` or `-`, and for an empty secret.
    """
    if not _VISITOR_ID.fullmatch(visitor_id):
        raise ValueError("a visitor id is 1 to 64 letters, digits, _ or -")
    if not secret.get_secret_value():
        raise ValueError("an empty secret proves nothing")
    claim = f"{visitor_id}.{int(expires_at.timestamp())}"
    return f"{claim}.{_mac(claim, secret)}"


def check_token(token: str | None, secrets: Sequence[SecretStr], now: datetime) -> str:
    """The visitor id of a token made with one of the active secrets, compared in constant time.

    Raises `SignatureMissing` without a token, `SignatureInvalid` where it is not ours and `SignatureStale` where it is
    ours and over.
    """
    if not token:
        raise SignatureMissing("the request carries no visitor token")
    found = _TOKEN.fullmatch(token)
    if found is None:
        raise SignatureInvalid("the visitor token has another form")
    claim, _, mac = token.rpartition(".")
    usable = [secret for secret in secrets if secret.get_secret_value()]
    matches = [hmac.compare_digest(_mac(claim, secret), mac) for secret in usable]
    if not any(matches):
        raise SignatureInvalid("the visitor token was not made here")
    if now >= datetime.fromtimestamp(int(found["expires"]), UTC):
        raise SignatureStale("the visitor token is over: ask for a new one")
    return found["visitor"]


def claimed_visitor(token: str | None) -> str | None:
    """The visitor id a token names, unchecked: only for a token that `check_token` has passed already."""
    found = _TOKEN.fullmatch(token or "")
    return found["visitor"] if found else None


def bearer(authorization: str | None) -> str | None:
    """The credentials of an `Authorization: Bearer …` header (RFC 6750 §2.1); None where it is absent or of another scheme."""
    scheme, _, credentials = (authorization or "").partition(" ")
    return credentials if scheme.lower() == "bearer" and credentials else None


def _mac(claim: str, secret: SecretStr) -> str:
    return hmac.new(secret.get_secret_value().encode(), _PURPOSE + claim.encode(), hashlib.sha256).hexdigest()
