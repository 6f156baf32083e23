"""TikTok's access tokens: renewed with the newest refresh token, and gone when the owner takes the consent back."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from pydantic import SecretStr

from backbone.channel.port import Final, HttpCall, ProviderReply, Transient
from backbone.channel.sources import Token, TokenSource
from services.tiktok.codec import codec
from tests.support import channels as support

ACCOUNT = support.account("tiktok", {"refresh_token": "rft.first"})


def reply(status: int, body: object) -> ProviderReply:
    return ProviderReply(status, (), json.dumps(body).encode())


def test_the_codec_is_a_source_of_tokens() -> None:
    assert isinstance(codec, TokenSource)


def test_a_token_is_asked_for_with_the_newest_refresh_token() -> None:
    first = codec.token_call(ACCOUNT, support.NOW)
    later = codec.token_call(replace(ACCOUNT, refresh_token=SecretStr("rft.second")), support.NOW)
    assert isinstance(first, HttpCall)
    assert isinstance(later, HttpCall)
    assert first.url.endswith("/tt_user/oauth2/refresh_token/")
    assert json.loads(first.body)["refresh_token"] == "rft.first"
    assert json.loads(later.body)["refresh_token"] == "rft.second"


def test_without_a_refresh_token_there_is_nothing_to_ask_for() -> None:
    assert codec.token_call(support.account("tiktok"), support.NOW) is None


def test_an_answer_holds_both_tokens() -> None:
    data = {"access_token": "act.2", "refresh_token": "rft.2", "expires_in": 86400}
    found = codec.token_found(reply(200, {"code": 0, "data": data}), ACCOUNT)
    assert isinstance(found, Token)
    assert (found.value.get_secret_value(), found.expires_in) == ("act.2", timedelta(days=1))
    assert found.refresh is not None
    assert found.refresh.get_secret_value() == "rft.2"


@pytest.mark.parametrize(
    ("answer", "meaning"),
    [
        (reply(200, {"code": 40002, "message": "refresh token revoked"}), Final),
        (reply(200, {"code": 50000}), Transient),
        (reply(503, {}), Transient),
        (reply(200, {"code": 0, "data": {}}), Transient),
        (reply(200, {"code": 0, "data": {"access_token": "a", "expires_in": -1}}), Transient),
        (reply(200, []), Transient),
    ],
)
def test_other_answers_pass_or_need_a_person(answer: ProviderReply, meaning: type) -> None:
    assert isinstance(codec.token_found(answer, ACCOUNT), meaning)


def test_calls_use_the_token_that_is_fresh() -> None:
    message = support.outbound_message(ACCOUNT, content={"text": "hi"})
    [static] = codec.render(message, ACCOUNT)
    [fresh] = codec.render(message, replace(ACCOUNT, token=SecretStr("act.fresh")))
    assert isinstance(static, HttpCall)
    assert isinstance(fresh, HttpCall)
    assert dict(static.headers)["access-token"] == ACCOUNT.settings.access_token.get_secret_value()
    assert dict(fresh.headers)["access-token"] == "act.fresh"
