"""One tenant's stream in this process: read once, kept for a moment, offered to every subscription."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

from agent_api.live import frames
from agent_api.live.items import PAGE, Item, read_items
from agent_api.live.outlet import Sink
from agent_api.live.readers import Fit, Reader
from backbone.clock import Clock
from backbone.errors import Retriable
from backbone.storage.database import Database
from backbone.telemetry import attributes, tracing
from backbone.telemetry.logs import get_logger
from backbone.telemetry.metrics import Metric, Metrics
from schemas.events import EventType

RECENT = 512
"""Items kept for those who come back after a short cut, as most do: they cost no query."""
RESUME_MOST = 20_000
"""Further behind than this, reading lists anew is quicker for everybody than a replay."""

log = get_logger("feed")


@dataclass(eq=False, slots=True)
class Subscription:
    """One reader's place in the stream. `covered`: looked at; `told`: the last number the client knows it has covered."""

    reader: Reader
    sink: Sink
    covered: int
    told: int

    def offer(self, item: Item) -> None:
        """Shows the event if it is this reader's; items come in order, each once."""
        if item.seq <= self.covered:
            return
        self.covered = item.seq
        fit = self.reader.fit(item)
        if fit is Fit.SKIP:
            return
        frame = item.frame(self.reader.view, self.told) if fit is Fit.SHOW else item.left(self.told)
        self.told = item.seq
        self.sink.send(frame)

    def beat(self) -> None:
        """A heartbeat, which also tells how far the stream was looked at."""
        self.told = self.covered
        self.sink.send(frames.ping(self.covered))

    def skip_to(self, head: int, reason: str, epoch: str) -> None:
        """Orders a snapshot and goes on from `head`."""
        self.covered = self.told = head
        self.sink.send(frames.snapshot_required(reason, epoch=epoch, head=head))


Watcher = Callable[[Item], None]
Visitor = tuple[str, str]
"""Account id and the visitor's address on it."""


class Feed:
    """Reads beyond `covered` when woken. Joining is exact: a subscription is at `covered` when it becomes live."""

    def __init__(
        self, tenant_id: str, head: int, epoch: str, database: Database, clock: Clock, metrics: Metrics
    ) -> None:
        self.tenant_id = tenant_id
        self.covered = head
        self.epoch = epoch
        self.subscriptions: set[Subscription] = set()
        self._visitors: dict[Visitor, set[Watcher]] = {}
        self.users = 0
        self._database = database
        self._clock = clock
        self._metrics = metrics
        self._delay = metrics.histogram(Metric.API_DELIVERY_SECONDS)
        self._recent: deque[Item] = deque(maxlen=RECENT)
        self._wake = asyncio.Event()
        self._moved = asyncio.Event()

    def wake(self) -> None:
        self._wake.set()

    def watch(self, visitor: Visitor, watcher: Watcher) -> None:
        """From now on the watcher gets every event of this visitor's conversations beyond `covered`."""
        self._visitors.setdefault(visitor, set()).add(watcher)

    def unwatch(self, visitor: Visitor, watcher: Watcher) -> None:
        watchers = self._visitors.get(visitor, set())
        watchers.discard(watcher)
        if not watchers:
            self._visitors.pop(visitor, None)

    async def run(self) -> None:
        """Until cancelled. With the database away it tries again at the next wake-up; the poll wakes every second."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            try:
                await self._advance()
            except Retriable:
                log.warning("stream_not_read", tenant_id=self.tenant_id)

    async def _advance(self) -> None:
        more = True
        while more:
            async with self._database.transaction([self.tenant_id], read_only=True) as connection:
                items = await read_items(connection, self.covered)
                # Nobody waits for the end of a transaction that changes nothing.
                await self._deliver_all(items)
            more = len(items) == PAGE
        moved, self._moved = self._moved, asyncio.Event()
        moved.set()

    async def _deliver_all(self, items: Sequence[Item]) -> None:
        if items and items[0].seq != self.covered + 1:
            self._jump(items[0].seq - 1)
        for item in items:
            with _span(item):
                self._deliver(item)
            # Between two items others may run; within one, nobody may join.
            if item is not items[-1]:
                await asyncio.sleep(0)

    def _deliver(self, item: Item) -> None:
        self.covered = item.seq
        if item.type == EventType.MESSAGE_DELETED:
            # What was said must not be replayed from memory after it was taken back.
            self._recent.clear()
        self._recent.append(item)
        self._delay.observe(max(0.0, (self._clock.now() - item.at).total_seconds()))
        for subscription in self.subscriptions:
            if item.type == EventType.AGENT_UPDATED:
                _follow_teams(subscription.reader, item)
            subscription.offer(item)
        if item.conversation is not None and self._visitors:
            visitor = (item.conversation["account_id"], item.conversation["contact_address"])
            for watcher in self._visitors.get(visitor, ()):
                watcher(item)

    def _jump(self, to: int) -> None:
        """Events were removed before we read them: nobody can be whole without a snapshot."""
        self.covered = to
        self._recent.clear()
        for subscription in self.subscriptions:
            self._metrics.inc(Metric.API_SNAPSHOTS, "retention")
            subscription.skip_to(to, "retention", self.epoch)

    async def reach(self, seq: int) -> None:
        """Returns once the stream was read up to `seq`, which must exist: another process may have been quicker."""
        while self.covered < seq:
            self.wake()
            await self._moved.wait()

    async def join(self, subscription: Subscription) -> None:
        """Replays what the subscription misses, then makes it live. Raises `Retriable` with the database away."""
        while subscription.covered < self.covered:
            items = list(self._remembered(subscription.covered))
            if not items:
                async with self._database.transaction([self.tenant_id], read_only=True) as connection:
                    items = await read_items(connection, subscription.covered)
            if not items or items[0].seq != subscription.covered + 1:
                self._metrics.inc(Metric.API_SNAPSHOTS, "retention")
                subscription.skip_to(self.covered, "retention", self.epoch)
                break
            for item in items:
                subscription.offer(item)
            await subscription.sink.room()
        self.subscriptions.add(subscription)

    def _remembered(self, after: int) -> Iterator[Item]:
        """Items kept in memory beyond `after`, if they reach back that far; at most a page."""
        if not self._recent or self._recent[0].seq > after + 1:
            return
        found = 0
        for item in self._recent:
            if item.seq > after and found < PAGE:
                found += 1
                yield item


def _span(item: Item) -> AbstractContextManager[object]:
    """The last leg of a message's trace: from its webhook through the bus and the stream to the sockets."""
    if item.traceparent is None:
        return nullcontext()
    parent = tracing.extract((("traceparent", item.traceparent.encode("ascii", "replace")),))
    return tracing.span("deliver", kind="producer", parent=parent, values={attributes.EVENT_TYPE: item.type})


def _follow_teams(reader: Reader, item: Item) -> None:
    if item.data.get("agent_id") == reader.principal.agent_id and "team_ids" in item.data:
        reader.teams = frozenset(item.data["team_ids"])
