"""Providers' public keys and certificates: fetched once for everybody, kept an hour, fetched anew when a signature fails."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Protocol

from backbone.channel.port import Context, Request
from backbone.clock import Clock
from backbone.errors import Overloaded, Retriable, SignatureInvalid, Unavailable, UrlRefused
from backbone.telemetry.logs import get_logger
from backbone.web.fetcher import Answer
from gateway.accounts import Served

log = get_logger(__name__)

FRESH = timedelta(hours=1)
RENEWABLE_AFTER = timedelta(minutes=1)
"""A provider that turned its keys over signs with new ones: what is older than this is fetched again, once a failure."""
FAILURE_KEPT = timedelta(seconds=5)
ABSENCE_KEPT = timedelta(minutes=1)
DEADLINE = timedelta(seconds=3)
MOST_BYTES = 256 * 1024
MOST_KEPT = 1000
MOST_AT_ONCE = 20
MOST_URLS = 4
"""Of one request: it names some of them itself."""


class Fetching(Protocol):
    """Of the guarded client, what keys need."""

    async def call(self, method: str, url: str, *, deadline: timedelta, most: int) -> Answer: ...


@dataclass(frozen=True, slots=True)
class _Kept:
    """What stood at a URL: `body` None where nothing stands there; `failed` where nobody could tell."""

    at: float
    body: bytes | None = field(repr=False)
    failed: bool = False

    def until(self) -> float:
        span = FAILURE_KEPT if self.failed else FRESH if self.body is not None else ABSENCE_KEPT
        return self.at + span.total_seconds()


class KeyCache:
    """Bounded in entries, bytes and calls at once; callers that ask for the same URL wait for one call."""

    def __init__(self, fetcher: Fetching, clock: Clock, *, most: int = MOST_KEPT) -> None:
        self._fetcher = fetcher
        self._clock = clock
        self._most = most
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._running: dict[str, asyncio.Task[_Kept]] = {}

    async def verify(self, served: Served, request: Request, context: Context) -> Context:
        """Has the codec verify the request with the keys it names; answers the context with them.

        A signature that fails against keys older than a minute is tried once more with fresh ones. Raises what `verify`
        raises, and `Unavailable` where the keys can't be had: nobody knows then whether the signature is good.
        """
        key_urls: Callable[..., Sequence[str]] = getattr(served.channel.codec, "key_urls")  # noqa: B009  an optional part
        urls = list(dict.fromkeys(key_urls(request, served.account)))[:MOST_URLS]
        known = replace(context, keys=await self.get(urls))
        try:
            served.channel.codec.verify(request, known)
        except SignatureInvalid:
            if not self._forget_old(urls):
                raise
            known = replace(context, keys=await self.get(urls))
            served.channel.codec.verify(request, known)
        return known

    async def get(self, urls: Sequence[str]) -> Mapping[str, bytes]:
        """What stands at each URL; one that holds nothing, or may not be called, is left out. Raises `Unavailable`."""
        found: dict[str, bytes] = {}
        for url in urls:
            kept = self._kept.get(url)
            if kept is None or kept.until() <= self._clock.monotonic():
                kept = await self._fetch(url)
            if kept.failed:
                raise Unavailable("the provider's keys can't be had")
            self._kept.move_to_end(url)
            if kept.body is not None:
                found[url] = kept.body
        return found

    def _forget_old(self, urls: Sequence[str]) -> bool:
        """Drops what was fetched more than a minute ago; whether there was any."""
        before = self._clock.monotonic() - RENEWABLE_AFTER.total_seconds()
        old = [url for url in urls if (kept := self._kept.get(url)) is not None and kept.at < before]
        for url in old:
            del self._kept[url]
        return bool(old)

    async def _fetch(self, url: str) -> _Kept:
        task = self._running.get(url)
        if task is None:
            if len(self._running) >= MOST_AT_ONCE:
                raise Overloaded("too many keys are being fetched")
            task = self._running[url] = asyncio.create_task(self._call(url), name="keys")
            task.add_done_callback(lambda _task: self._running.pop(url, None))
        # A caller that goes away must not take the others' answer with it.
        kept = await asyncio.shield(task)
        self._kept[url] = kept
        while len(self._kept) > self._most:
            self._kept.popitem(last=False)
        return kept

    async def _call(self, url: str) -> _Kept:
        now = self._clock.monotonic()
        try:
            answer = await self._fetcher.call("GET", url, deadline=DEADLINE, most=MOST_BYTES)
        except UrlRefused:
            return _Kept(now, None)
        except Retriable as error:
            log.warning("keys not fetched", code=error.code)
            return _Kept(now, None, failed=True)
        if answer.status >= 500 or answer.status == 429:
            log.warning("keys not fetched", status=answer.status)
            return _Kept(now, None, failed=True)
        return _Kept(now, answer.body if answer.status == 200 else None)
