"""TikTok's files: three names ask for a place, and the place must be TikTok's."""

import json

import pytest

from backbone.channel.port import HttpCall, ProviderReply
from services.tiktok.codec import codec
from tests.support import channels as support

ACCOUNT = support.account("tiktok")
REF = "image/conv-1/msg-1/media%2F1"


def found(url: object) -> HttpCall | None:
    body = json.dumps({"code": 0, "data": {"download_url": url}}).encode()
    return codec.media_found(REF, ProviderReply(200, (), body), ACCOUNT)


def test_a_reference_asks_by_its_names() -> None:
    call = codec.media_call(REF, ACCOUNT)
    assert call is not None
    assert json.loads(call.body) == {
        "business_id": "1000000001",
        "conversation_id": "conv-1",
        "message_id": "msg-1",
        "media_id": "media/1",
        "media_type": "IMAGE",
    }


@pytest.mark.parametrize("ref", ["", "image/conv/msg", "image/conv/msg/", "https://evil.example.test/a"])
def test_another_reference_asks_nothing(ref: str) -> None:
    call = codec.media_call(ref, ACCOUNT)
    assert call is None or call.url.startswith(support.PROVIDER)


def test_a_place_on_a_known_host_is_fetched_without_the_token() -> None:
    call = found("https://p16-sign.tiktokcdn.com/a.jpg?x=1")
    assert call is not None
    assert (call.method, call.headers) == ("GET", ())


@pytest.mark.parametrize(
    "url",
    [
        None,
        17,
        "http://p16.tiktokcdn.com/a",
        "https://tiktokcdn.com.evil.example.test/a",
        "https://eviltiktokcdn.com/a",
        "https://user@tiktokcdn.com/a",
        "https://tiktokcdn.com:444/a",
        "https://[::1/a",
        "https://evil.example.test\\.tiktokcdn.com/a",
    ],
)
def test_any_other_place_is_left_alone(url: object) -> None:
    assert found(url) is None
