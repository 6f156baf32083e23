import asyncio
import gzip
import ipaddress
import ssl
import zlib
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from backbone.errors import AnswerUnreadable, CallFailed, FrontdeskError, OutcomeUnknown, UrlRefused
from backbone.web.addresses import Guard
from backbone.web.fetcher import Fetcher
from tests.support.certificates import make_certificate
from tests.support.hostile_urls import HOSTILE, NAMES
from tests.support.loopback import always, answer, serving
from tests.support.network import Names, watched_connects
from tests.support.ports import free_ports

SOON = timedelta(milliseconds=300)


@pytest.fixture(autouse=True)
def on_loopback() -> Iterator[None]:
    with watched_connects():
        yield


@pytest.fixture
async def fetcher() -> AsyncIterator[Fetcher]:
    made = Fetcher(Guard("127.0.0.1"))
    yield made
    await made.stop()


@pytest.fixture
async def guarded() -> AsyncIterator[Fetcher]:
    made = Fetcher(Guard(), resolver=Names({**NAMES, "localhost": ["127.0.0.1"], "public.test": ["93.184.216.34"]}))
    yield made
    await made.stop()


def test_the_corpus_is_large_enough() -> None:
    assert len(set(HOSTILE)) >= 120


async def test_no_hostile_url_makes_a_connection(guarded: Fetcher) -> None:
    called: list[str] = []
    with watched_connects() as connects:
        for url in HOSTILE:
            try:
                await guarded.call("GET", url, deadline=SOON)
                called.append(url)
            except (UrlRefused, CallFailed):
                continue
    assert called == []
    assert connects == []


@pytest.mark.parametrize("url", HOSTILE)
async def test_each_hostile_url_is_refused_as_such(guarded: Fetcher, url: str) -> None:
    with pytest.raises((UrlRefused, CallFailed)) as caught:
        await guarded.call("GET", url, deadline=SOON)
    # A name that nobody answers for fails; everything else is refused before anything is tried.
    assert isinstance(caught.value, UrlRefused) or "public.test" in url


async def test_the_watch_over_connections_sees_one_when_there_is_one(fetcher: Fetcher) -> None:
    async with serving(always(answer(b"hello"))) as server:
        with watched_connects() as connects:
            assert (await fetcher.call("GET", server.url)).body == b"hello"
    assert connects == ["127.0.0.1"]


async def test_a_name_that_turns_to_a_closed_address_reaches_nobody() -> None:
    names = Names({"rebind.test": [["127.0.0.1"], ["127.0.0.2"]]})
    async with serving(always(answer(b"open", 200, "connection: close"))) as server:
        fetcher = Fetcher(Guard("127.0.0.1"), resolver=names)
        with watched_connects() as connects:
            assert (await fetcher.call("GET", f"http://rebind.test:{server.port}/")).body == b"open"
            with pytest.raises(UrlRefused) as caught:
                await fetcher.call("GET", f"http://rebind.test:{server.port}/")
        await fetcher.stop()
    assert caught.value.reason == "address"
    assert connects == ["127.0.0.1"]
    assert len(names.asked) == 2


async def test_a_public_address_is_tried(guarded: Fetcher) -> None:
    """The counterpart of the corpus: the same guard does let a call to the internet leave."""
    with watched_connects() as connects, pytest.raises(CallFailed):
        await guarded.call("GET", "http://public.test/", deadline=SOON)
    assert connects == ["93.184.216.34"]


async def test_what_was_checked_is_what_is_connected_to() -> None:
    """One look-up a connection: a second answer of the name server is never asked for."""
    names = Names({"pinned.test": [["127.0.0.1"], ["93.184.216.34"]]})
    async with serving(always(answer(b"one"))) as server:
        fetcher = Fetcher(Guard("127.0.0.1"), resolver=names)
        with watched_connects() as connects:
            got = await fetcher.call("GET", f"http://pinned.test:{server.port}/path?q=1")
        await fetcher.stop()
    assert got.body == b"one"
    assert connects == ["127.0.0.1"]
    assert names.asked == ["pinned.test"]
    assert b"GET /path?q=1 HTTP/1.1" in server.requests[0]
    assert f"host: pinned.test:{server.port}".encode() in server.requests[0].lower()


