"""Checks HMAC signatures that providers put in a header, over exactly the bytes they signed."""

import base64
import hmac
from collections.abc import Callable, Sequence

from pydantic import SecretStr

from backbone.channel.port import Request
from backbone.errors import SignatureInvalid, SignatureMissing


def hmac_hex(secret: SecretStr, signed: bytes) -> str:
    """HMAC-SHA256 of `signed` in lower-case hex (RFC 2104)."""
    return hmac.digest(secret.get_secret_value().encode(), signed, "sha256").hex()


def hmac_base64(secret: SecretStr, signed: bytes, algorithm: str = "sha256") -> str:
    """HMAC of `signed` in base64 with padding (RFC 2104, RFC 4648 §4)."""
    digest = hmac.new(secret.get_secret_value().encode(), signed, algorithm).digest()
    return base64.b64encode(digest).decode("ascii")


def same(expected: str, given: str) -> bool:
    """Compares in constant time; any text may be given, however odd."""
    return hmac.compare_digest(expected.encode(), given.encode("utf-8", "surrogatepass"))


def check_hmac_header(
    request: Request,
    header: str,
    secrets: Sequence[SecretStr],
    signed: bytes,
    *,
    prefix: str = "",
    of: Callable[[SecretStr, bytes], str] = hmac_hex,
) -> None:
    """Checks that `header` holds `prefix` and the HMAC of `signed` under one of the secrets, written as `of` writes it.

    Every secret is tried, so the time taken does not tell which one matched; an empty secret matches nothing. Raises
    `SignatureMissing` where the header is absent or doubled, `SignatureInvalid` where it does not match.
    """
    given = request.header(header)
    if given is None:
        raise SignatureMissing
    matches = [same(prefix + of(secret, signed), given) for secret in secrets if secret.get_secret_value()]
    if not any(matches):
        raise SignatureInvalid
