"""The simulated Amazon's certificates: a root for each account, an intermediate, and the leaf that signs."""

import hashlib
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from backbone.channel.simulated_rsa import simulated_key
from services.alexa import chain

_BEGIN, _END = datetime(2020, 1, 1, tzinfo=UTC), datetime(2049, 1, 1, tzinfo=UTC)
_SPAN = timedelta(days=30)
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""Of the curve P-256 (FIPS 186-4)."""


@lru_cache(maxsize=256)
def root_of(name: str) -> x509.Certificate:
    """The root of this name; its key follows from the name, so that every process can sign below it."""
    key = _key(name)
    return _builder(name, name, key.public_key(), key.public_key(), _BEGIN, _END, signs=True).sign(key, SHA256())


def root_pem(name: str) -> str:
    return root_of(name).public_bytes(Encoding.PEM).decode()


@lru_cache(maxsize=256)
def chain_pem(root: str, day: str, host: str = chain.NAME) -> bytes:
    """Leaf and intermediate below the root of this name, valid a month before and after `day` (ISO 8601)."""
    middle = datetime.fromisoformat(f"{day}T00:00:00+00:00")
    top, between = _key(root), _key(f"{root} intermediate")
    issuing = _builder(f"{root} intermediate", root, between.public_key(), top.public_key(), _BEGIN, _END, signs=True)
    below = _builder(
        host, f"{root} intermediate", simulated_key().public_key(), between.public_key(), middle - _SPAN, middle + _SPAN
    )
    usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
    names = x509.SubjectAlternativeName([x509.DNSName(host)])
    leaf = below.add_extension(names, critical=False).add_extension(usage, critical=False).sign(between, SHA256())
    return b"".join(each.public_bytes(Encoding.PEM) for each in (leaf, issuing.sign(top, SHA256())))


def name_in(pem: str) -> str:
    """The name of the first root in an account's settings; an empty one where there is none."""
    found = chain.roots_of(pem)[0].subject.get_attributes_for_oid(NameOID.COMMON_NAME) if pem else []
    return str(found[0].value) if found else ""


def _builder(
    subject: str,
    issuer: str,
    key: ec.EllipticCurvePublicKey | rsa.RSAPublicKey,
    above: ec.EllipticCurvePublicKey,
    begins: datetime,
    ends: datetime,
    *,
    signs: bool = False,
) -> x509.CertificateBuilder:
    serial = int.from_bytes(hashlib.sha256(f"{subject}/{begins}".encode()).digest()[:15], "big") + 1
    bare = x509.CertificateBuilder(_name(issuer), _name(subject), key, serial, begins, ends)
    limits = x509.BasicConstraints(ca=signs, path_length=None)
    usage = x509.KeyUsage(
        digital_signature=not signs,
        key_cert_sign=signs,
        crl_sign=signs,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
    return (
        bare.add_extension(limits, critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(above), critical=False)
    )


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _key(name: str) -> ec.EllipticCurvePrivateKey:
    number = int.from_bytes(hashlib.sha512(name.encode()).digest(), "big")
    return ec.derive_private_key(number % (_ORDER - 1) + 1, ec.SECP256R1())
