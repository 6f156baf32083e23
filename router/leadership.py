"""Runs a worker only while this process holds its lease; a fenced or failing round gives way and tries again."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import asyncpg

from backbone.errors import Fenced, Retriable
from backbone.storage.database import Database
from backbone.storage.leases import Lease, acquire, release
from backbone.storage.wake import CHANNEL, TELL, Topic
from backbone.telemetry.logs import get_logger
from backbone.telemetry.metrics import Metric, Metrics
from router.signals import Signal

SPAN = timedelta(seconds=10)
_RENEW = timedelta(seconds=3)
_LOOK = timedelta(seconds=1)
_PAUSE = 0.5
_TOGETHER = 0.002
NOT_RENEWED = "the lease was not renewed: another holds it"

Round = Callable[[Lease], Awaitable[bool]]
"""One round of work; True asks for another at once."""


class Leader:
    """One lease and the worker behind it. `run` until cancelled; the lease is released on the way out."""

    def __init__(
        self,
        database: Database,
        name: str,
        holder: str,
        work: Round,
        signal: Signal,
        metrics: Metrics,
        *,
        look: timedelta = _LOOK,
        tell: Topic | None = None,
    ) -> None:
        """While another holds the lease, what the signal says of this process is passed on to it under the topic `tell`."""
        self._database = database
        self._name = name
        self._holder = holder
        self._work = work
        self._signal = signal
        self._look = look
        self._tell = tell
        self._metrics = metrics
        self._kind = name.partition("/")[0]
        self._rounds = 0
        self._log = get_logger("leader").bind(lease=name)

    @property
    def rounds(self) -> int:
        """Rounds done or found to belong to another: grows while this lives."""
        return self._rounds

    async def run(self) -> None:
        lease: Lease | None = None
        try:
            while True:
                try:
                    lease = await self._hold()
                    if lease is not None:
                        await self._lead(lease)
                except Fenced as error:
                    self._metrics.inc(Metric.ROUTER_FENCED, self._kind)
                    self._log.warning("fenced", reason=error.detail)
                except (Retriable, asyncpg.PostgresError) as error:
                    self._log.warning("round_failed", error=type(error).__name__)
                self._metrics.set(Metric.ROUTER_LEASES, 0, self._kind)
                self._rounds += 1
                await self._pass_on(_PAUSE)
        finally:
            await self._let_go(lease)

    async def _pass_on(self, seconds: float) -> None:
        """Waits so long for the lease. What is to be done meanwhile its holder learns of, or it would look only later."""
        if self._tell is None:
            await asyncio.sleep(seconds)
            return
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        while (left := end - loop.time()) > 0:
            if not await self._signal.wait(timedelta(seconds=left)):
                continue
            try:
                await self._database.alone(TELL, CHANNEL, f"{self._tell}:")
            except (Retriable, asyncpg.PostgresError) as error:
                self._log.info("not_passed_on", error=type(error).__name__)
            # What comes at once goes together.
            await asyncio.sleep(_TOGETHER)

    async def _hold(self) -> Lease | None:
        async with self._database.transaction() as connection:
            return await acquire(connection, self._name, self._holder, SPAN)

    async def _lead(self, lease: Lease) -> None:
        self._log.info("leading", epoch=lease.epoch)
        self._metrics.set(Metric.ROUTER_LEASES, 1, self._kind)
        renewed = asyncio.get_running_loop().time()
        while True:
            again = await self._work(lease)
            self._rounds += 1
            if asyncio.get_running_loop().time() - renewed > _RENEW.total_seconds():
                held = await self._hold()
                if held is None or held.epoch != lease.epoch:
                    raise Fenced(NOT_RENEWED)
                renewed = asyncio.get_running_loop().time()
            if not again:
                await self._signal.wait(self._look)

    async def _let_go(self, lease: Lease | None) -> None:
        if lease is None:
            return
        try:
            async with asyncio.timeout(2):
                await release(self._database, lease)
        except (TimeoutError, Retriable, asyncpg.PostgresError):
            self._log.info("lease_left_to_expire")
