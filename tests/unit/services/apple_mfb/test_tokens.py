"""Apple's tokens: made for us and fresh; ours of the moment of each attempt."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from backbone.channel import jwt
from backbone.channel.port import AttemptSigner, Context, HttpCall, Request
from backbone.errors import SignatureInvalid, SignatureStale
from services.apple_mfb.codec import codec
from services.apple_mfb.settings import key_of
from tests.support import channels as support

ACCOUNT = support.account("apple_mfb")
KEY = key_of(ACCOUNT.settings.api_secrets[0])
CSP = ACCOUNT.settings.csp_id
NOW = int(support.NOW.timestamp())


def request(claims: dict[str, Any], key: bytes = KEY) -> Request:
    token = jwt.sign_hs256(claims, key)
    return Request("POST", ACCOUNT.webhook_url, "", (("authorization", f"Bearer {token}"),), b"{}")


def verify(given: Request) -> bool:
    codec.verify(given, Context(account=ACCOUNT, now=support.NOW))
    return True


@pytest.mark.parametrize("audience", [CSP, ["other", CSP]])
def test_a_fresh_token_for_us_opens(audience: Any) -> None:
    assert verify(request({"aud": audience, "iat": NOW - 10}))


@pytest.mark.parametrize("claims", [{"iat": NOW}, {"aud": "other", "iat": NOW}, {"aud": CSP}, {"aud": 1, "iat": NOW}])
def test_a_token_for_others_or_without_a_time_is_refused(claims: dict[str, Any]) -> None:
    with pytest.raises(SignatureInvalid):
        verify(request(claims))


@pytest.mark.parametrize("drift", [-301, 301])
def test_a_token_of_another_time_is_stale(drift: int) -> None:
    with pytest.raises(SignatureStale):
        verify(request({"aud": CSP, "iat": NOW + drift}))


def test_the_secret_is_read_as_base64() -> None:
    shown = ACCOUNT.settings.api_secrets[0].get_secret_value().encode()
    with pytest.raises(SignatureInvalid):
        verify(request({"aud": CSP, "iat": NOW}, shown))
    with pytest.raises(ValidationError):
        support.account("apple_mfb", {"api_secrets": ["not base64"]})


def test_each_attempt_has_a_token_of_its_moment() -> None:
    assert isinstance(codec, AttemptSigner)
    [call] = codec.render(support.outbound_message(ACCOUNT, content={"text": "hi"}), ACCOUNT)
    assert isinstance(call, HttpCall)
    later = codec.sign_attempt(call, ACCOUNT, support.NOW + timedelta(hours=1))
    token = jwt.read(dict(later.headers)["authorization"].removeprefix("Bearer "))
    jwt.check_hs256(token, [KEY])
    assert token.claims == {"iss": CSP, "iat": NOW + 3600}
    assert replace(later, headers=call.headers) == call
