"""Sends webhooks the way providers do: twice, out of order, late, and again until it gets a 2xx."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from urllib.parse import urlsplit

from backbone.channel.port import Request
from backbone.clock import Clock
from backbone.errors import FrontdeskError, Unavailable
from backbone.web.addresses import Guard
from backbone.web.fetcher import Fetcher
from gateway.outbound.backoff import Backoff

Post = Callable[[Request], Awaitable[int]]
"""Sends one request and answers the status. Raises `FrontdeskError` where there is none."""

PATIENCE = Backoff(first=timedelta(milliseconds=200), ceiling=timedelta(seconds=10), horizon=timedelta(minutes=10))


@dataclass(frozen=True, slots=True)
class Traffic:
    """How careless to be. `duplicates` is the share sent twice, `reorder` how many places a request may slip back,
    `delay` the longest wait before one is sent. The same seed gives the same traffic.
    """

    duplicates: float = 0.0
    reorder: int = 0
    delay: timedelta = timedelta(0)
    at_once: int = 8
    seed: int = 0


@dataclass(slots=True)
class Tally:
    """What became of a plan: requests that got a 2xx, and how many posts that took."""

    acknowledged: int = 0
    posts: int = 0
    statuses: dict[int, int] = field(default_factory=dict)


class Driver:
    """Posts requests by a plan. Holds no state between calls but its tally."""

    def __init__(
        self, post: Post, clock: Clock, traffic: Traffic | None = None, *, backoff: Backoff = PATIENCE
    ) -> None:
        self._post = post
        self._clock = clock
        self._traffic = traffic or Traffic()
        self._backoff = backoff
        self._dice = random.Random(self._traffic.seed)  # noqa: S311  faults, not secrets
        self.tally = Tally()

    async def send(self, requests: Sequence[Request]) -> Tally:
        """All of them, by the plan; returns when each was acknowledged. Raises `Unavailable` where one never is."""
        gate = asyncio.Semaphore(self._traffic.at_once)

        async def one(request: Request, pause: timedelta) -> None:
            async with gate:
                await self._clock.sleep(pause)
                await self.deliver(request)

        async with asyncio.TaskGroup() as group:
            for request in self.plan(requests):
                pause = self._traffic.delay * self._dice.random()
                if self._traffic.at_once == 1:
                    await one(request, pause)
                else:
                    group.create_task(one(request, pause))
        return self.tally

    def plan(self, requests: Sequence[Request]) -> list[Request]:
        """The requests in the order of sending, doubled ones twice."""
        placed: list[tuple[float, int, Request]] = []
        for index, request in enumerate(requests):
            copies = 2 if self._dice.random() < self._traffic.duplicates else 1
            for _ in range(copies):
                slip = self._dice.uniform(0, self._traffic.reorder) if self._traffic.reorder else 0.0
                placed.append((index + slip, len(placed), request))
        return [request for _, _, request in sorted(placed, key=lambda item: item[:2])]

    async def deliver(self, request: Request) -> int:
        """Posts until it gets a 2xx; answers how many times it took. Raises `Unavailable` when patience ends."""
        waited = timedelta(0)
        tries = 0
        while True:
            tries += 1
            self.tally.posts += 1
            try:
                status = await self._post(request)
            except FrontdeskError:
                status = 0
            self.tally.statuses[status] = self.tally.statuses.get(status, 0) + 1
            if 200 <= status < 300:
                self.tally.acknowledged += 1
                return tries
            pause = self._backoff.pause(tries, self._dice.random)
            if self._backoff.is_over(waited, pause):
                raise Unavailable(f"not acknowledged after {tries} tries: the last status was {status}")
            waited += pause
            await self._clock.sleep(pause)


def posted(request: Request, inbox_url: str) -> Request:
    """What to post for a simulated message: a webhook as it is; what a poll would bring goes to the provider's own inbox."""
    return replace(request, method="POST", url=inbox_url) if request.method == "POLL" else request


def guard_for(*urls: str) -> Guard:
    """Opens exactly the servers of these URLs, which for a simulation may be anywhere."""
    entries = []
    for url in urls:
        parts = urlsplit(url)
        host = f"[{parts.hostname}]" if parts.hostname and ":" in parts.hostname else parts.hostname or ""
        entries.append(f"{host}:{parts.port or (443 if parts.scheme == 'https' else 80)}")
    return Guard(",".join(entries))


def http_post(fetcher: Fetcher) -> Post:
    """Posts over HTTP; `fetcher` must be allowed to reach the gateway."""

    async def post(request: Request) -> int:
        answer = await fetcher.call(request.method, request.url, headers=request.headers, body=request.body)
        return answer.status

    return post
