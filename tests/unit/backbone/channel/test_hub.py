"""The subscription handshake: the right word brings the challenge back, bare."""

import pytest
from pydantic import SecretStr

from backbone.channel import hub
from backbone.channel.port import Request
from backbone.errors import PayloadInvalid, SignatureInvalid, SignatureMissing

TOKEN = SecretStr("correct horse")


def get(query: str) -> Request:
    return Request("GET", f"https://desk.example.test/hook?{query}", query, (), b"")


def test_the_challenge_comes_back_as_it_was() -> None:
    request = get("hub.mode=subscribe&hub.challenge=a%2Bb+c&hub.verify_token=correct+horse")
    hub.check_token(request, TOKEN)
    response = hub.challenge(request).response
    assert (response.status, response.body, response.media_type) == (200, b"a+b c", "text/plain; charset=utf-8")


@pytest.mark.parametrize("query", ["", "hub.verify_token=", "&" * 5000, "hub.verify_token=%ff"])
def test_no_word_is_missing(query: str) -> None:
    with pytest.raises(SignatureMissing):
        hub.check_token(get(query), TOKEN)


@pytest.mark.parametrize("token", [TOKEN, SecretStr("")])
def test_another_word_is_invalid(token: SecretStr) -> None:
    with pytest.raises(SignatureInvalid):
        hub.check_token(get("hub.verify_token=wrong"), token)


@pytest.mark.parametrize(
    "query",
    [
        "hub.mode=subscribe",
        "hub.challenge=1",
        "hub.mode=unsubscribe&hub.challenge=1",
        "hub.mode=subscribe&hub.challenge=" + "1" * 1025,
    ],
)
def test_what_is_no_handshake_is_refused(query: str) -> None:
    with pytest.raises(PayloadInvalid):
        hub.challenge(get(query))
