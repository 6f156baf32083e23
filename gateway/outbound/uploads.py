"""Brings the files of a message to providers that take bytes: fetches each by its link, then follows the codec's steps."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from backbone.channel.port import Account, AttemptSigner, HttpCall, ProviderReply, Transient
from backbone.channel.uploads import FileUploader, LoadedFile, Refused
from backbone.clock import Clock
from backbone.web.fetcher import Fetcher
from gateway.accounts import Served
from gateway.media.fetching import NotFetched, fetch_link, most_bytes
from gateway.outbound.calls import Caller

UPLOAD_WITHIN = timedelta(seconds=60)
"""Fetching and bringing all files of one message; the call that sends it has its own deadline."""
STEPS_MOST = 100
PAUSE_MOST = timedelta(seconds=10)
AT_A_TIME = 4
"""Messages whose files are in memory together."""


class Uploads:
    """Everything before the call that sends the message. Holds files in memory for a bounded number of messages."""

    def __init__(self, caller: Caller, fetcher: Fetcher, clock: Clock) -> None:
        self._caller = caller
        self._fetcher = fetcher
        self._clock = clock
        self._room = asyncio.Semaphore(AT_A_TIME)

    async def carry(self, call: HttpCall, served: Served) -> HttpCall | Refused | ProviderReply:
        """The call that sends the message, or why there is none; an answer of 401 as it came.

        Raises `UrlRefused`, `CallFailed` and `OutcomeUnknown` of the steps, after none of which anybody sees anything.
        """
        codec: Any = served.channel.codec
        if not isinstance(codec, FileUploader):
            return Transient("codec_error", "the channel can't say how its files are sent")
        try:
            async with asyncio.timeout(UPLOAD_WITHIN.total_seconds()), self._room:
                files = [await self._loaded(number, call, served) for number in range(len(call.files))]
                return await self._steps(call, files, served, codec)
        except TimeoutError:
            return Transient("upload_slow", "the files took too long")
        except NotFetched as error:
            return Transient("file_not_fetched", error.reason)

    async def _loaded(self, number: int, call: HttpCall, served: Served) -> LoadedFile | None:
        """None for a file that no later attempt will get. Raises `NotFetched`."""
        media = call.files[number]
        try:
            file = await fetch_link(media, self._fetcher, most_bytes(served) // len(call.files), deadline=UPLOAD_WITHIN)
        except NotFetched as error:
            if error.final:
                return None
            raise
        return LoadedFile(media, file.mime, file.data)

    async def _steps(
        self, call: HttpCall, files: Sequence[LoadedFile | None], served: Served, codec: FileUploader
    ) -> HttpCall | Refused | ProviderReply:
        replies: list[ProviderReply] = []
        while len(replies) < STEPS_MOST:
            step = codec.upload_step(call, files, replies, served.account)
            if isinstance(step, Refused):
                return step
            if step.last:
                return step.call
            if step.after:
                await self._clock.sleep(min(step.after, PAUSE_MOST))
            reply = await self._made(step.call, served.account, codec)
            if reply.status == 401:
                return reply
            replies.append(reply)
        return Transient("upload_endless", "the provider asked for more steps than there should be")

    async def _made(self, call: HttpCall, account: Account, codec: object) -> ProviderReply:
        if isinstance(codec, AttemptSigner):
            call = codec.sign_attempt(call, account, self._clock.now())
        return await self._caller.call(call, account)
