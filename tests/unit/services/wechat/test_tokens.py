"""WeChat's access tokens, and its files, which need one."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from pydantic import SecretStr

from backbone.channel.port import Final, HttpCall, ProviderReply, Transient
from backbone.channel.sources import Token, TokenSource
from services.wechat.codec import codec
from tests.support import channels as support

ACCOUNT = support.account("wechat")


def reply(body: object, status: int = 200) -> ProviderReply:
    return ProviderReply(status, (), json.dumps(body).encode())


def test_an_official_account_asks_for_a_token_that_ends_no_other() -> None:
    assert isinstance(codec, TokenSource)
    call = codec.token_call(ACCOUNT, support.NOW)
    assert isinstance(call, HttpCall)
    assert call.url == f"{support.PROVIDER}/cgi-bin/stable_token"
    assert json.loads(call.body)["appid"] == "wx0000000000000001"


def test_an_app_of_wecom_asks_as_its_corporation() -> None:
    call = codec.token_call(support.account("wechat", {"agent_id": 1, "app_id": "ww1"}), support.NOW)
    assert isinstance(call, HttpCall)
    assert call.url.startswith(f"{support.PROVIDER}/cgi-bin/gettoken?corpid=ww1&corpsecret=")


def test_a_token_is_found_with_its_time() -> None:
    found = codec.token_found(reply({"access_token": "T", "expires_in": 7200}), ACCOUNT)
    assert isinstance(found, Token)
    assert (found.value.get_secret_value(), found.expires_in) == ("T", timedelta(hours=2))


@pytest.mark.parametrize(
    ("answer", "meaning"),
    [
        (reply({"errcode": -1}), Transient),
        (reply({"errcode": 45009}), Transient),
        (reply({}, 502), Transient),
        (reply({"errcode": 0}), Transient),
        (reply({"errcode": 40013, "errmsg": "invalid appid"}), Final),
        (reply({"errcode": 40001, "errmsg": "invalid credential"}), Final),
    ],
)
def test_other_answers_pass_or_need_a_person(answer: ProviderReply, meaning: type) -> None:
    assert isinstance(codec.token_found(answer, ACCOUNT), meaning)


def test_a_file_is_asked_for_by_its_id_with_the_fresh_token() -> None:
    call = codec.media_call("wechat://m/1", replace(ACCOUNT, token=SecretStr("fresh")))
    assert call is not None
    assert call.url == f"{support.PROVIDER}/cgi-bin/media/get?access_token=fresh&media_id=m%2F1"
    assert codec.media_call("https://files.example.test/a", ACCOUNT) is None


def test_the_link_of_a_film_is_followed_to_known_hosts_only() -> None:
    good = codec.media_found("wechat://m", reply({"video_url": "https://vweixinf.tc.qq.com/a.mp4"}), ACCOUNT)
    assert good is not None
    assert good.headers == ()
    assert codec.media_found("wechat://m", reply({"video_url": "https://evil.example.test/a"}), ACCOUNT) is None
    assert codec.media_found("wechat://m", ProviderReply(200, (), b"\xff\xd8\xff"), ACCOUNT) is None
