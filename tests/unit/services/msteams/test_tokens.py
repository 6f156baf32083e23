"""The bot's tokens: how they are had, where they go, and where they never go."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs

import pytest
from pydantic import SecretStr, ValidationError

from backbone.channel.port import Final, ProviderReply, Transient
from backbone.channel.sources import KeySource, Token, TokenSource
from backbone.errors import SignatureInvalid
from services.msteams.codec import codec
from tests.support import channels as support


def account(**settings: Any) -> Any:
    return support.account("msteams", settings)


def reply(status: int = 200, **body: Any) -> ProviderReply:
    return ProviderReply(status, (), json.dumps(body).encode())


def test_the_codec_has_both_optional_parts() -> None:
    assert isinstance(codec, TokenSource)
    assert isinstance(codec, KeySource)


def test_a_token_is_asked_for_with_the_bots_password_in_its_directory() -> None:
    call = codec.token_call(account(token_tenant="contoso.example.test"), support.NOW)
    assert call is not None
    fields = parse_qs(call.body.decode())
    assert call.url == f"{support.PROVIDER}/contoso.example.test/oauth2/v2.0/token"
    assert fields["scope"] == ["https://api.botframework.com/.default"]
    assert fields["client_secret"] == [account().settings.app_password.get_secret_value()]


def test_a_token_is_taken_with_its_life() -> None:
    found = codec.token_found(reply(access_token="t", expires_in=3599), account())
    assert isinstance(found, Token)
    assert found.expires_in == timedelta(seconds=3599)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (reply(401, error="invalid_client"), Final),
        (reply(400, error="unauthorized_client"), Final),
        (reply(429), Transient),
        (reply(503), Transient),
        (reply(200), Transient),
        (ProviderReply(200, (), b"\xff"), Transient),
    ],
)
def test_other_answers_say_whether_a_person_is_needed(answer: ProviderReply, kind: type) -> None:
    assert isinstance(codec.token_found(answer, account()), kind)


def test_the_token_goes_to_the_service_and_nowhere_else() -> None:
    fresh = replace(account(), token=SecretStr("fresh"))
    call = codec.media_call("https://smba.trafficmanager.net/emea/v3/attachments/1/views/original", fresh)
    assert call is not None
    assert dict(call.headers)["authorization"] == "Bearer fresh"
    for link in (
        "https://evil.example.test/a",
        "http://smba.trafficmanager.net/a",
        "https://smba.trafficmanager.net:8443/a",
    ):
        assert codec.media_call(link, fresh) is None


def test_answers_never_go_to_where_a_request_points() -> None:
    message = support.outbound_message(account(), content={"text": "hi"}, thread_key="a:1", recipient="29:1")
    for call in codec.render(message, account()):
        assert call.url.startswith(f"{support.PROVIDER}/teams/")  # type: ignore[union-attr]
    with pytest.raises(ValidationError):
        account(service_url="https://evil.example.test/teams")


def test_without_microsofts_keys_nothing_is_believed() -> None:
    on = account()
    simulator = support.load("msteams").simulator
    request = simulator.inbound(support.simulated("hello"), on, support.NOW)
    context = support.context(on, "msteams")
    codec.verify(request, context)
    for keys in ({}, {on.settings.keys_url: b""}, {on.settings.keys_url: b'{"keys":[{"kid":"other"}]}'}):
        with pytest.raises(SignatureInvalid):
            codec.verify(request, replace(context, keys=keys))
