"""Leases due deliveries, calls their endpoints, and settles each try; a slow or dead endpoint holds its own few calls only."""

import asyncio
import random
from collections import Counter, OrderedDict
from collections.abc import Callable
from datetime import timedelta

from backbone.clock import Clock
from backbone.errors import ConfigurationInvalid, Retriable
from backbone.ids import new_id
from backbone.storage.crypto import MasterKey
from backbone.storage.database import Database
from backbone.storage.webhooks import open_secrets
from backbone.telemetry.logs import get_logger
from backbone.telemetry.metrics import Metric, Metrics
from backbone.web.breaker import Breaker
from gateway.partners import store
from gateway.partners.attempt import DEADLINE, Caller, Leased, Outcome, attempt
from gateway.partners.fanout import FanOut
from gateway.partners.schedule import pause_after
from gateway.partners.store import Settled, Try

IN_FLIGHT = 100
EACH = 4
"""Calls at once to one endpoint: 25 that hang are needed to fill this process, and their circuits open before."""
LEASE = 4 * DEADLINE
LOOK_EVERY = timedelta(milliseconds=500)
BREAKERS_MOST = 10_000
_TIDY_EVERY = timedelta(minutes=10)
_TIDY_BATCH = 1000


class WebhookWorker:
    """Sends every tenant's webhooks until `stop`. Any number of replicas may run."""

    def __init__(
        self,
        database: Database,
        caller: Caller,
        master: MasterKey,
        clock: Clock,
        metrics: Metrics,
        *,
        look_every: timedelta = LOOK_EVERY,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._database = database
        self._caller = caller
        self._master = master
        self._clock = clock
        self._metrics = metrics
        self._look_every = look_every
        self._jitter = jitter
        self._fanout = FanOut(database)
        self._breakers: OrderedDict[str, Breaker] = OrderedDict()
        self._busy: Counter[str] = Counter()
        self._tasks: set[asyncio.Task[None]] = set()
        self._wake = asyncio.Event()
        self._stopping = False
        self._rounds = 0
        self._log = get_logger("webhooks")

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
                    pause = await self.round()
                    if self._clock.monotonic() - tidied > _TIDY_EVERY.total_seconds():
                        tidied = self._clock.monotonic()
                        await self._tidy()
                except Retriable as error:
                    self._log.warning("webhooks_not_read", code=error.code)
                self._rounds += 1
                await self._nap(pause)
            await asyncio.gather(*self._tasks)
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def round(self) -> float:
        """Reads on, and begins what may begin; answers how many seconds until the next look."""
        now = self._clock.now()
        more = await self._fanout.round(now)
        free = IN_FLIGHT - len(self._tasks)
        if free <= 0:
            return self._look_every.total_seconds()
        async with self._database.transaction(read_only=True) as connection:
            due = await store.next_due(connection)
        if due is None or due > now:
            return 0 if more else self._look_every.total_seconds()
        async with self._database.transaction() as connection:
            leased = await store.claim(
                connection, self._room(), each=EACH, most=free, now=now, lease=new_id("lse"), span=LEASE
            )
        for delivery in leased:
            self._begin(delivery)
        return 0 if more or len(leased) == free else self._look_every.total_seconds()

    @property
    def in_flight(self) -> int:
        return len(self._tasks)

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

    def _room(self) -> dict[str, int]:
        """What may begin at endpoints that are at work or have failed; all others have `EACH`."""
        named = self._busy.keys() | self._breakers.keys()
        return {name: self._room_of(name) for name in named}

    def _room_of(self, endpoint_id: str) -> int:
        free = max(0, EACH - self._busy[endpoint_id])
        breaker = self._breakers.get(endpoint_id)
        return free if breaker is None else min(free, breaker.room(EACH))

    def _begin(self, delivery: Leased) -> None:
        self._busy[delivery.endpoint_id] += 1
        if delivery.endpoint_id in self._breakers:
            self._breakers[delivery.endpoint_id].begin()
        task = asyncio.create_task(self._send(delivery), name=f"webhook {delivery.endpoint_id}")
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        self._wake.set()
        if not task.cancelled() and (error := task.exception()) is not None:
            self._log.error("webhook not settled: its lease will end", exc_info=error)

    async def _send(self, delivery: Leased) -> None:
        try:
            began, tick = self._clock.now(), self._clock.monotonic()
            outcome = await self._tried(delivery)
            self._note(delivery.endpoint_id, outcome)
            pause = None if outcome.succeeded else pause_after(delivery.failed + 1, self._jitter, outcome.asked)
            latency = timedelta(seconds=self._clock.monotonic() - tick)
            tried = Try(delivery, outcome, began, latency, pause)
            done = await self._database.run(
                lambda connection: store.settle(connection, tried, self._clock.now()), [delivery.tenant_id]
            )
            self._count(delivery, outcome, done)
        finally:
            self._busy[delivery.endpoint_id] -= 1
            if not self._busy[delivery.endpoint_id]:
                del self._busy[delivery.endpoint_id]

    async def _tried(self, delivery: Leased) -> Outcome:
        now = self._clock.now()
        try:
            secrets = open_secrets(self._master, delivery.endpoint_id, delivery.secrets, now)
        except ConfigurationInvalid:
            self._log.error("webhook_secret_unreadable", endpoint_id=delivery.endpoint_id)
            return Outcome(None, "Its secret can't be read under this installation's master key: rotate it.")
        return await attempt(self._caller, delivery, [secret.value for secret in secrets], now)

    def _note(self, endpoint_id: str, outcome: Outcome) -> None:
        """A refusal of one event is an answer; what counts is an endpoint that can't be reached or fails by itself."""
        broken = not outcome.succeeded and (outcome.status is None or outcome.status >= 500 or outcome.status == 429)
        if broken:
            breaker = self._breakers.setdefault(endpoint_id, Breaker(self._clock.monotonic))
            breaker.fail()
            self._breakers.move_to_end(endpoint_id)
            while len(self._breakers) > BREAKERS_MOST:
                self._breakers.popitem(last=False)
        else:
            self._breakers.pop(endpoint_id, None)

    def _count(self, delivery: Leased, outcome: Outcome, done: Settled) -> None:
        if done.lost:
            return
        what = "sent" if outcome.succeeded else "given_up" if done.given_up else "failed"
        self._metrics.inc(Metric.GATEWAY_PARTNER_CALLS, what)
        if done.disabled is not None:
            self._metrics.inc(Metric.GATEWAY_PARTNER_CALLS, "disabled")
            self._log.warning("webhook_endpoint_disabled", endpoint_id=delivery.endpoint_id, reason=done.disabled)

    async def _tidy(self) -> None:
        async with self._database.transaction() as connection:
            await store.remove_old(connection, self._clock.now(), _TIDY_BATCH)
