"""Notifications with Google's token: only the account's own, for this URL, in time, by a key that Google publishes."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from functools import cache
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from backbone.channel import jwt
from backbone.channel.port import Context, Request
from backbone.errors import SignatureInvalid, SignatureMissing, SignatureStale, Unauthenticated
from services.google_business_reviews.codec import codec
from services.google_business_reviews.push import KEYS_URL
from tests.support import channels as support

ACCOUNT = support.account("google_business_reviews", {"push_email": "push@shop.example.test"})
NOW = support.NOW
CLAIMS: Mapping[str, Any] = {
    "iss": "https://accounts.google.com",
    "aud": ACCOUNT.webhook_url,
    "email": "push@shop.example.test",
    "email_verified": True,
    "iat": int(NOW.timestamp()),
    "exp": int(NOW.timestamp()) + 3600,
}


@cache
def key(name: str) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


def context(*published: str) -> Context:
    keys = json.dumps({"keys": [jwt.jwk_of(key(name), name) for name in published]}).encode()
    return Context(ACCOUNT, NOW, keys={KEYS_URL: keys})


def push(claims: Mapping[str, Any], signed_by: str = "one", kid: str = "one") -> Request:
    token = jwt.sign_rs256(claims, key(signed_by), {"kid": kid})
    headers = (("authorization", f"Bearer {token}"),)
    return Request("POST", ACCOUNT.webhook_url, "", headers, b'{"message":{"messageId":"1"}}')


def test_a_notification_with_googles_token_is_believed() -> None:
    codec.verify(push(CLAIMS), context("two", "one"))
    assert codec.parse(push(CLAIMS), context("one")).poll_now


@pytest.mark.parametrize(
    "changed",
    [
        {"iss": "https://evil.example.test"},
        {"iss": ["https://accounts.google.com"]},
        {"aud": "https://other.example.test/"},
        {"aud": None},
        {"email": "somebody@evil.example.test"},
        {"email_verified": "true"},
        {"email_verified": False},
    ],
)
def test_a_token_for_somebody_else_is_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(SignatureInvalid):
        codec.verify(push({**CLAIMS, **changed}), context("one"))


def test_an_old_token_is_stale() -> None:
    late = replace(context("one"), now=NOW + timedelta(hours=2))
    with pytest.raises(SignatureStale):
        codec.verify(push(CLAIMS), late)


def test_a_key_that_google_does_not_publish_signs_nothing() -> None:
    for request, known in (
        (push(CLAIMS, "two", "one"), context("one")),
        (push(CLAIMS, "two", "two"), context("one")),
        (push(CLAIMS), context("one", "one")),
        (push(CLAIMS), Context(ACCOUNT, NOW)),
        (push(CLAIMS), Context(ACCOUNT, NOW, keys={KEYS_URL: b"<html>"})),
    ):
        with pytest.raises(SignatureInvalid):
            codec.verify(request, known)


def test_no_token_is_missing_even_with_the_key_of_the_url() -> None:
    bare = replace(push(CLAIMS), headers=())
    with pytest.raises(SignatureMissing):
        codec.verify(with_url_key(bare), context("one"))


def with_url_key(request: Request) -> Request:
    return support.load("google_business_reviews").simulator.sign(request, ACCOUNT, NOW)


def test_keys_are_fetched_only_where_a_token_is_asked_for() -> None:
    assert list(codec.key_urls(push(CLAIMS), ACCOUNT)) == [KEYS_URL]
    assert not codec.key_urls(push(CLAIMS), support.account("google_business_reviews"))


def test_without_token_and_key_nothing_is_believed() -> None:
    account = support.account("google_business_reviews", {"push_keys": []})
    for query in ("", "key=", "key=guessed"):
        with pytest.raises(Unauthenticated):
            codec.verify(Request("POST", account.webhook_url, query, (), b"{}"), Context(account, NOW))
