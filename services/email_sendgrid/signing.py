"""The signature of the event webhook: ECDSA on P-256 over the timestamp and the raw body."""

import base64
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from backbone.channel.port import Request
from backbone.errors import SignatureInvalid, SignatureMissing, SignatureStale

SIGNATURE = "x-twilio-email-event-webhook-signature"
TIMESTAMP = "x-twilio-email-event-webhook-timestamp"
TOLERANCE = timedelta(minutes=5)


def check(request: Request, keys: Sequence[str], now: datetime) -> None:
    """Any of the keys passes. Raises `SignatureMissing`, `SignatureInvalid`, or `SignatureStale` beyond five minutes."""
    signature, timestamp = request.header(SIGNATURE), request.header(TIMESTAMP)
    if not signature or not timestamp:
        raise SignatureMissing("the signature of the event webhook and its timestamp must each be there once")
    try:
        given = base64.b64decode(signature, validate=True)
        at = datetime.fromtimestamp(int(timestamp) if timestamp.isascii() and timestamp.isdigit() else -1, UTC)
        signed = timestamp.encode() + request.body
    except (ValueError, OverflowError, OSError) as error:
        raise SignatureInvalid from error
    if base64.b64encode(given).decode() != signature or not any(_signed_by(key, given, signed) for key in keys):
        raise SignatureInvalid
    if abs(now - at) > TOLERANCE:
        raise SignatureStale


def _signed_by(key: str, signature: bytes, signed: bytes) -> bool:
    try:
        public = load_der_public_key(base64.b64decode(key, validate=True))
        if not isinstance(public, EllipticCurvePublicKey):
            return False
        public.verify(signature, signed, ECDSA(SHA256()))
    except (ValueError, InvalidSignature):
        return False
    return True
