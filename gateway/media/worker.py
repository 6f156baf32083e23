"""Workers that lease files, fetch and store them, and report each to the router in the transaction that ends its job."""

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import timedelta

from backbone.clock import Clock
from backbone.errors import Retriable
from backbone.storage.blobs import BlobStore
from backbone.storage.database import Connection, Database
from backbone.storage.outbox import enqueue
from backbone.telemetry.logs import get_logger
from backbone.telemetry.metrics import Metric, Metrics
from backbone.web.fetcher import Fetcher
from gateway.media import store
from gateway.media.fetching import DEADLINE, File, NotFetched, fetch
from gateway.media.store import Job
from gateway.outbound.backoff import Backoff
from gateway.outbound.reports import own_event
from gateway.outbound.sender import Accounts
from schemas.inbound import MediaFetched

IN_FLIGHT = 4
"""Each holds a whole file in memory."""
FOR_ACCOUNT = 2
ATTEMPTS = 8
LOOK_EVERY = timedelta(seconds=2)
LEASE = 4 * DEADLINE
PATIENCE = Backoff(first=timedelta(seconds=2), ceiling=timedelta(minutes=5), horizon=timedelta(hours=2))
"""Providers keep files for minutes to hours; what can't be had by then won't be had."""
_TIDY_EVERY = timedelta(minutes=10)


class MediaWorker:
    """Fetches all that is due for `channels` until `stop`. Any number of replicas may run."""

    def __init__(
        self,
        database: Database,
        accounts: Accounts,
        fetcher: Fetcher,
        blobs: BlobStore,
        clock: Clock,
        metrics: Metrics,
        *,
        channels: Sequence[str],
        backoff: Backoff = PATIENCE,
        lease: timedelta = LEASE,
        look_every: timedelta = LOOK_EVERY,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._database = database
        self._accounts = accounts
        self._fetcher = fetcher
        self._blobs = blobs
        self._clock = clock
        self._metrics = metrics
        self._channels = list(channels)
        self._backoff = backoff
        self._lease = lease
        self._look_every = look_every
        self._jitter = jitter
        self._tasks: set[asyncio.Task[None]] = set()
        self._busy: Counter[str] = Counter()
        self._wake = asyncio.Event()
        self._stopping = False
        self._rounds = 0
        self._log = get_logger("media")

    def wake(self) -> None:
        """There may be new work: look now."""
        self._wake.set()

    def progress(self) -> int:
        return self._rounds

    async def stop(self) -> None:
        """Leases nothing more; `run` returns when what is in flight is settled."""
        self._stopping = True
        self._wake.set()

    async def run(self) -> None:
        tidied = self._clock.monotonic()
        try:
            while not self._stopping:
                self._wake.clear()
                pause = self._look_every.total_seconds()
                try:
                    pause = min(pause, await self._round())
                    if self._clock.monotonic() - tidied > _TIDY_EVERY.total_seconds():
                        tidied = self._clock.monotonic()
                        await self._tidy()
                except Retriable as error:
                    self._log.warning("media jobs not read", code=error.code)
                self._rounds += 1
                await self._nap(pause)
            await asyncio.gather(*self._tasks)
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _nap(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(max(0.005, seconds)):
                await self._wake.wait()
        except TimeoutError:
            return

    async def _round(self) -> float:
        """Begins what may begin; answers how many seconds until the next is due."""
        free = IN_FLIGHT - len(self._tasks)
        if free <= 0:
            return self._look_every.total_seconds()
        busy = [account for account, count in self._busy.items() if count >= FOR_ACCOUNT]
        async with self._database.transaction() as connection:
            jobs = await store.claim(connection, self._channels, busy, most=free, lease=self._lease)
            due = await store.next_due(connection, self._channels)
        for job in jobs:
            self._busy[job.account_id] += 1
            task = asyncio.create_task(self._fetch(job), name=f"media {job.account_id}")
            self._tasks.add(task)
            task.add_done_callback(self._ended)
        # What is due and was not begun waits for a place, which wakes us.
        return due if due is not None and due > 0 else self._look_every.total_seconds()

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._wake.set()
        if not task.cancelled() and (error := task.exception()) is not None:
            self._log.error("media job not settled: its lease will end", exc_info=error)

    async def _fetch(self, job: Job) -> None:
        try:
            try:
                file = await self._got(job)
                blob = await self._stored(job, file)
            except NotFetched as error:
                await self._note_failure(job, error)
            else:
                await self._keep(job, file, blob)
        finally:
            self._busy[job.account_id] -= 1
            if not self._busy[job.account_id]:
                del self._busy[job.account_id]

    async def _got(self, job: Job) -> File:
        served = self._accounts.by_id(job.account_id)
        if served is None or not served.usable or served.account.tenant_id != job.tenant_id:
            raise NotFetched("account_unusable", final=False)
        if job.media is None:
            raise NotFetched("unreadable", final=True)
        return await fetch(job.media, served, self._fetcher, self._clock.now())

    async def _stored(self, job: Job, file: File) -> str:
        try:
            return await self._blobs.put(job.tenant_id, file.data)
        except Retriable as error:
            raise NotFetched("store_away", final=False) from error

    async def _note_failure(self, job: Job, error: NotFetched) -> None:
        pause = self._backoff.pause(job.attempt, self._jitter)
        if not error.final and job.attempt < ATTEMPTS and not self._backoff.is_over(job.age, pause):
            await self._database.run(
                lambda connection: store.again(connection, job, pause, error.reason), [job.tenant_id]
            )
            return
        told = await self._database.run(
            lambda connection: self._finish(connection, job, _event(job, error=error.reason)), [job.tenant_id]
        )
        if told:
            self._log.debug("media given up", channel=job.channel, reason=error.reason, attempt=job.attempt)
            self._metrics.inc(Metric.GATEWAY_MEDIA_FAILED, job.channel, error.reason)

    async def _keep(self, job: Job, file: File, blob: str) -> None:
        event = _event(job, blob=blob, file=file)
        kept = await self._database.run(lambda connection: self._finish(connection, job, event), [job.tenant_id])
        if not kept:
            await self._blobs.delete(blob)
            return
        self._metrics.inc(Metric.GATEWAY_MEDIA_FETCHED, job.channel)
        self._metrics.inc(Metric.GATEWAY_MEDIA_BYTES, job.channel, by=len(file.data))

    async def _finish(self, connection: Connection, job: Job, event: MediaFetched) -> bool:
        if not await store.finish(connection, job, event.error):
            return False
        row = own_event(job.tenant_id, job.account_id, job.channel, event, self._clock.now())
        await enqueue(connection, [row])
        return True

    async def _tidy(self) -> None:
        async with self._database.transaction() as connection:
            await store.remove_old(connection, 500)


def _event(job: Job, *, blob: str | None = None, file: File | None = None, error: str | None = None) -> MediaFetched:
    return MediaFetched(
        thread_key=job.thread_key,
        dedup_key=f"media/{job.provider_message_id}/{job.media_index}",
        provider_message_id=job.provider_message_id,
        media_index=job.media_index,
        blob=blob,
        mime=file.mime if file else None,
        size=len(file.data) if file else None,
        sha256=file.sha256 if file else None,
        error=error,
    )
