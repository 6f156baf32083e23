"""Tokens for a service account: the assertion verifies with its public key, and each answer has a meaning."""

import base64
import json
from datetime import UTC, datetime, timedelta
from functools import cache

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from pydantic import BaseModel, SecretStr, ValidationError

from backbone.channel import form, service_account
from backbone.channel.port import Final, ProviderReply, Transient
from backbone.channel.sources import Token
from backbone.errors import ConfigurationInvalid

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
URL = "https://oauth2.example.test/token"


@cache
def rsa_key(bits: int = 2048) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, bits)


def pem(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> SecretStr:
    return SecretStr(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode())


def decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def test_the_assertion_says_who_asks_for_what_and_is_signed_by_the_key() -> None:
    token = service_account.assertion("desk@project.example.test", pem(rsa_key()), "scope/a scope/b", URL, NOW)
    head, claims, signature = token.split(".")
    assert json.loads(decoded(head)) == {"alg": "RS256", "typ": "JWT"}
    assert json.loads(decoded(claims)) == {
        "iss": "desk@project.example.test",
        "scope": "scope/a scope/b",
        "aud": URL,
        "iat": int(NOW.timestamp()),
        "exp": int(NOW.timestamp()) + 3600,
    }
    rsa_key().public_key().verify(decoded(signature), f"{head}.{claims}".encode(), padding.PKCS1v15(), SHA256())
    assert "=" not in token


def test_the_same_input_gives_the_same_assertion() -> None:
    arguments = ("desk@project.example.test", pem(rsa_key()), "scope", URL, NOW)
    assert service_account.assertion(*arguments) == service_account.assertion(*arguments)


def test_the_call_is_a_form_with_the_grant_type() -> None:
    call = service_account.token_call(URL, "a.b.c")
    assert (call.method, call.url) == ("POST", URL)
    fields = form.loads(call.body)
    assert fields.get("grant_type") == "urn:ietf:params:oauth:grant-type:jwt-bearer"
    assert fields.get("assertion") == "a.b.c"
    assert "a.b.c" not in repr(call)


@pytest.mark.parametrize(
    "broken",
    [
        SecretStr(""),
        SecretStr("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"),
        SecretStr("x" * 30_000),
        SecretStr("\ud800"),
    ],
    ids=["empty", "torn", "long", "surrogate"],
)
def test_a_key_that_can_not_be_read_is_a_wrong_setting(broken: SecretStr) -> None:
    with pytest.raises(ConfigurationInvalid) as caught:
        service_account.assertion("a@example.test", broken, "scope", URL, NOW)
    assert caught.value.__suppress_context__
    assert "AAAA" not in str(caught.value)


def test_a_short_or_another_kind_of_key_is_a_wrong_setting() -> None:
    for key in (pem(rsa_key(1024)), pem(ec.generate_private_key(ec.SECP256R1()))):
        with pytest.raises(ConfigurationInvalid):
            service_account.assertion("a@example.test", key, "scope", URL, NOW)


def test_a_settings_field_refuses_a_bad_key_at_once() -> None:
    class Settings(BaseModel):
        private_key: service_account.PrivateKeyPem

    assert Settings(private_key=pem(rsa_key())).private_key == pem(rsa_key())
    with pytest.raises(ValidationError):
        Settings(private_key=SecretStr("no key"))


def answer(status: int, body: object, headers: tuple[tuple[str, str], ...] = ()) -> ProviderReply:
    return ProviderReply(status, headers, json.dumps(body).encode())


def test_a_token_is_read_with_its_span() -> None:
    found = service_account.token_found(answer(200, {"access_token": "ya29.x", "expires_in": 3599}))
    assert found == Token(SecretStr("ya29.x"), timedelta(seconds=3599))
    assert "ya29.x" not in repr(found)


def test_a_span_beyond_reason_is_cut_to_a_day() -> None:
    found = service_account.token_found(answer(200, {"access_token": "t", "expires_in": 10**15}))
    assert found == Token(SecretStr("t"), timedelta(days=1))


@pytest.mark.parametrize(
    "body", [{}, [], {"access_token": ""}, {"access_token": "t"}, {"access_token": "t", "expires_in": True}]
)
def test_a_success_that_can_not_be_read_is_asked_again(body: object) -> None:
    assert service_account.token_found(answer(200, body)) == Transient("token_unreadable")


def test_a_refusal_needs_a_person() -> None:
    body = {"error": "invalid_grant", "error_description": "Invalid JWT Signature."}
    assert service_account.token_found(answer(400, body)) == Final("invalid_grant", "Invalid JWT Signature.")


def test_a_busy_provider_is_asked_again() -> None:
    slow = answer(429, {"error": "rate_limit_exceeded"}, (("retry-after", "30"),))
    assert service_account.token_found(slow) == Transient("rate_limit_exceeded", "", timedelta(seconds=30))
    assert service_account.token_found(ProviderReply(503)) == Transient("http_503")
