"""The Basic credentials (RFC 7617) that a hook's caller shows."""

import base64
from collections.abc import Sequence

from pydantic import SecretStr

from backbone.channel.port import Request
from backbone.channel.signature import same
from backbone.errors import SignatureInvalid, SignatureMissing


def basic(username: str, secret: str) -> str:
    """The value of the `Authorization` header that the hook's caller sends."""
    return "Basic " + base64.b64encode(f"{username}:{secret}".encode()).decode()


def check_basic(request: Request, username: str, secrets: Sequence[SecretStr]) -> None:
    """Compares the credentials with each active secret, as text, so that every byte counts; an empty one matches nothing.

    Raises `SignatureMissing` where the header is absent or doubled, `SignatureInvalid` where it does not match.
    """
    given = request.header("authorization")
    if not given:
        raise SignatureMissing("the hook needs Basic credentials")
    active = [secret.get_secret_value() for secret in secrets if secret.get_secret_value()]
    matches = [same(basic(username, secret), given) for secret in active]
    if not any(matches):
        raise SignatureInvalid("the hook's credentials are not ours")
