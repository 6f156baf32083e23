"""Workers that lease notices, send each, and remove devices that the app is gone from."""

import asyncio
import random
from collections import OrderedDict
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any, cast

from pydantic import SecretStr

from backbone.channel.port import ProviderReply
from backbone.channel.push import PushSettings
from backbone.clock import Clock
from backbone.errors import ConfigurationInvalid, FrontdeskError, Retriable
from backbone.storage.crypto import MasterKey
from backbone.storage.database import Connection, Database
from backbone.storage.push import device_context
from backbone.telemetry.logs import get_logger
from backbone.telemetry.metrics import Metric, Metrics
from backbone.web.fetcher import Answer, Fetcher
from gateway.accounts import Served
from gateway.outbound.backoff import Backoff, retry_after
from gateway.outbound.sender import Accounts
from gateway.push import store
from gateway.push.access import AccessTokens
from gateway.push.notices import Notice, Provider, Verdict, apns_call, fcm_call, judged
from gateway.push.store import Job

IN_FLIGHT = 20
DEADLINE = timedelta(seconds=15)
LEASE = 4 * DEADLINE
LOOK_EVERY = timedelta(seconds=2)
PATIENCE = Backoff(first=timedelta(seconds=5), ceiling=timedelta(minutes=5), horizon=timedelta(hours=1))
"""A notice that comes an hour late helps nobody."""
ANSWER_MOST = 64 * 1024
PAUSED_MOST = 1000
_TIDY_EVERY = timedelta(minutes=10)


