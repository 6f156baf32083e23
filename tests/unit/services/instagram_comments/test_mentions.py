"""The picture at which an account is named: asked for with the token, fetched from Meta's hosts without it."""

import json

import pytest

from backbone.channel.port import ProviderReply
from services.instagram_comments import mentions
from services.instagram_comments.mentions import Mention
from tests.support import channels as support

ACCOUNT = support.account("instagram_comments")


@pytest.mark.parametrize("mention", [Mention("1800", None), Mention("1800", "1790")])
def test_a_key_is_read_as_the_mention_it_stands_for(mention: Mention) -> None:
    assert mentions.of_key(mention.thread_key) == mention


@pytest.mark.parametrize("key", ["", "1790", "mention:", "mention:1:2:3", "mention:../me", "mention:1\n", "mention:é"])
def test_any_other_key_is_no_mention(key: str) -> None:
    assert mentions.of_key(key) is None
    assert mentions.media_call(key, ACCOUNT) is None


def test_the_account_asks_for_the_link_of_what_it_is_named_at() -> None:
    call = mentions.media_call("mention:1800:1790", ACCOUNT)
    assert call is not None
    assert call.url == (
        "https://provider.example.test/v23.0/1000000001"
        "?fields=mentioned_media.media_id%281800%29%7Bmedia_url%2Cmedia_type%7D"
    )
    assert dict(call.headers)["authorization"].startswith("Bearer ")


def answer(url: object) -> ProviderReply:
    return ProviderReply(200, (), json.dumps({"mentioned_media": {"media_url": url}}).encode())


def test_the_file_is_fetched_without_the_token() -> None:
    call = mentions.media_found(answer("https://scontent-gmp1-1.cdninstagram.com/v/1.jpg?oe=6123"))
    assert call is not None
    assert (call.method, call.headers) == ("GET", ())


@pytest.mark.parametrize(
    "url",
    [
        None,
        "",
        7,
        "http://a.cdninstagram.com/1.jpg",
        "https://cdninstagram.com.evil.example.test/1.jpg",
        "https://u@a.cdninstagram.com/",
        "https://a.cdninstagram.com:8443/",
        "https://[::1",
    ],
)
def test_a_file_elsewhere_is_not_fetched(url: object) -> None:
    assert mentions.media_found(answer(url)) is None
