"""The hub: this process's one reader of each tenant's stream, and the care of everything that hangs on it."""

import asyncio
import random
from collections import deque
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, Protocol

from pydantic import ValidationError

from agent_api.live.feed import RESUME_MOST, Feed, Subscription
from agent_api.live.frames import HEARTBEAT, Close
from backbone.bus.port import Bus
from backbone.clock import Clock
from backbone.errors import Overloaded, Retriable, Unavailable
from backbone.storage.database import Database
from backbone.storage.wake import STREAM, Listener, heads_heard
from backbone.telemetry.logs import get_logger
from backbone.telemetry.metrics import Metric, Metrics
from backbone.web.auth import Principal, permissions_of
from schemas.events import WakeUp
from schemas.topics import EVENTS

LOOK_EVERY = timedelta(seconds=1)
KEYS_EVERY = timedelta(seconds=2)
"""With the authenticator's memory of 3 s, a revoked key is out of everything within 5 s (C11)."""
MAX_AGE = timedelta(hours=4)
_REACH = timedelta(seconds=5)
SOCKETS_MOST = 20_000
GREETING_MOST = 2_000
SOCKETS_EACH = 20
"""Live connections of one key; one more takes the place of the oldest."""

log = get_logger("hub")


class Connection(Protocol):
    """One live connection, of whatever kind."""

    @property
    def principal(self) -> Principal | None:
        """Who it is, by a key or a session that is checked while the connection lives; None for customers."""
        ...

    subscription: Subscription | None
    opened_at: float
    beat_at: float

    def close(self, code: Close, retry_after: timedelta) -> None:
        """Says why and ends it; the client is asked to come back after that time where it makes sense."""
        ...

    def look(self) -> None:
        """A look each second: a reader that takes nothing is cut."""
        ...

    def beat(self) -> None:
        """A heartbeat."""
        ...


