import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from backbone.channel.port import Account, Context, Request
from backbone.clock import ManualClock
from backbone.errors import CallFailed, FrontdeskError, SignatureInvalid, Unavailable, UrlRefused
from backbone.web.fetcher import Answer
from gateway.inbound import keys as module
from gateway.inbound.keys import KeyCache
from tests.support.gateway import PlainCodec, batch, message, open_door, plain_channel, served, sign
from tests.support.time import manual_clock

URL = "https://keys.example.test/jwks"


@dataclass
class Provider:
    """Answers with what stands at a URL now; an error is raised in place of an answer."""

    stands: dict[str, bytes | int | FrontdeskError] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    gate: asyncio.Event | None = None

    async def call(self, _method: str, url: str, *, deadline: timedelta, most: int) -> Answer:
        assert deadline <= timedelta(seconds=5)
        assert most <= 1024 * 1024
        self.asked.append(url)
        if self.gate is not None:
            await self.gate.wait()
        found = self.stands.get(url, 404)
        if isinstance(found, FrontdeskError):
            raise found
        return Answer(found, (), b"") if isinstance(found, int) else Answer(200, (), found)


class KeyedCodec(PlainCodec):
    """Signed with whatever key stands at the URL."""

    def key_urls(self, request: Request, account: Account) -> Sequence[str]:
        return [URL]

    def verify(self, request: Request, context: Context) -> None:
        key = context.keys.get(URL)
        if key is None or request.header("x-test-signature") != sign(request.body, key.decode()):
            raise SignatureInvalid


def keyed() -> tuple[Provider, KeyCache, ManualClock]:
    provider, clock = Provider({URL: b"first"}), manual_clock()
    return provider, KeyCache(provider, clock), clock


def request(key: str) -> Request:
    return Request("POST", "https://desk.example.test", "", (("x-test-signature", sign(b"[]", key)),), b"[]")


def account() -> tuple[object, Context]:
    channel = plain_channel()
    object.__setattr__(channel, "codec", KeyedCodec())
    one = served(channel=channel)
    return one, Context(one.account, manual_clock().now())


async def verify(cache: KeyCache, key: str) -> Context:
    one, context = account()
    return await cache.verify(one, request(key), context)  # type: ignore[arg-type]


async def test_keys_are_fetched_once_an_hour_and_handed_to_the_codec() -> None:
    provider, cache, clock = keyed()
    assert (await verify(cache, "first")).keys == {URL: b"first"}
    clock.advance(timedelta(minutes=59))
    await verify(cache, "first")
    assert len(provider.asked) == 1
    clock.advance(timedelta(minutes=2))
    await verify(cache, "first")
    assert len(provider.asked) == 2


async def test_a_signature_by_a_new_key_is_believed_after_one_more_look_but_forgeries_ask_at_most_once_a_minute() -> (
    None
):
    provider, cache, clock = keyed()
    await verify(cache, "first")
    provider.stands[URL] = b"second"
    with pytest.raises(SignatureInvalid):
        await verify(cache, "second")
    clock.advance(timedelta(seconds=61))
    await verify(cache, "second")
    assert len(provider.asked) == 2
    for _ in range(10):
        with pytest.raises(SignatureInvalid):
            await verify(cache, "forged")
    assert len(provider.asked) == 2


async def test_callers_at_the_same_time_wait_for_one_call_and_one_who_leaves_takes_nothing_with_it() -> None:
    provider, cache, _ = keyed()
    provider.gate = asyncio.Event()
    waiting = [asyncio.create_task(cache.get([URL])) for _ in range(5)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    waiting[0].cancel()
    provider.gate.set()
    assert await asyncio.gather(*waiting[1:]) == [{URL: b"first"}] * 4
    assert provider.asked == [URL]


@pytest.mark.parametrize("trouble", [CallFailed(), 503, 429])
async def test_keys_that_cannot_be_had_make_nobody_a_forger_and_are_asked_for_again_in_seconds(
    trouble: FrontdeskError | int,
) -> None:
    provider, cache, clock = keyed()
    provider.stands[URL] = trouble
    for _ in range(3):
        with pytest.raises(Unavailable):
            await verify(cache, "first")
    assert len(provider.asked) == 1
    provider.stands[URL] = b"first"
    clock.advance(timedelta(seconds=6))
    await verify(cache, "first")


@pytest.mark.parametrize("answer", [404, UrlRefused()])
async def test_a_place_without_a_key_fails_the_signature(answer: FrontdeskError | int) -> None:
    provider, cache, _ = keyed()
    provider.stands[URL] = answer
    with pytest.raises(SignatureInvalid):
        await verify(cache, "first")


async def test_the_cache_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_AT_ONCE", 2)
    provider = Provider()
    cache = KeyCache(provider, manual_clock(), most=3)
    for number in range(5):
        await cache.get([f"{URL}/{number}"])
    provider.asked.clear()
    for number in (4, 3, 2, 1):
        await cache.get([f"{URL}/{number}"])
    assert provider.asked == [f"{URL}/1"]
    provider.gate = asyncio.Event()
    busy = [asyncio.create_task(cache.get([f"{URL}/busy/{number}"])) for number in range(2)]
    await asyncio.sleep(0)
    with pytest.raises(FrontdeskError, match="too many keys"):
        await cache.get([f"{URL}/more"])
    provider.gate.set()
    await asyncio.gather(*busy)


async def test_the_door_answers_503_without_the_keys_and_takes_the_webhook_with_them() -> None:
    provider, cache, clock = keyed()
    channel = plain_channel()
    object.__setattr__(channel, "codec", KeyedCodec())
    door = open_door(served(channel=channel), keys=cache)
    provider.stands[URL] = CallFailed()
    body = batch(message())
    refused = await door.post(body, signature=sign(body, "first"))
    assert refused.status == 503
    assert int(refused.headers["retry-after"]) >= 1
    provider.stands[URL] = b"first"
    clock.advance(timedelta(seconds=6))
    assert (await door.post(body, signature=sign(body, "first"))).status == 202
    assert (await door.post(body, signature=sign(body, "other"))).status == 401
    assert len(door.records()) == 1
