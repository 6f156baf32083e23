"""JSON Web Tokens: what is believed, and what a forger may try."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from pydantic import SecretStr

from backbone.channel import jwt
from backbone.channel.port import Request
from backbone.errors import SignatureInvalid, SignatureMissing, SignatureStale

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
SECRET = SecretStr("a-secret-of-some-length")
KEY = rsa.generate_private_key(65537, 2048)
OTHER_KEY = rsa.generate_private_key(65537, 2048)


def test_the_example_of_the_standard_verifies() -> None:
    # RFC 7515, appendix A.1.
    token = (
        "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFt"
        "cGxlLmNvbS9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    )
    key = jwt._decode("AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow")
    read = jwt.read(token)
    jwt.check_hs256(read, (b"", key))
    assert read.claims["iss"] == "joe"


def test_a_token_of_ours_is_believed() -> None:
    token = jwt.read(jwt.sign_hs256({"a": 1}, SECRET))
    jwt.check_hs256(token, (b"another", SECRET.get_secret_value().encode()))
    assert token.claims == {"a": 1}


def test_another_secret_an_empty_one_and_another_text_are_not_believed() -> None:
    text = jwt.sign_hs256({"a": 1}, SECRET)
    for secrets in ((), (b"",), (b"another",)):
        with pytest.raises(SignatureInvalid):
            jwt.check_hs256(jwt.read(text), secrets)
    head, _, tail = text.split(".")
    changed = f"{head}.{jwt._encode(b'{}')}.{tail}"
    with pytest.raises(SignatureInvalid):
        jwt.check_hs256(jwt.read(changed), (SECRET.get_secret_value().encode(),))


@pytest.mark.parametrize("algorithm", ["none", "HS512", "RS256", None, 5])
def test_the_algorithm_is_ours_to_choose(algorithm: Any) -> None:
    token = jwt.read(jwt.sign_hs256({"a": 1}, SECRET, {"alg": algorithm}))
    with pytest.raises(SignatureInvalid):
        jwt.check_hs256(token, (SECRET.get_secret_value().encode(),))


def test_a_published_key_proves_its_signatures_only() -> None:
    token = jwt.read(jwt.sign_rs256({"a": 1}, KEY, {"kid": "1"}))
    jwt.check_rs256(token, jwt.jwk_of(KEY, "1"))
    for key in (jwt.jwk_of(OTHER_KEY, "1"), {}, {"kty": "RSA"}, {"kty": "RSA", "n": "!", "e": "AQAB"}, {"kty": "EC"}):
        with pytest.raises(SignatureInvalid):
            jwt.check_rs256(token, key)


def test_a_short_key_and_a_signature_by_a_shared_secret_are_refused() -> None:
    short = rsa.generate_private_key(65537, 1024)
    with pytest.raises(SignatureInvalid):
        jwt.check_rs256(jwt.read(jwt.sign_rs256({}, short)), jwt.jwk_of(short, "1"))
    with pytest.raises(SignatureInvalid):
        jwt.check_rs256(jwt.read(jwt.sign_hs256({}, SECRET)), jwt.jwk_of(KEY, "1"))


@pytest.mark.parametrize("text", ["", "a.b", "a.b.c.d", "é.a.b", "e30.!.x", "W10.e30.x", "e30." + "a" * 20_000 + ".x"])
def test_what_is_no_token_is_refused(text: str) -> None:
    with pytest.raises(SignatureInvalid):
        jwt.read(text)


@pytest.mark.parametrize(
    ("claims", "error"),
    [
        ({}, SignatureInvalid),
        ({"exp": "soon"}, SignatureInvalid),
        ({"exp": NOW.timestamp() - 301}, SignatureStale),
        ({"exp": NOW.timestamp() + 60, "nbf": NOW.timestamp() + 301}, SignatureStale),
        ({"exp": NOW.timestamp() + 60, "iat": NOW.timestamp() + 301}, SignatureStale),
    ],
)
def test_a_token_out_of_its_time_is_refused(claims: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        jwt.check_times(claims, NOW)


def test_a_clock_may_be_a_little_off() -> None:
    jwt.check_times({"exp": (NOW - timedelta(seconds=299)).timestamp(), "nbf": NOW.timestamp() + 299}, NOW)


def test_the_bearer_is_taken_from_one_header() -> None:
    def request(*values: str) -> Request:
        return Request("POST", "", "", tuple(("Authorization", value) for value in values), b"")

    assert jwt.bearer(request("bearer a.b.c")) == "a.b.c"
    for values in ((), ("Basic x",), ("Bearer a", "Bearer a")):
        with pytest.raises(SignatureMissing):
            jwt.bearer(request(*values))
