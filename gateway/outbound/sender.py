"""Senders: lease deliveries account by account in turn, call the provider, and settle each with its report."""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from backbone.channel.uploads import FileUploader
from backbone.clock import Clock
from backbone.errors import Retriable
from backbone.storage.database import Connection, Database
from backbone.storage.outbox import enqueue
from backbone.telemetry.logs import get_logger
from backbone.telemetry.metrics import Metric, Metrics
from backbone.web.breaker import Breaker, Circuit
from gateway.accounts import Served
from gateway.outbound import store
from gateway.outbound.attempt import Attempt
from gateway.outbound.backoff import Backoff
from gateway.outbound.fairness import in_turn
from gateway.outbound.history import History
from gateway.outbound.lanes import IN_FLIGHT, Lane
from gateway.outbound.reports import Result, report
from gateway.outbound.store import Delivery, Head
from gateway.outbound.uploads import UPLOAD_WITHIN
from gateway.outbound.verdicts import Again, Failed, Fault, Sent, Verdict
from schemas.outbound import OutboundMessage

LANES_MOST = 10_000


Sequel = Callable[[Connection, OutboundMessage], Awaitable[None]]
"""What else is written with a message that was sent whole, in the same transaction."""


class Accounts(Protocol):
    """Of the accounts of this gateway, what a sender needs."""

    def by_id(self, account_id: str) -> Served | None: ...


