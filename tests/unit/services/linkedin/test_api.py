"""LinkedIn's tokens, and a challenge that signs no webhook."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from pydantic import SecretStr

from backbone.channel import form
from backbone.channel.port import Context, Final, ProviderReply, Request, Transient
from backbone.channel.sources import Token
from backbone.errors import PayloadInvalid, SignatureInvalid
from services.linkedin import urns
from services.linkedin.codec import codec
from tests.support import channels as support

ACCOUNT = support.account("linkedin")


def get(code: str) -> Request:
    query = f"challengeCode={code}"
    return Request("GET", f"{ACCOUNT.webhook_url}?{query}", query, (), b"")


@pytest.mark.parametrize("code", ["hmacsha256%3D%7B%7D", "a%3D", "a.b", "%C3%A9", "a" * 129, "a%0A"])
def test_no_challenge_gets_a_webhook_signed(code: str) -> None:
    context = Context(ACCOUNT, support.NOW)
    with pytest.raises(SignatureInvalid):
        codec.verify(get(code), context)
    with pytest.raises(PayloadInvalid):
        codec.parse(get(code), context)


def reply(status: int, body: Any) -> ProviderReply:
    return ProviderReply(status, (), json.dumps(body).encode())


def test_a_refresh_token_is_changed_for_an_access_token_the_newest_first() -> None:
    known = support.account("linkedin", {"access_token": None, "client_id": "app", "refresh_token": "first"})
    for account, used in ((known, "first"), (replace(known, refresh_token=SecretStr("second")), "second")):
        call = codec.token_call(account, support.NOW)
        assert call is not None
        fields = form.loads(call.body)
        assert (fields.get("refresh_token"), fields.get("client_id")) == (used, "app")
        assert fields.get("client_secret") == account.settings.client_secrets[0].get_secret_value()
    assert codec.token_call(ACCOUNT, support.NOW) is None


def test_tokens_are_read_and_refusals_need_a_person() -> None:
    found = codec.token_found(reply(200, {"access_token": "a", "expires_in": 5184000, "refresh_token": "r"}), ACCOUNT)
    assert found == Token(SecretStr("a"), timedelta(days=60), SecretStr("r"))
    assert codec.token_found(reply(400, {"error": "invalid_grant"}), ACCOUNT) == Final("invalid_grant")
    assert codec.token_found(reply(200, {}), ACCOUNT) == Transient("token_unreadable")
    assert codec.token_found(reply(429, {}), ACCOUNT) == Transient("http_429")


@pytest.mark.parametrize(
    ("urn", "whole"),
    [
        ("urn:li:comment:(urn:li:activity:1,2)", "urn:li:comment:(urn:li:activity:1,2)"),
        ("urn:li:comment:(activity:1,2)", "urn:li:comment:(urn:li:activity:1,2)"),
        ("urn:li:comment:(urn:li:ugcPost:1,2)", "urn:li:comment:(urn:li:ugcPost:1,2)"),
    ],
)
def test_comments_are_named_in_two_ways(urn: str, whole: str) -> None:
    comment = urns.comment_of(urn)
    assert comment is not None
    assert comment.urn == whole


@pytest.mark.parametrize(
    "urn", [None, 7, "", "urn:li:share:1", "urn:li:comment:(urn:li:activity:1,2)\n", "urn:li:comment:(../me,1)"]
)
def test_what_is_no_comment_is_none(urn: object) -> None:
    assert urns.comment_of(urn) is None
