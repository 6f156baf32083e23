"""No webhook reaches an address that it must not, whatever an endpoint is called and wherever its name leads."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from backbone.web.addresses import Guard
from backbone.web.fetcher import Fetcher
from backbone.web.signatures import make_secret
from gateway.partners.attempt import Leased, attempt
from tests.support.hostile_urls import HOSTILE, NAMES
from tests.support.loopback import always, answer, serving
from tests.support.network import Names, watched_connects

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)


def leased(url: str) -> Leased:
    return Leased(
        "whd_1", "ten_1", "whe_1", "evt_1", 1, "agent.updated", None, NOW, {}, 0, 0, late=False, lease="l", url=url, secrets=b""
    )  # fmt: skip


@pytest.fixture
async def fetcher() -> AsyncIterator[Fetcher]:
    fetcher = Fetcher(Guard(), resolver=Names({**NAMES, "localhost": ["127.0.0.1"]}))
    yield fetcher
    await fetcher.stop()


async def test_no_hostile_url_is_called(fetcher: Fetcher) -> None:
    with watched_connects() as connects:
        for url in HOSTILE:
            outcome = await attempt(fetcher, leased(url), [make_secret()], NOW)
            assert not outcome.succeeded, url
            assert outcome.status is None, url
            assert outcome.cause, url
    assert connects == []


async def test_a_redirect_to_a_private_place_is_a_failure_and_is_not_followed() -> None:
    redirect = always(answer(b"", 302, "location: http://127.0.0.1:1/"))
    async with serving(redirect) as partner:
        fetcher = Fetcher(Guard(f"127.0.0.1:{partner.port}"))
        outcome = await attempt(fetcher, leased(partner.url), [make_secret()], NOW)
        await fetcher.stop()
    assert (outcome.status, outcome.succeeded, partner.connections) == (302, False, 1)


async def test_what_the_operator_allows_is_called() -> None:
    async with serving(always(answer(b"", 204))) as partner:
        fetcher = Fetcher(Guard("127.0.0.0/8"))
        outcome = await attempt(fetcher, leased(partner.url), [make_secret()], NOW)
        await fetcher.stop()
    assert outcome.succeeded


async def test_an_endless_answer_is_cut_and_its_status_counts() -> None:
    async def endless(_request: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 9000000\r\n\r\n")
        for _ in range(40):
            writer.write(b"x" * 4096)
            await writer.drain()

    async with serving(endless) as partner:
        fetcher = Fetcher(Guard("127.0.0.0/8"))
        began = asyncio.get_running_loop().time()
        outcome = await attempt(fetcher, leased(partner.url), [make_secret()], NOW)
        took = timedelta(seconds=asyncio.get_running_loop().time() - began)
        await fetcher.stop()
    assert (outcome.status, outcome.succeeded) == (200, True)
    assert took < timedelta(seconds=10)
