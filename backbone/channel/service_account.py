"""Access tokens of Google's APIs for a service account: a signed assertion for a token (RFC 7523 §2.1, no refresh token).

Pure: the key and the time are handed in. A codec whose provider is Google makes its `TokenSource` of these.
Source: developers.google.com, "Using OAuth 2.0 for Server to Server Applications".
"""

from datetime import datetime, timedelta
from functools import lru_cache
from typing import Annotated

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from pydantic import AfterValidator, SecretStr

from backbone.channel import form, json
from backbone.channel.jwt import sign_rs256
from backbone.channel.port import Final, HttpCall, ProviderReply, Throttled, Transient
from backbone.channel.replies import by_status, json_object
from backbone.channel.sources import Token
from backbone.errors import ConfigurationInvalid

TOKEN_URL = "https://oauth2.googleapis.com/token"  # noqa: S105 (a public address)
GRANT_TYPE = "urn:ietf:params:oauth:grant-type:jwt-bearer"
LIFETIME = timedelta(hours=1)
"""The longest that Google accepts."""
KEY_BITS_MIN = 2048
KEY_CHARACTERS_MAX = 20_000
DETAIL_MAX = 300
EXPIRES_MAX = timedelta(days=1)


def assertion(email: str, private_key_pem: SecretStr, scope: str, audience: str, now: datetime) -> str:
    """A JSON Web Token by RS256 (RFC 7515, RFC 7519) in which `email` asks for `scope` at `audience`, good for an hour.

    `scope` holds one or more scopes with a space between them; `audience` is the URL of the token endpoint. The same input
    gives the same token. Raises `ConfigurationInvalid` where the key is no RSA key of at least 2,048 bits.
    """
    issued = int(now.timestamp())
    claims = {
        "iss": email,
        "scope": scope,
        "aud": audience,
        "iat": issued,
        "exp": issued + int(LIFETIME.total_seconds()),
    }
    return sign_rs256(claims, private_key(private_key_pem))


def token_call(url: str, assertion: str) -> HttpCall:
    """The call that changes an assertion for an access token at `url`, which must be the assertion's audience."""
    body = form.dumps([("grant_type", GRANT_TYPE), ("assertion", assertion)])
    return HttpCall("POST", url, (("content-type", form.MEDIA_TYPE), ("accept", "application/json")), body)


def token_found(reply: ProviderReply) -> Token | Transient | Final:
    """What the answer says: a token, try again, or a person must act (a key taken back, a scope that isn't granted).

    Raises nothing. An answer of success that can't be read is `Transient`: asking again does no harm.
    """
    body = json_object(reply)
    if 200 <= reply.status < 300:
        value, seconds = json.optional_text(body.get("access_token")), body.get("expires_in")
        if value and isinstance(seconds, (int, float)) and not isinstance(seconds, bool) and seconds > 0:
            limit = EXPIRES_MAX.total_seconds()
            return Token(SecretStr(value), timedelta(seconds=min(float(seconds), limit)))
        return Transient("token_unreadable")
    detail = (json.optional_text(body.get("error_description")) or "")[:DETAIL_MAX]
    outcome = by_status(reply, json.optional_text(body.get("error")) or "", detail)
    if isinstance(outcome, Throttled):
        return Transient(outcome.code, detail, outcome.retry_after)
    return outcome if isinstance(outcome, (Transient, Final)) else Transient("token_unreadable")


@lru_cache(maxsize=256)
def private_key(private_key_pem: SecretStr) -> RSAPrivateKey:
    """The key of a PEM; its checks are dear, so it is kept. Raises `ConfigurationInvalid` as `assertion` does."""
    pem = private_key_pem.get_secret_value()
    try:
        if len(pem) > KEY_CHARACTERS_MAX:
            raise ValueError("the key is too long")
        key = load_pem_private_key(pem.encode("utf-8", "surrogatepass"), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        # The cause is left out: some of these errors quote the key.
        raise ConfigurationInvalid("the private key is no readable PEM (PKCS#8)") from None
    if not isinstance(key, RSAPrivateKey) or key.key_size < KEY_BITS_MIN:
        raise ConfigurationInvalid(f"the private key is no RSA key of at least {KEY_BITS_MIN} bits")
    return key


def _checked(private_key_pem: SecretStr) -> SecretStr:
    try:
        private_key(private_key_pem)
    except ConfigurationInvalid as error:
        raise ValueError(error.detail) from None
    return private_key_pem


PrivateKeyPem = Annotated[SecretStr, AfterValidator(_checked)]
"""A settings field for the `private_key` of a service account's file: refused when an account is made, not when it sends."""