async def test_a_redirect_is_an_answer_and_is_not_followed(fetcher: Fetcher) -> None:
    async with (
        serving(always(answer(b"secret"))) as inner,
        serving(always(answer(b"", 302, f"location: {inner.url}"))) as outer,
    ):
        got = await fetcher.call("GET", outer.url)
    assert got.status == 302
    assert got.header("location") == inner.url
    assert inner.connections == 0


async def test_an_answer_that_never_comes_is_an_unknown_outcome(fetcher: Fetcher) -> None:
    async with serving(_silent) as server:
        with pytest.raises(OutcomeUnknown):
            await fetcher.call("POST", server.url, body=b"{}", deadline=SOON)
    assert server.requests[0].endswith(b"{}")


async def _silent(_request: bytes, _writer: asyncio.StreamWriter) -> None:
    return


async def test_a_connection_cut_after_the_request_is_an_unknown_outcome(fetcher: Fetcher) -> None:
    async def cut(_request: bytes, writer: asyncio.StreamWriter) -> None:
        writer.transport.abort()

    async with serving(cut) as server:
        with pytest.raises(OutcomeUnknown):
            await fetcher.call("POST", server.url, body=b"{}")


async def test_a_server_that_is_not_there_was_asked_nothing(fetcher: Fetcher) -> None:
    with pytest.raises(CallFailed) as caught:
        await fetcher.call("POST", f"http://127.0.0.1:{free_ports(1)[0]}/", body=b"{}")
    assert caught.value.code == "call_failed"


async def test_a_name_server_that_hangs_ends_with_the_deadline() -> None:
    class Hangs:
        async def resolve(self, host: str, port: int) -> list[ipaddress.IPv4Address]:
            await asyncio.Event().wait()
            return []

    fetcher = Fetcher(Guard(), resolver=Hangs())
    with pytest.raises(CallFailed):
        await fetcher.call("GET", "http://slow.test/", deadline=SOON)
    await fetcher.stop()


async def test_a_body_one_byte_too_large_is_cut_off(fetcher: Fetcher) -> None:
    async with serving(always(answer(b"x" * 1001))) as server:
        with pytest.raises(AnswerUnreadable) as caught:
            await fetcher.call("GET", server.url, most=1000)
        assert (await fetcher.call("GET", server.url, most=1001)).body == b"x" * 1001
    assert (caught.value.answered, caught.value.reason) == (200, "too_large")