@dataclass(frozen=True, slots=True)
class Bounds:
    """`in_flight` holds for the process; a tenant gets at most half of it and an account `for_account`.

    `lease` must outlast a call's deadline and its settling: it is how long conversations of a process that died wait;
    `upload_lease` is the same for channels that are sent files as bytes, which takes many calls.
    `settle_for` is how long a result is held for a database that is away. `look_every` is how soon work is found that
    nobody announced.
    """

    in_flight: int = 100
    for_account: int = IN_FLIGHT
    lease: timedelta = timedelta(seconds=30)
    upload_lease: timedelta = UPLOAD_WITHIN + timedelta(seconds=30)
    settle_for: timedelta = timedelta(minutes=5)
    look_every: timedelta = timedelta(seconds=1)

    @property
    def for_tenant(self) -> int:
        return max(1, self.in_flight // 2)


class Sender:
    """Sends everything due for `channels`, until `stop`. Any number of replicas may run: rows are leased one by one.

    Within a conversation one delivery is in flight, in order; a failed one that will be tried again holds back only its
    conversation, a throttled account only itself, and a hanging account only its own few places.
    """

    def __init__(
        self,
        database: Database,
        accounts: Accounts,
        attempt: Attempt,
        clock: Clock,
        metrics: Metrics,
        *,
        channels: Sequence[str],
        holder: str,
        history: History | None = None,
        backoff: Backoff | None = None,
        bounds: Bounds | None = None,
        breaker: Callable[[], Breaker] | None = None,
        jitter: Callable[[], float] = random.random,
        on_sent: Sequel | None = None,
    ) -> None:
        """`holder` must be new for each start of a process: a lease of its former life is not ours."""
        self._database = database
        self._accounts = accounts
        self._attempt = attempt
        self._clock = clock
        self._metrics = metrics
        self._channels = list(channels)
        self._holder = holder
        self._history = history or History(channels)
        self._backoff = backoff or Backoff()
        self._bounds = bounds or Bounds()
        self._new_breaker = breaker or (lambda: Breaker(clock.monotonic))
        self._jitter = jitter
        self._on_sent = on_sent
        self._lanes: dict[str, Lane] = {}
        self._tenants: Counter[str] = Counter()
        self._tasks: set[asyncio.Task[None]] = set()
        self._wake = asyncio.Event()
        self._stopping = False
        self._turn = 0
        self._rounds = 0
        self._log = get_logger("sender")

    def wake(self) -> None:
        """There may be new work: look now."""
        self._wake.set()

    def progress(self) -> int:
        """Grows while the loop lives; a watchdog compares it."""
        return self._rounds

    def circuits(self) -> Mapping[str, str]:
        """Accounts whose circuit is not closed, for readiness and `doctor`."""
        return {
            lane.account_id: lane.breaker.state.name.lower()
            for lane in self._lanes.values()
            if lane.breaker.state is not Circuit.CLOSED
        }

    async def stop(self) -> None:
        """Leases nothing more; `run` returns when what is in flight is settled."""
        self._stopping = True
        self._wake.set()

    async def run(self) -> None:
        try:
            while not self._stopping:
                self._wake.clear()
                try:
                    pause = await self._round()
                except Retriable as error:
                    self._log.warning("deliveries not read", code=error.code)
                    pause = self._bounds.look_every.total_seconds()
                self._rounds += 1
                await self._nap(pause)
            await asyncio.gather(*self._tasks)
        finally:
            # Cut short, a delivery stays leased: whoever finds the lease over treats its outcome as unknown.
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _nap(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(max(0.002, seconds)):
                await self._wake.wait()
        except TimeoutError:
            return

    async def _round(self) -> float:
        """Leases what may begin now, and answers how many seconds until the next look."""
        async with self._database.transaction() as connection:
            timeline, heads = await store.heads(connection, self._channels)
        if self._history.is_new(timeline):
            await self._begin_history()
        self._turn += 1
        waits = [self._bounds.look_every.total_seconds()]
        due: list[tuple[Head, Lane]] = []
        for head in heads:
            lane = self._lane(head)
            if lane is None:
                continue
            if head.due_in > 0:
                waits.append(head.due_in)
            else:
                due.append((head, lane))
        # In turn by tenant, then one account of each after the other; each gets one share before any gets a second.
        for _, lane in in_turn(due, tenant=lambda pair: pair[0].tenant_id, turn=self._turn):
            await self._begin(lane)
            waits.append(lane.free_in() or self._bounds.look_every.total_seconds())
        return min(waits)

    async def _begin_history(self) -> None:
        async with self._database.transaction() as connection:
            look = await self._history.look(connection)
        self._history.note(look)

    def _lane(self, head: Head) -> Lane | None:
        """None for an account that is unknown here, paused or in trouble: its work waits."""
        served = self._accounts.by_id(head.account_id)
        if served is None or not served.usable:
            return None
        lane = self._lanes.get(head.account_id)
        if lane is None:
            if len(self._lanes) >= LANES_MOST:
                self._lanes = {key: kept for key, kept in self._lanes.items() if kept.in_flight}
            lane = self._lanes[head.account_id] = Lane(
                head.account_id,
                head.tenant_id,
                served.channel.manifest,
                self._clock.monotonic,
                self._new_breaker(),
                most_in_flight=self._bounds.for_account,
            )
        return lane

    async def _begin(self, lane: Lane) -> None:
        served = self._accounts.by_id(lane.account_id)
        free = min(self._bounds.in_flight - len(self._tasks), self._bounds.for_tenant - self._tenants[lane.tenant_id])
        room = lane.room(free)
        if served is None or room <= 0:
            return
        uploading = isinstance(served.channel.codec, FileUploader)
        async with self._database.transaction() as connection:
            held = await store.claim(
                connection,
                lane.account_id,
                self._holder,
                most=room,
                lease=self._bounds.upload_lease if uploading else self._bounds.lease,
                mark_twice=served.channel.manifest.idempotency == "none",
            )
        await lane.begin(len(held))
        self._tenants[lane.tenant_id] += len(held)
        for delivery in held:
            task = asyncio.create_task(
                self._deliver(lane, delivery, served), name=f"deliver {delivery.message.message_id}"
            )
            self._tasks.add(task)
            task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._wake.set()
        if not task.cancelled() and (error := task.exception()) is not None:
            self._log.error("delivery not settled: its lease will end", exc_info=error)

    async def _deliver(self, lane: Lane, held: Delivery, served: Served) -> None:
        settled = False
        try:
            found = await self._judged(held, served)
            self._learn(lane, held, found)
            await self._settle(held, found)
            settled = True
        finally:
            if not settled:
                lane.breaker.forget()
            lane.end()
            self._tenants[lane.tenant_id] -= 1

    async def _judged(self, held: Delivery, served: Served) -> Verdict:
        # Settling ends patience; this ends it where attempts are never settled, because something dies of them.
        if held.attempt > 1 and self._backoff.is_over(held.age - 2 * self._bounds.lease, timedelta(0)):
            return Failed("expired", "no attempt succeeded in time")
        began = self._clock.monotonic()
        try:
            return await self._attempt(held, served)
        except Exception as error:  # noqa: BLE001  what a codec did here may have come after the call
            self._log.error("attempt failed", channel=held.message.channel, exc_info=error)
            return Again(store.UNKNOWN, "an error of ours", unknown=True, fault=Fault.SILENT)
        finally:
            self._metrics.observe(
                Metric.GATEWAY_OUTBOUND_SECONDS, self._clock.monotonic() - began, held.message.channel
            )

    def _learn(self, lane: Lane, held: Delivery, found: Verdict) -> None:
        """What the attempt tells about the account: its circuit, its pause, and the counters."""
        channel = held.message.channel
        fault = Fault.NONE if isinstance(found, Sent) else found.fault
        match fault:
            case Fault.NONE:
                lane.breaker.succeed()
            case Fault.PROVIDER:
                lane.breaker.fail()
            case Fault.SILENT:
                lane.breaker.forget()
        self._metrics.set(Metric.GATEWAY_CIRCUIT, lane.breaker.state.value, channel, lane.account_id)
        if held.attempt > 1:
            self._metrics.inc(Metric.GATEWAY_OUTBOUND_RETRIED, channel)
        if isinstance(found, Sent):
            self._metrics.inc(Metric.GATEWAY_OUTBOUND_SENT, channel)
        elif isinstance(found, Again):
            if found.unknown:
                self._metrics.inc(Metric.GATEWAY_OUTBOUND_UNKNOWN, channel)
            elif found.fault is Fault.SILENT:
                self._metrics.inc(Metric.GATEWAY_OUTBOUND_THROTTLED, channel)
            if found.pauses_account:
                lane.pause(self._backoff.pause(held.attempt, self._jitter, found.asked))

    async def _settle(self, held: Delivery, found: Verdict) -> None:
        """Writes the verdict and its report in one transaction, again and again while the database is away.

        Even after the lease is over: nobody can take it over before the database is back, and then we may be first.
        """
        ends = self._clock.monotonic() + self._bounds.settle_for.total_seconds()
        pause = timedelta(0)
        if isinstance(found, Again):
            pause = self._backoff.pause(held.attempt, self._jitter, found.asked)
            if self._backoff.is_over(held.age, pause):
                found = Failed(found.code, found.detail)
        if isinstance(found, Failed):
            self._metrics.inc(Metric.GATEWAY_OUTBOUND_FAILED, held.message.channel, _reason(found))
        wait = timedelta(milliseconds=50)
        while True:
            try:
                await self._database.run(
                    lambda connection: self._write(connection, held, found, pause), [held.message.tenant_id]
                )
            except Retriable:
                if self._clock.monotonic() + wait.total_seconds() > ends:
                    raise
                await self._clock.sleep(wait)
                wait = min(wait * 2, timedelta(seconds=1))
            else:
                return

    async def _write(self, connection: Connection, held: Delivery, found: Verdict, pause: timedelta) -> None:
        match found:
            case Sent(provider_id):
                settled = await store.settle_sent(connection, held, self._holder, provider_id)
            case Failed(code, detail):
                settled = await store.settle_failed(connection, held, self._holder, code, detail)
            case Again(code, detail):
                code = store.UNKNOWN if found.unknown else code
                settled = await store.settle_again(connection, held, self._holder, pause, code, detail)
        if not settled:
            self._log.warning("lease lost", message_id=held.message.message_id, part=held.part, attempt=held.attempt)
            return
        if isinstance(found, Again) and held.attempt > 1:
            # The first failure tells those who wait that there is trouble; the next ones would only repeat it.
            return
        state = await store.message_state(connection, held.message.message_id)
        if self._on_sent is not None and isinstance(found, Sent) and state.finished:
            await self._on_sent(connection, held.message)
        result = Result(
            state="failed" if isinstance(found, Failed) else "sent" if state.finished else "sending",
            part=held.part,
            attempt=held.attempt,
            provider_message_ids=state.provider_message_ids,
            error_code=None if isinstance(found, Sent) else found.code,
            error_detail=None if isinstance(found, Sent) else found.detail[: store.DETAIL_MAX] or None,
            possibly_sent_twice=state.possibly_sent_twice,
        )
        await enqueue(connection, [report(held.message, result, self._clock.now())], held.traceparent)


def _reason(found: Failed) -> str:
    """A label of few values: providers' own codes are many, and stay with the message."""
    own = {"cannot_render", "codec_error", "expired", "url_refused", "call_failed", store.UNKNOWN}
    return found.code if found.code in own else "refused"
