"""A file is asked for as its channel says, with a signature of the moment where the channel signs each call."""

from datetime import timedelta
from typing import Any, cast

from backbone.channel import jwt
from backbone.web.fetcher import Answer, Fetcher
from gateway.accounts import Served
from gateway.media.fetching import fetch
from schemas.content import Media, MediaKind
from tests.support import channels as support

SOUND = b"ID3\x03\x00\x00\x00\x00\x00\x00" + b"\xff\xfb\x90\x00" * 50
VOICE = "https://api.nexmo.com/v1/files/1"
ELSEWHERE = "https://files.example.test/1.mp3"


class Provider:
    """Answers each call with a sound and notes what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, str]]] = []

    async def call(self, method: str, url: str, *, headers: Any, **_: Any) -> Answer:
        self.asked.append((url, dict(headers)))
        return Answer(200, (("content-type", "audio/mpeg"),), SOUND)


async def asked_for(media: Media) -> dict[str, str]:
    """The headers of the call that fetched the file."""
    account = support.account("vonage_voice")
    served = Served(account, support.load("vonage_voice"), "active", 1)
    provider = Provider()
    later = support.NOW + timedelta(hours=5)
    file = await fetch(media, served, cast("Fetcher", provider), later)
    assert file.data == SOUND
    [(url, headers)] = provider.asked
    assert url == (media.provider_ref or media.url)
    return headers


async def test_a_file_at_the_provider_is_asked_for_with_a_token_of_the_moment() -> None:
    headers = await asked_for(Media(kind=MediaKind.VOICE, mime="audio/mpeg", provider_ref=VOICE))
    token = jwt.read(headers["authorization"].removeprefix("Bearer "))
    assert token.claims["iat"] == int((support.NOW + timedelta(hours=5)).timestamp())


async def test_a_plain_link_is_asked_for_without_any_token() -> None:
    assert await asked_for(Media(kind=MediaKind.VOICE, mime="audio/mpeg", url=ELSEWHERE)) == {}
