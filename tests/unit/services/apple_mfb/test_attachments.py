"""Attachments: asked for in two steps with a token of the moment, opened by the key that came with the message."""

import json
from typing import Any, cast

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CTR

from backbone.channel import jwt
from backbone.web.fetcher import Answer, Fetcher
from gateway.accounts import Served
from gateway.media.fetching import NotFetched, fetch
from schemas.content import Media, MediaKind
from services.apple_mfb import attachments
from tests.support import channels as support

KEY = bytes(range(32))
SEALED = {
    "url": "https://p.icloud-content.com/x?a=1&b=2",
    "owner": "o/1",
    "signature-base64": "AQID",
    "key": "00" + KEY.hex(),
}
PICTURE = b"\xff\xd8\xff\xe0" + bytes(200)
LINK = "https://cvws.icloud-content.com/B/1"


class Apple:
    """Gives a link for the attachment, and its sealed bytes behind that link."""

    def __init__(self, data: bytes, link: str = LINK) -> None:
        self.asked: list[tuple[str, dict[str, str]]] = []
        self._data, self._link = data, link

    async def call(self, method: str, url: str, *, headers: Any, **_: Any) -> Answer:
        self.asked.append((url, dict(headers)))
        if url.endswith("/preDownload"):
            return Answer(200, (), json.dumps({"download-url": self._link}).encode())
        return Answer(200, (("content-type", "application/octet-stream"),), self._data)


def sealed(data: bytes) -> bytes:
    encryptor = Cipher(AES(KEY), CTR(bytes(16))).encryptor()
    return encryptor.update(data) + encryptor.finalize()


async def fetched(apple: Apple, attachment: dict[str, str]) -> bytes:
    served = Served(support.account("apple_mfb"), support.load("apple_mfb"), "active", 1)
    ref = attachments.reference(attachment)
    assert ref is not None
    media = Media(kind=MediaKind.IMAGE, mime="image/jpeg", provider_ref=ref)
    return (await fetch(media, served, cast("Fetcher", apple), support.NOW)).data


async def test_an_attachment_is_asked_for_fetched_and_opened() -> None:
    apple = Apple(sealed(PICTURE))
    assert await fetched(apple, SEALED) == PICTURE
    (place, headers), (link, more) = apple.asked
    assert place.endswith("/preDownload")
    assert (headers["url"], headers["owner"], headers["signature"]) == (SEALED["url"], "o/1", "010203")
    assert headers["source-id"] == "1000000001"
    assert jwt.read(headers["authorization"].removeprefix("Bearer ")).claims["iat"] == int(support.NOW.timestamp())
    assert (link, more) == (LINK, {})
    assert KEY.hex() not in f"{headers}"


async def test_a_key_that_does_not_fit_gives_noise_and_a_link_to_strangers_is_not_followed() -> None:
    noise = await fetched(Apple(sealed(PICTURE)), SEALED | {"key": "00" + "7" * 64})
    assert len(noise) == len(PICTURE)
    assert noise != PICTURE
    stranger = Apple(sealed(PICTURE), link="https://evil.example.test/x")
    with pytest.raises(NotFetched, match="not_found"):
        await fetched(stranger, SEALED)
    assert [url for url, _ in stranger.asked if "evil" in url] == []


@pytest.mark.parametrize(
    "odd",
    [
        {"key": "00aa"},
        {"key": "01" + "a" * 64},
        {"owner": ""},
        {"url": "ü"},
        {"signature-base64": "%"},
        {"url": "a\nb"},
    ],
)
def test_what_can_not_be_opened_has_no_reference(odd: dict[str, str]) -> None:
    assert attachments.reference(SEALED | odd) is None


@pytest.mark.parametrize(
    "ref", ["", "sealed:", "sealed:url=1", "sealed:" + "a=1&" * 2000, "https://x.example.test", "sealed:key=%0a"]
)
def test_what_is_no_reference_asks_nobody(ref: str) -> None:
    assert attachments.asked(ref) is None
    assert attachments.opened(ref, b"x") is None
