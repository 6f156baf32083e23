"""The signature of Amazon SNS: RSA over the fields it names, by a certificate that stands on a host of Amazon's."""

import base64
import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.x509 import Certificate, load_pem_x509_certificate

from backbone.channel import json
from backbone.channel.mail.reports import moment
from backbone.errors import PayloadInvalid, SignatureInvalid, SignatureMissing, SignatureStale

HOST = re.compile(r"sns\.[a-z]{2,3}(?:-[a-z]{1,12}){1,3}-\d{1,2}\.amazonaws\.com(?:\.cn)?")
_SIGNED: Mapping[str, Sequence[str]] = {
    "Notification": ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    "SubscriptionConfirmation": ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
    "UnsubscribeConfirmation": ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
}
_HASHES: Mapping[str, type[SHA1 | SHA256]] = {"1": SHA1, "2": SHA256}


def envelope(body: bytes) -> Mapping[str, Any]:
    """The envelope, which comes as text/plain. Raises `PayloadInvalid`."""
    return json.obj(json.loads(body), "the body")


def certificate_url(body: bytes) -> str | None:
    """Where the certificate stands; None where that is on no host of SNS's own."""
    try:
        return _certificate_url(envelope(body))
    except PayloadInvalid:
        return None


def _certificate_url(found: Mapping[str, Any]) -> str | None:
    url = found.get("SigningCertURL")
    try:
        parts = urlsplit(url) if isinstance(url, str) and len(url) < 500 and url.isascii() else None
        plain = (
            parts is not None
            and parts.port is None
            and parts.username is None
            and not parts.query
            and not parts.fragment
        )
    except ValueError:
        return None
    if parts is None or not plain or parts.scheme != "https" or not HOST.fullmatch(parts.netloc):
        return None
    return parts.geturl() if parts.path.endswith(".pem") else None


def check(body: bytes, topics: Sequence[str], keys: Mapping[str, bytes], now: datetime, max_age: timedelta) -> None:
    """The signature by the certificate in `keys`, the topic, and the time. Raises as a codec's `verify`."""
    try:
        found = envelope(body)
    except PayloadInvalid as error:
        raise SignatureInvalid("the body is not a notification of SNS") from error
    signature, version = found.get("Signature"), found.get("SignatureVersion")
    if not isinstance(signature, str) or not signature:
        raise SignatureMissing
    algorithm = _HASHES.get(version) if isinstance(version, str) else None
    certificate = keys.get(_certificate_url(found) or "")
    if algorithm is None or certificate is None or found.get("TopicArn") not in topics:
        raise SignatureInvalid
    _check_rsa(certificate, signature, canonical(found), algorithm(), now)
    at = moment(found.get("Timestamp"))
    if at is None or abs(now - at) > max_age:
        raise SignatureStale


def canonical(found: Mapping[str, Any]) -> bytes:
    """Name and value of each signed field on lines of their own, in the order of their names; absent ones are left out."""
    names = _SIGNED.get(str(found.get("Type")), ())
    values = [(name, found.get(name)) for name in names]
    if not names or any(value is not None and not isinstance(value, str) for _, value in values):
        raise SignatureInvalid
    return "".join(f"{name}\n{value}\n" for name, value in values if value is not None).encode("utf-8", "surrogatepass")


def _check_rsa(certificate: bytes, signature: str, signed: bytes, algorithm: SHA1 | SHA256, now: datetime) -> None:
    try:
        read = _certificate(certificate)
        public = read.public_key()
        if not isinstance(public, RSAPublicKey) or not read.not_valid_before_utc <= now <= read.not_valid_after_utc:
            raise SignatureInvalid("the certificate is not one to trust now")
        public.verify(base64.b64decode(signature, validate=True), signed, PKCS1v15(), algorithm)
    except (ValueError, InvalidSignature) as error:
        raise SignatureInvalid from error


@lru_cache(maxsize=16)
def _certificate(pem: bytes) -> Certificate:
    """Amazon signs all mails of a region by one certificate for months."""
    return load_pem_x509_certificate(pem)
