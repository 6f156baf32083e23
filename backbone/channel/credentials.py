"""Proof of who calls where a provider signs nothing: Basic credentials, or a key in the webhook's URL."""

import base64
from collections.abc import Sequence

from pydantic import SecretStr

from backbone.channel import form
from backbone.channel.port import Request
from backbone.channel.signature import same
from backbone.errors import PayloadInvalid, SignatureInvalid, SignatureMissing


def basic(username: str, secret: SecretStr) -> str:
    """The value of an `Authorization` header with Basic credentials (RFC 7617)."""
    return "Basic " + base64.b64encode(f"{username}:{secret.get_secret_value()}".encode()).decode("ascii")


def check_basic(request: Request, username: str, secrets: Sequence[SecretStr]) -> None:
    """Compares the credentials of the request with each active secret, in constant time; an empty one matches nothing.

    Raises `SignatureMissing` where there are none, `SignatureInvalid` where they are not ours.
    """
    given = request.header("authorization")
    if not given:
        raise SignatureMissing
    matches = [same(basic(username, secret), given) for secret in secrets if secret.get_secret_value()]
    if not any(matches):
        raise SignatureInvalid


def check_url_key(request: Request, secrets: Sequence[SecretStr], name: str = "key") -> None:
    """Compares the query's field `name`, which must occur once, with each active secret, as `check_basic` does."""
    try:
        given = form.loads(request.query.encode("utf-8", "surrogatepass")).fields.get(name, ())
    except PayloadInvalid as error:
        raise SignatureMissing from error
    if len(given) != 1 or not given[0]:
        raise SignatureMissing
    matches = [same(secret.get_secret_value(), given[0]) for secret in secrets if secret.get_secret_value()]
    if not any(matches):
        raise SignatureInvalid
