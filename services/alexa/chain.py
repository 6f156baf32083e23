"""Amazon's certificate chain: where it may stand, whom it must be of, and for how long it is good.

Source: developer.amazon.com, "Manually verify that a request was sent by Alexa". The chain is checked by `cryptography`
(RFC 5280 and the rules of browsers); revocation lists are not asked.
"""

import posixpath
import re
from dataclasses import dataclass
from datetime import datetime
from functools import cache, lru_cache
from urllib.parse import urlsplit

import certifi
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from backbone.errors import ConfigurationInvalid, SignatureInvalid

HOST = "s3.amazonaws.com"
NAME = "echo-api.amazon.com"
_PORT = 443
_PATH = re.compile(r"/echo\.api/[A-Za-z0-9._/-]{1,200}")
_URL_MAX = 500
_CERTIFICATES_MAX = 10
_ROOTS_MAX = 300
_LABELS = (
    "Amazon Root CA 1",
    "Amazon Root CA 2",
    "Amazon Root CA 3",
    "Amazon Root CA 4",
)
"""Amazon Trust Services' own roots, by the labels of certifi's bundle. Its fifth, Starfield's, has a serial number of 0,
which `cryptography` will refuse; chains that go on to it pass one of these."""
_LABELLED = re.compile(r'# Label: "([^"\n]*)"\n[^-]*(-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----)')


@dataclass(frozen=True, slots=True)
class Signer:
    """The leaf's key, and the span in which its whole chain is valid."""

    key: RSAPublicKey
    begins: datetime
    ends: datetime


def url_of(given: str) -> str | None:
    """The address in one spelling; None unless it is https, on Amazon's host, at port 443, under `/echo.api/`.

    Dots in the path are resolved first; escapes, a query and a fragment are never Amazon's.
    """
    try:
        parts = urlsplit(given) if len(given) <= _URL_MAX and given.isascii() else None
        port = parts.port if parts else None
    except ValueError:
        return None
    if parts is None or parts.scheme != "https" or parts.query or parts.fragment or port not in {None, _PORT}:
        return None
    path = posixpath.normpath(parts.path)
    if parts.username is not None or parts.hostname != HOST or not _PATH.fullmatch(path):
        return None
    return f"https://{HOST}{path}"


def key_of(pem: bytes, trusted: str, now: datetime) -> RSAPublicKey:
    """The key that requests are signed with. Raises `SignatureInvalid` unless the chain is Amazon's, trusted and valid now."""
    signer = _signer(pem, trusted)
    if not signer.begins <= now <= signer.ends:
        raise SignatureInvalid("the certificate is not valid now")
    return signer.key


@lru_cache(maxsize=64)
def _signer(pem: bytes, trusted: str) -> Signer:
    """Kept, since a chain is the same for months and checking it takes longer than all else; its span is told, not judged."""
    try:
        leaf, *others = x509.load_pem_x509_certificates(pem)
        if len(others) > _CERTIFICATES_MAX:
            raise SignatureInvalid("the chain is too long")
        policy = PolicyBuilder().store(_store(trusted)).time(leaf.not_valid_before_utc)
        found = policy.build_server_verifier(x509.DNSName(NAME)).verify(leaf, others)
        key = leaf.public_key()
    except (ValueError, VerificationError, ConfigurationInvalid) as error:
        raise SignatureInvalid("the certificate is not one of Amazon's") from error
    if not isinstance(key, RSAPublicKey):
        raise SignatureInvalid("the certificate holds no RSA key")
    begins = max(each.not_valid_before_utc for each in found)
    return Signer(key, begins, min(each.not_valid_after_utc for each in found))


@lru_cache(maxsize=64)
def _store(trusted: str) -> Store:
    return Store(roots_of(trusted or amazon_roots()))


def roots_of(pem: str) -> list[x509.Certificate]:
    """The certificates of a text. Raises `ConfigurationInvalid` where it holds none, or too many."""
    try:
        found = x509.load_pem_x509_certificates(pem.encode("utf-8", "surrogatepass"))
    except ValueError as error:
        raise ConfigurationInvalid("trusted_roots holds no readable certificates (PEM)") from error
    if len(found) > _ROOTS_MAX:
        raise ConfigurationInvalid("trusted_roots holds too many certificates")
    return found


@cache
def amazon_roots() -> str:
    """Amazon's own roots out of certifi's bundle, as PEM: a skill's requests have no reason to end at anybody else's.

    The bundle is read once, as code is: it is part of the installed package.
    """
    return "\n".join(pem for label, pem in _LABELLED.findall(certifi.contents()) if label in _LABELS)