class PushWorker:
    """Sends what is due for `channels` until `stop`. Any number of replicas may run: jobs are leased one by one.

    `apple` speaks HTTP/2, which Apple alone demands; a service that throttles an account holds all of that account's.
    """

    def __init__(
        self,
        database: Database,
        accounts: Accounts,
        master: MasterKey,
        google: Fetcher,
        apple: Fetcher,
        clock: Clock,
        metrics: Metrics,
        *,
        channels: Sequence[str],
        backoff: Backoff = PATIENCE,
        look_every: timedelta = LOOK_EVERY,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._database = database
        self._accounts = accounts
        self._master = master
        self._fetchers = {"fcm": google, "apns": apple}
        self._access = AccessTokens(google, clock)
        self._clock = clock
        self._metrics = metrics
        self._channels = list(channels)
        self._backoff = backoff
        self._look_every = look_every
        self._jitter = jitter
        self._tasks: set[asyncio.Task[None]] = set()
        self._paused: OrderedDict[tuple[str, str], float] = OrderedDict()
        self._wake = asyncio.Event()
        self._stopping = False
        self._rounds = 0
        self._log = get_logger("push")

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
                    pause = min(pause, await self.round())
                    if self._clock.monotonic() - tidied > _TIDY_EVERY.total_seconds():
                        tidied = self._clock.monotonic()
                        async with self._database.transaction() as connection:
                            await store.remove_old(connection, 1000)
                except Retriable as error:
                    self._log.warning("push jobs not read", code=error.code)
                self._rounds += 1
                await self._nap(pause)
            await asyncio.gather(*self._tasks)
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def round(self) -> float:
        """Begins what may begin; answers how many seconds until the next is due."""
        free = IN_FLIGHT - len(self._tasks)
        if free <= 0:
            return self._look_every.total_seconds()
        async with self._database.transaction() as connection:
            jobs = await store.claim(connection, self._channels, most=free, lease=LEASE)
            due = await store.next_due(connection, self._channels)
        for job in jobs:
            task = asyncio.create_task(self._send(job), name=f"push {job.account_id}")
            self._tasks.add(task)
            task.add_done_callback(self._ended)
        return due if due is not None and due > 0 else self._look_every.total_seconds()

    async def settled(self) -> None:
        """Returns when nothing is in flight."""
        while self._tasks:
            await asyncio.wait(set(self._tasks))

    async def _nap(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(max(0.005, seconds)):
                await self._wake.wait()
        except TimeoutError:
            return

    def _ended(self, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        self._wake.set()
        if not task.cancelled() and (error := task.exception()) is not None:
            self._log.error("push not settled: its lease will end", exc_info=error)

    async def _send(self, job: Job) -> None:
        held = self._paused.get((job.account_id, job.provider), 0.0) - self._clock.monotonic()
        if held > 0:
            await self._later(job, timedelta(seconds=held), "throttled")
            return
        served = self._accounts.by_id(job.account_id)
        settings = push_settings(served)
        if settings is None or served is None or getattr(settings, job.provider) is None:
            await self._finish(job, Verdict.REFUSED, "not configured")
            return
        try:
            verdict, word, asked = await self._tried(job, served, settings)
        except ConfigurationInvalid as error:
            verdict, word, asked = Verdict.REFUSED, error.code, None
        except FrontdeskError as error:
            # Whether it was taken can't be known: a device that rings twice for one message shows it once.
            verdict, word, asked = Verdict.AGAIN, error.code, None
        await self._settle(job, verdict, word, asked)

    async def _tried(self, job: Job, served: Served, settings: PushSettings) -> tuple[Verdict, str, timedelta | None]:
        device = SecretStr(self._master.open(job.token, device_context(job.device_id)).decode())
        notice = Notice(job.conversation_id, job.message_id, settings.title, job.words)
        if job.provider == "fcm":
            fcm: Any = settings.fcm
            token = await self._access.google(served.account.id, fcm)
            call = fcm_call(fcm, token, device, notice)
        else:
            apns: Any = settings.apns
            token = self._access.apple(served.account.id, apns)
            call = apns_call(apns, token, device, notice, self._clock.now())
        answer = await self._fetchers[job.provider].call(
            call.method, call.url, headers=call.headers, body=call.body, deadline=DEADLINE, most=ANSWER_MOST
        )
        verdict, word = judged(cast("Provider", job.provider), _reply(answer))
        if verdict is Verdict.RENEW:
            self._access.forget(served.account.id, token)
        return verdict, word, retry_after(_reply(answer), self._clock.now())

    async def _settle(self, job: Job, verdict: Verdict, word: str, asked: timedelta | None) -> None:
        if verdict in {Verdict.AGAIN, Verdict.THROTTLED, Verdict.RENEW}:
            pause = self._backoff.pause(job.attempt, self._jitter, asked)
            if verdict is Verdict.THROTTLED:
                self._paused[job.account_id, job.provider] = self._clock.monotonic() + pause.total_seconds()
                while len(self._paused) > PAUSED_MOST:
                    self._paused.popitem(last=False)
            if not self._backoff.is_over(job.age, pause):
                await self._later(job, pause, word)
                return
            verdict = Verdict.REFUSED
        await self._finish(job, verdict, word)

    async def _later(self, job: Job, pause: timedelta, word: str) -> None:
        await self._database.run(lambda connection: store.again(connection, job, pause, word), [job.tenant_id])

    async def _finish(self, job: Job, verdict: Verdict, word: str) -> None:
        async def write(connection: Connection) -> None:
            if verdict is Verdict.GONE:
                await store.forget_device(connection, job)
            else:
                state = "sent" if verdict is Verdict.SENT else "failed"
                await store.settle(connection, job, state, word[:100])

        await self._database.run(write, [job.tenant_id])
        self._metrics.inc(Metric.GATEWAY_PUSHES, job.provider, verdict.value)
        if verdict is Verdict.REFUSED:
            self._log.warning("push refused", account_id=job.account_id, provider=job.provider, reason=word[:100])


def push_settings(served: Served | None) -> PushSettings | None:
    """Those of an account that wakes apps; None of others, of one that is paused, and of none."""
    if served is None or not served.usable:
        return None
    return cast("PushSettings | None", getattr(served.account.settings, "push", None))


def _reply(answer: Answer) -> ProviderReply:
    return ProviderReply(answer.status, answer.headers, answer.body)
