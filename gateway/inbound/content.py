"""Webhooks that only say where a message lies: it is fetched before they are parsed, and they are acknowledged after that."""

import asyncio
from datetime import datetime, timedelta
from typing import Any, Protocol

from backbone.channel.port import ProviderReply, Request
from backbone.channel.sources import ContentSource
from backbone.errors import AnswerUnreadable, FrontdeskError, Unavailable, UrlRefused
from backbone.telemetry.logs import get_logger
from backbone.web.fetcher import Answer
from gateway.accounts import Served

DEADLINE = timedelta(seconds=8)
"""Providers that work this way wait at least 15 s for an answer."""
MOST_BYTES = 16 * 1024 * 1024
MOST_AT_ONCE = 4
GONE = frozenset({401, 403, 404, 410})
"""Asking again would not help: a person must give us the right, or the message is there no more."""

log = get_logger(__name__)


class Fetching(Protocol):
    """Of the guarded client, what this needs."""

    async def call(
        self,
        method: str,
        url: str,
        *,
        headers: tuple[tuple[str, str], ...],
        body: bytes,
        deadline: timedelta,
        most: int,
    ) -> Answer: ...


class Contents:
    """Holds a bounded number of messages in memory; what does not get its turn in time is left to the provider's next try."""

    def __init__(self, fetcher: Fetching) -> None:
        self._fetcher = fetcher
        self._room = asyncio.Semaphore(MOST_AT_ONCE)

    async def whole(self, served: Served, request: Request, now: datetime) -> Request:
        """The request with what it speaks of; as it came where it holds all, or where nothing can be had.

        Raises `Unavailable` where it may be had later: the provider must send the webhook again.
        """
        codec: Any = served.channel.codec
        if not isinstance(codec, ContentSource):
            return request
        call = codec.content_call(request, served.account, now)
        if call is None:
            return request
        try:
            async with asyncio.timeout(DEADLINE.total_seconds()), self._room:
                answer = await self._fetcher.call(
                    call.method, call.url, headers=call.headers, body=call.body, deadline=DEADLINE, most=MOST_BYTES
                )
        except (UrlRefused, AnswerUnreadable) as error:
            return self._without(served, request, error.code)
        except (FrontdeskError, TimeoutError) as error:
            raise Unavailable("the message could not be fetched from where it lies") from error
        if answer.status in GONE:
            return self._without(served, request, f"http_{answer.status}")
        if not 200 <= answer.status < 300:
            raise Unavailable("the message could not be fetched from where it lies")
        return codec.content_found(request, ProviderReply(answer.status, answer.headers, answer.body))

    @staticmethod
    def _without(served: Served, request: Request, reason: str) -> Request:
        log.warning("content not fetched", channel=served.account.channel, account_id=served.account.id, reason=reason)
        return request
