"""Slack's rotated tokens and guarded files: which token goes where."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs

import pytest
from pydantic import SecretStr, ValidationError

from backbone.channel.port import Account, Final, ProviderReply, Transient
from backbone.channel.sources import Token
from services.slack.codec import codec
from services.slack.settings import SlackSettings
from tests.support import channels as support

ROTATED = {"bot_token": None, "client_id": "1.2", "client_secret": "client-secret", "refresh_token": "xoxe-first"}


def account(settings: dict[str, Any] | None = None) -> Account:
    return support.account("slack", settings)


def reply(status: int = 200, **body: Any) -> ProviderReply:
    return ProviderReply(status, (), json.dumps(body).encode())


def test_a_token_that_lasts_is_never_renewed() -> None:
    assert codec.token_call(account(), support.NOW) is None


def test_settings_without_any_token_are_refused() -> None:
    with pytest.raises(ValidationError):
        SlackSettings(signing_secrets=(SecretStr("x"),))


def test_each_refresh_token_is_used_once() -> None:
    first = codec.token_call(account(ROTATED), support.NOW)
    newer = codec.token_call(replace(account(ROTATED), refresh_token=SecretStr("xoxe-second")), support.NOW)
    assert first is not None
    assert newer is not None
    assert parse_qs(first.body.decode())["refresh_token"] == ["xoxe-first"]
    assert parse_qs(newer.body.decode())["refresh_token"] == ["xoxe-second"]


def test_a_new_pair_is_taken_with_its_life() -> None:
    found = codec.token_found(
        reply(ok=True, access_token="xoxe.xoxb-1", refresh_token="xoxe-2", expires_in=43200),
        account(ROTATED),
    )
    assert isinstance(found, Token)
    assert found.value.get_secret_value() == "xoxe.xoxb-1"
    assert found.refresh is not None
    assert found.expires_in == timedelta(hours=12)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (reply(ok=False, error="invalid_refresh_token"), Final),
        (reply(ok=False, error="internal_error"), Transient),
        (reply(429), Transient),
        (reply(503), Transient),
        (reply(ok=True), Final),
        (ProviderReply(200, (), b"<html>"), Final),
    ],
)
def test_other_answers_say_whether_a_person_is_needed(answer: ProviderReply, kind: type) -> None:
    assert isinstance(codec.token_found(answer, account(ROTATED)), kind)


def test_the_fresh_token_goes_before_the_one_that_lasts() -> None:
    fresh = replace(account(), token=SecretStr("xoxe.fresh"))
    call = codec.media_call("https://files.slack.com/files-pri/T1-F1/a.jpg", fresh)
    assert call is not None
    assert dict(call.headers)["authorization"] == "Bearer xoxe.fresh"


def test_a_file_of_another_workspace_is_asked_for_by_its_id() -> None:
    asked = codec.media_call("F123", account())
    assert asked is not None
    assert asked.url == f"{support.PROVIDER}/files.info?file=F123"
    answer = reply(ok=True, file={"url_private_download": "https://files.slack.com/files-pri/T1-F123/a.jpg"})
    found = codec.media_found("F123", answer, account())
    assert found is not None
    assert found.url == "https://files.slack.com/files-pri/T1-F123/a.jpg"


@pytest.mark.parametrize("link", ["https://evil.example.test/a", "http://files.slack.com/a", "F999", ""])
def test_no_token_goes_to_where_an_answer_points_elsewhere(link: str) -> None:
    assert codec.media_found("F123", reply(ok=True, file={"url_private": link}), account()) is None


def test_the_bytes_of_a_file_are_no_place() -> None:
    answer = reply(file={"url_private": "https://files.slack.com/other"})
    assert codec.media_found("https://files.slack.com/a.json", answer, account()) is None