class Hub:
    """Wakes feeds by the database's own notices, which are the quickest, by the bus and, since both may be lost, by a look at
    the heads each second.

    Its `jobs` are run by the process; without them nothing is delivered.
    """

    def __init__(
        self, database: Database, bus: Bus, clock: Clock, metrics: Metrics, *, most: int = SOCKETS_MOST
    ) -> None:
        self._database = database
        self._bus = bus
        self._clock = clock
        self._metrics = metrics
        self._most = most
        self._feeds: dict[str, Feed] = {}
        self._pumps: dict[str, asyncio.Task[None]] = {}
        self._opening = asyncio.Lock()
        self._connections: set[Connection] = set()
        self._by_key: dict[str, deque[Connection]] = {}
        self.epoch = ""
        self._greeting = 0
        self.draining = False
        self.looks = 0

    @property
    def jobs(self) -> Mapping[str, Callable[[], Coroutine[Any, Any, None]]]:
        listener = Listener(self._database, self._heard, self._wake_all, channel=STREAM)
        return {
            "live wake-ups": self.listen,
            "live notices": listener.run,
            "live look": self.watch,
            "live keys": self.watch_keys,
        }

    # ── connections ──────────────────────────────────────────────────────────────────────────────────────────────────
    def enter(self, connection: Connection) -> None:
        """Counts a connection in. Raises `Overloaded` when draining or full; the oldest of a key makes room."""
        if self.draining or len(self._connections) >= self._most:
            raise Overloaded(retry_after=timedelta(seconds=random.uniform(1, 5)))  # noqa: S311  spread, not secrecy
        self._connections.add(connection)
        if connection.principal is not None:
            same = self._by_key.setdefault(connection.principal.key_id, deque())
            same.append(connection)
            if len(same) > SOCKETS_EACH:
                same.popleft().close(Close.DUPLICATE, timedelta(0))

    @contextmanager
    def greeting(self) -> Iterator[None]:
        """Around a handshake that is not authenticated yet; more than 2,000 at once raise `Overloaded`."""
        if self._greeting >= GREETING_MOST:
            raise Overloaded(retry_after=timedelta(seconds=random.uniform(1, 5)))  # noqa: S311  spread, not secrecy
        self._greeting += 1
        try:
            yield
        finally:
            self._greeting -= 1

    def leave(self, connection: Connection) -> None:
        self._connections.discard(connection)
        key_id = "" if connection.principal is None else connection.principal.key_id
        same = self._by_key.get(key_id)
        if same is not None and connection in same:
            same.remove(connection)
            if not same:
                del self._by_key[key_id]

    @property
    def connections(self) -> int:
        return len(self._connections)

    # ── feeds ────────────────────────────────────────────────────────────────────────────────────────────────────────
    async def open(self, tenant_id: str) -> Feed:
        """The tenant's feed, started if need be; give it back with `release`. Raises `Unavailable`."""
        if tenant_id not in self._feeds:
            async with self._opening:
                if tenant_id not in self._feeds:
                    heads, epoch = await self._heads([tenant_id])
                    self._take_epoch(epoch)
                    head = heads.get(tenant_id, (0, 1))[0]
                    feed = Feed(tenant_id, head, self.epoch, self._database, self._clock, self._metrics)
                    self._feeds[tenant_id] = feed
                    self._pumps[tenant_id] = asyncio.create_task(self._pump(feed), name=f"feed {tenant_id}")
        feed = self._feeds[tenant_id]
        feed.users += 1
        return feed

    def release(self, feed: Feed, subscription: Subscription | None = None) -> None:
        """Gives a feed back; the last user ends it."""
        if subscription is not None:
            feed.subscriptions.discard(subscription)
        feed.users -= 1
        if feed.users == 0 and self._feeds.get(feed.tenant_id) is feed:
            del self._feeds[feed.tenant_id]
            self._pumps.pop(feed.tenant_id).cancel()

    async def _pump(self, feed: Feed) -> None:
        """A defect or a slow database while one tenant's stream is read stops nobody else's, and nothing is skipped."""
        while True:
            try:
                await feed.run()
            except Exception as error:
                log.error("feed_failed", tenant_id=feed.tenant_id, exc_info=error)
                await self._clock.sleep(LOOK_EVERY)
                feed.wake()

    async def resume(self, feed: Feed, after: int | None, epoch: str | None) -> tuple[int, str | None]:
        """Where a subscription begins, and why the client needs a snapshot first, if it does. Raises `Retriable`."""
        if after is None:
            return feed.covered, None
        reason = await self._broken(feed, after, epoch)
        if reason is not None:
            self._metrics.inc(Metric.API_SNAPSHOTS, reason)
        self._metrics.inc(Metric.API_RESUMES, "snapshot" if reason else "caught_up")
        return (feed.covered if reason else after), reason

    async def _broken(self, feed: Feed, after: int, epoch: str | None) -> str | None:
        if epoch is not None and epoch != self.epoch:
            return "epoch"
        if after > feed.covered:
            # Another process told this number before we read it, or it is from another history: the database knows.
            head, _, _ = await self.head(feed.tenant_id)
            if after > head:
                return "epoch"
            try:
                async with asyncio.timeout(_REACH.total_seconds()):
                    await feed.reach(after)
            except TimeoutError:
                raise Unavailable("the stream is behind") from None
        return "lag" if feed.covered - after > RESUME_MOST else None

    # ── jobs ─────────────────────────────────────────────────────────────────────────────────────────────────────────
    async def listen(self) -> None:
        """Wake-ups from the bus; a record we can't read is none."""
        async for record in self._bus.tail([EVENTS]):
            try:
                wake_up = WakeUp.model_validate_json(record.value)
            except ValidationError:
                continue
            self._wake(wake_up.tenant_id, wake_up.seq)

    def _heard(self, topic: str, detail: str) -> None:
        if topic != "heads":
            self._wake_all()
            return
        for tenant_id, seq in heads_heard(detail):
            self._wake(tenant_id, seq)

    def _wake(self, tenant_id: str, seq: int) -> None:
        feed = self._feeds.get(tenant_id)
        if feed is not None and seq > feed.covered:
            feed.wake()

    def _wake_all(self) -> None:
        for feed in self._feeds.values():
            feed.wake()

    async def watch(self) -> None:
        """Each second: heads, slow readers, heartbeats, and those who have been here long enough."""
        while True:
            await self._clock.sleep(LOOK_EVERY)
            self.looks += 1
            if self._feeds:
                try:
                    await self._look_at_heads()
                except Retriable:
                    log.warning("heads_not_read")
            now = self._clock.monotonic()
            for connection in list(self._connections):
                connection.look()
                self._care(connection, now)

    def _care(self, connection: Connection, now: float) -> None:
        if now - connection.opened_at >= MAX_AGE.total_seconds():
            connection.close(Close.RESTART, timedelta(seconds=random.uniform(0, 5)))  # noqa: S311  spread
        elif now - connection.beat_at >= HEARTBEAT.total_seconds():
            connection.beat_at = now
            connection.beat()

    async def watch_keys(self) -> None:
        """Every 2 s: whoever's key or session was revoked or is over, or whose role is another now, is cut."""
        while True:
            await self._clock.sleep(KEYS_EVERY)
            held = [(live, live.principal) for live in self._connections if live.principal is not None]
            if not held:
                continue
            ids = sorted({principal.key_id for _, principal in held})
            try:
                async with self._database.transaction(read_only=True) as connection:
                    rows = await connection.fetch("SELECT * FROM live_callers($1::text[])", ids)
            except Retriable:
                log.warning("keys_not_read")
                continue
            good = {row["id"]: (row["role"], permissions_of(row)) for row in rows}
            for live, principal in held:
                if good.get(principal.key_id) != (principal.role, principal.permissions):
                    live.close(Close.UNAUTHENTICATED, timedelta(0))

    async def _look_at_heads(self) -> None:
        heads, epoch = await self._heads(sorted(self._feeds))
        if self._take_epoch(epoch):
            return
        for tenant_id, (head, _) in heads.items():
            self._wake(tenant_id, head)

    def _take_epoch(self, epoch: str) -> bool:
        """True if the database's history is another one now: then everybody must come back."""
        before, self.epoch = self.epoch, epoch
        if not before or before == epoch:
            return False
        log.warning("epoch_changed")
        for connection in list(self._connections):
            connection.close(Close.RESTART, timedelta(seconds=random.uniform(0, 5)))  # noqa: S311  spread
        return True

    async def _heads(self, tenants: list[str]) -> tuple[dict[str, tuple[int, int]], str]:
        """Last and first number of each tenant's stream, and the epoch, in one look."""
        async with self._database.transaction(read_only=True) as connection:
            rows = await connection.fetch(
                "SELECT h.tenant_id, h.last_seq, h.first_seq, e.epoch FROM stream_epoch() AS e (epoch) "
                "LEFT JOIN stream_heads($1::text[]) AS h ON true",
                tenants,
            )
        if not rows or rows[0]["epoch"] is None:
            raise Unavailable("the stream's epoch can't be read")
        found = {row["tenant_id"]: (row["last_seq"], row["first_seq"]) for row in rows if row["tenant_id"] is not None}
        return found, str(rows[0]["epoch"])

    async def head(self, tenant_id: str) -> tuple[int, int, str]:
        """Last number, first number kept, and epoch of a tenant's stream. Raises `Unavailable`."""
        heads, epoch = await self._heads([tenant_id])
        last, first = heads.get(tenant_id, (0, 1))
        return last, first, epoch

    async def drain(self, over: timedelta) -> None:
        """Lets no one in, and asks everybody to come back, spread over the time, so that they don't come all at once."""
        self.draining = True
        leaving = list(self._connections)
        random.shuffle(leaving)
        pause = over / max(1, len(leaving))
        for connection in leaving:
            connection.close(Close.RESTART, timedelta(seconds=random.uniform(0.1, 2.0)))  # noqa: S311  spread
            await self._clock.sleep(pause)
        for pump in self._pumps.values():
            pump.cancel()