async def test_a_body_without_an_end_stops_at_the_bound(fetcher: Fetcher) -> None:
    async def endless(_request: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
        while not writer.transport.is_closing():
            writer.write(b"1000\r\n" + b"x" * 4096 + b"\r\n")
            await writer.drain()

    async with serving(endless) as server:
        with pytest.raises(AnswerUnreadable):
            await fetcher.call("GET", server.url, most=100_000)


async def test_drops_that_never_end_are_cut_by_the_deadline(fetcher: Fetcher) -> None:
    dripped = 0

    async def drip(_request: bytes, writer: asyncio.StreamWriter) -> None:
        nonlocal dripped
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n")
        while not writer.transport.is_closing():
            writer.write(b"x")
            dripped += 1
            await asyncio.sleep(0.02)

    async with serving(drip) as server:
        with pytest.raises(OutcomeUnknown):
            await fetcher.call("GET", server.url, deadline=SOON)
    assert dripped > 2


async def test_headers_without_an_end_are_refused(fetcher: Fetcher) -> None:
    async def endless(_request: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n")
        while not writer.transport.is_closing():
            writer.write(b"x-pad: " + b"y" * 4096 + b"\r\n")
            await writer.drain()

    async with serving(endless) as server:
        with pytest.raises(OutcomeUnknown):
            await fetcher.call("GET", server.url)


async def test_a_small_body_that_inflates_without_measure_is_refused(fetcher: Fetcher) -> None:
    bomb = gzip.compress(b"\0" * 50_000_000)
    async with serving(always(answer(bomb, 200, "content-encoding: gzip"))) as server:
        with pytest.raises(AnswerUnreadable) as caught:
            await fetcher.call("GET", server.url, most=1_000_000)
    assert caught.value.reason == "too_large"
    assert len(bomb) < 100_000


@pytest.mark.parametrize(
    ("encoding", "packed"),
    [("gzip", gzip.compress(b"plain")), ("deflate", zlib.compress(b"plain"))],
    ids=["gzip", "deflate"],
)
async def test_a_compressed_answer_is_unpacked(fetcher: Fetcher, encoding: str, packed: bytes) -> None:
    async with serving(always(answer(packed, 200, f"content-encoding: {encoding}"))) as server:
        assert (await fetcher.call("GET", server.url)).body == b"plain"


@pytest.mark.parametrize("encoding", ["br", "gzip"])
async def test_an_encoding_nobody_asked_for_or_a_broken_one_is_refused(fetcher: Fetcher, encoding: str) -> None:
    async with serving(always(answer(b"\x1f\x8bnonsense", 200, f"content-encoding: {encoding}"))) as server:
        with pytest.raises(AnswerUnreadable) as caught:
            await fetcher.call("GET", server.url)
    assert caught.value.reason == "encoding"


async def test_a_header_with_a_line_break_is_not_sent(fetcher: Fetcher) -> None:
    async with serving(always(answer())) as server:
        with pytest.raises(FrontdeskError):
            await fetcher.call("GET", server.url, headers=(("x-a", "1\r\nhost: other.test"),))
    assert server.requests == []


async def test_an_environment_with_a_proxy_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    async with serving(always(answer(b"direct"))) as server:
        fetcher = Fetcher(Guard("127.0.0.1"))
        assert (await fetcher.call("GET", server.url)).body == b"direct"
        await fetcher.stop()


async def test_tls_checks_the_name_and_not_the_pinned_address(tmp_path: Path) -> None:
    server_side, authority = make_certificate(tmp_path, "desk.test")
    trusting = ssl.create_default_context(cadata=authority)
    names = Names({"desk.test": ["127.0.0.1"], "other.test": ["127.0.0.1"]})
    asked: list[str | None] = []
    server_side.sni_callback = lambda _socket, name, _context: asked.append(name)
    fetcher = Fetcher(Guard("127.0.0.1"), resolver=names, tls=trusting)
    async with serving(always(answer(b"safe")), tls=server_side) as server:
        assert (await fetcher.call("GET", f"https://desk.test:{server.port}/")).body == b"safe"
        with pytest.raises(CallFailed):
            await fetcher.call("GET", f"https://other.test:{server.port}/")
    await fetcher.stop()
    assert asked == ["desk.test", "other.test"]
    assert len(server.requests) == 1


async def test_a_socket_for_another_protocol_goes_through_the_same_gate(fetcher: Fetcher, guarded: Fetcher) -> None:
    async with serving(always(answer())) as server:
        opened = await fetcher.dialer.open("127.0.0.1", server.port)
        opened.close()
        with pytest.raises(UrlRefused):
            await guarded.dialer.open("internal.test", 443)
        with pytest.raises(CallFailed):
            await fetcher.dialer.open("127.0.0.1", free_ports(1)[0])


async def test_calls_reuse_a_connection_that_was_checked(fetcher: Fetcher) -> None:
    async with serving(always(answer(b"ok"))) as server:
        for _ in range(5):
            await fetcher.call("GET", server.url)
        assert (server.connections, len(server.requests)) == (1, 5)
