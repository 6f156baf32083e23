"""Reads and checks JSON Web Tokens (RFC 7519) that providers sign webhooks with: HS256 and RS256 (RFC 7518 §3), no other."""

import base64
import binascii
import hashlib
import hmac
import json as stdlib_json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicNumbers
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from pydantic import SecretStr

from backbone.channel import json
from backbone.channel.port import Request
from backbone.channel.signature import same
from backbone.errors import PayloadInvalid, SignatureInvalid, SignatureMissing, SignatureStale

TOKEN_MAX = 16 * 1024
LEEWAY = timedelta(minutes=5)
_BEARER = "bearer "
_MODULUS_BITS = (2048, 8192)


@dataclass(frozen=True, slots=True)
class Token:
    """A token taken apart and not yet believed. A repr shows nothing of it."""

    header: Mapping[str, Any] = field(repr=False)
    claims: Mapping[str, Any] = field(repr=False)
    signed: bytes = field(repr=False)
    signature: str = field(repr=False)


def bearer(request: Request) -> str:
    """The token of `Authorization: Bearer` (RFC 6750 §2.1); raises `SignatureMissing` where there is none, or two."""
    given = request.header("authorization") or ""
    if given[: len(_BEARER)].lower() != _BEARER:
        raise SignatureMissing
    return given[len(_BEARER) :].strip()


def read(text: str) -> Token:
    """Takes a compact token apart, at most 16 KB; raises `SignatureInvalid` where it is none."""
    pieces = text.split(".") if len(text) <= TOKEN_MAX and text.isascii() else []
    if len(pieces) != 3:
        raise SignatureInvalid
    try:
        header, claims = (json.obj(json.loads(_decode(piece))) for piece in pieces[:2])
    except (PayloadInvalid, ValueError) as error:
        raise SignatureInvalid from error
    return Token(header, claims, f"{pieces[0]}.{pieces[1]}".encode("ascii"), pieces[2])


def check_hs256(token: Token, secrets: Sequence[bytes]) -> None:
    """HMAC-SHA256 under one of the secrets, in constant time; an empty one matches nothing. Raises `SignatureInvalid`."""
    right = token.header.get("alg") == "HS256"
    matches = [same(_hs256(secret, token.signed), token.signature) for secret in secrets if secret]
    if not right or not any(matches):
        raise SignatureInvalid


def check_rs256(token: Token, key: Mapping[str, Any]) -> None:
    """RSASSA-PKCS1-v1_5 under a key of a JWK set (RFC 7517, RFC 7518 §6.3) of 2,048 to 8,192 bits.

    Raises `SignatureInvalid`, also where the key can't be read.
    """
    if token.header.get("alg") != "RS256" or key.get("kty") != "RSA":
        raise SignatureInvalid
    try:
        modulus, exponent = (int.from_bytes(_decode(json.text(key.get(name))), "big") for name in ("n", "e"))
        if not _MODULUS_BITS[0] <= modulus.bit_length() <= _MODULUS_BITS[1] or exponent.bit_length() > 32:
            raise SignatureInvalid
        public = RSAPublicNumbers(exponent, modulus).public_key()
        signature = _decode(token.signature)
        if _encode(signature) != token.signature:
            raise SignatureInvalid
        public.verify(signature, token.signed, PKCS1v15(), SHA256())
    except (PayloadInvalid, InvalidSignature, UnsupportedAlgorithm, ValueError) as error:
        raise SignatureInvalid from error


def check_times(claims: Mapping[str, Any], now: datetime, *, leeway: timedelta = LEEWAY) -> None:
    """`exp` must be there and not past, `nbf` and `iat` not in the future, give or take `leeway` (RFC 7519 §4.1).

    Raises `SignatureStale`, or `SignatureInvalid` where a time can't be read.
    """
    try:
        ends = json.instant(claims.get("exp"), "exp")
        begins = [json.instant(claims[name], name) for name in ("nbf", "iat") if name in claims]
    except PayloadInvalid as error:
        raise SignatureInvalid from error
    if now > ends + leeway or any(now < begin - leeway for begin in begins):
        raise SignatureStale


def sign_hs256(claims: Mapping[str, Any], secret: SecretStr | bytes, header: Mapping[str, Any] | None = None) -> str:
    """A token with these claims, signed with HMAC-SHA256 under the bytes of a secret."""
    signed = _unsigned({"alg": "HS256", "typ": "JWT", **(header or {})}, claims)
    key = secret if isinstance(secret, bytes) else secret.get_secret_value().encode()
    return f"{signed}.{_hs256(key, signed.encode('ascii'))}"


def sign_rs256(claims: Mapping[str, Any], key: RSAPrivateKey, header: Mapping[str, Any] | None = None) -> str:
    """A token with these claims, signed with an RSA key."""
    signed = _unsigned({"alg": "RS256", "typ": "JWT", **(header or {})}, claims)
    return f"{signed}.{_encode(key.sign(signed.encode('ascii'), PKCS1v15(), SHA256()))}"


def sign_es256(claims: Mapping[str, Any], key: EllipticCurvePrivateKey, header: Mapping[str, Any] | None = None) -> str:
    """A token with these claims and no `typ`, signed with a key of P-256 (RFC 7518 §3.4: both numbers in 32 bytes each)."""
    signed = _unsigned({"alg": "ES256", **(header or {})}, claims)
    r, s = decode_dss_signature(key.sign(signed.encode("ascii"), ECDSA(SHA256())))
    return f"{signed}.{_encode(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"


def jwk_of(key: RSAPrivateKey, kid: str) -> dict[str, str]:
    """The public half of a key as a member of a JWK set."""
    numbers = key.public_key().public_numbers()
    parts = {"n": numbers.n, "e": numbers.e}
    encoded = {name: _encode(value.to_bytes((value.bit_length() + 7) // 8, "big")) for name, value in parts.items()}
    return {"kty": "RSA", "use": "sig", "kid": kid, **encoded}


def _unsigned(header: Mapping[str, Any], claims: Mapping[str, Any]) -> str:
    return ".".join(_encode(stdlib_json.dumps(part, separators=(",", ":")).encode()) for part in (header, claims))


def _hs256(secret: bytes, signed: bytes) -> str:
    return _encode(hmac.new(secret, signed, hashlib.sha256).digest())


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def _decode(text: str) -> bytes:
    """Base64url without padding (RFC 7515 §2); raises `ValueError`."""
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError("not base64url") from error
