"""Runs what is polled, sessions and HTTP: leased, resumed from a stored cursor, each item durable before it moves."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from backbone.channel.port import Account, Request, Session
from backbone.clock import Clock
from backbone.errors import AskHuman, Fenced, FrontdeskError, Retriable, Unavailable, UrlRefused
from backbone.storage.database import Database
from backbone.storage.leases import Lease, acquire, release
from backbone.telemetry.logs import get_logger
from backbone.telemetry.metrics import Metric, Metrics
from gateway.accounts import Served
from gateway.outbound.backoff import Backoff
from gateway.pollers import cursors
from gateway.pollers.http import METHOD, PAUSE_MOST, HttpPolls, Taker, Turn, is_polled

PATIENCE = Backoff(first=timedelta(seconds=5))
NUDGES_MOST = 1000


class Accounts(Protocol):
    def all(self) -> Sequence[Served]: ...

    def by_id(self, account_id: str) -> Served | None: ...


Reach = Callable[[str, int], Awaitable[Sequence[object]]]
"""The addresses of a host and port that a session is about to connect to, checked. Raises `UrlRefused`, or `CallFailed` for an unknown name."""


async def _anywhere(_host: str, _port: int) -> Sequence[object]:
    """For sessions that connect nowhere."""
    return ()


@dataclass(frozen=True, slots=True)
class Rhythm:
    """`every` between polls that brought nothing, `again` after one that did; `whole` bounds one poll.

    A replica that dies leaves its accounts unread for at most `lease`.
    """

    look: timedelta = timedelta(seconds=5)
    every: timedelta = timedelta(seconds=30)
    again: timedelta = timedelta(seconds=1)
    whole: timedelta = timedelta(minutes=10)
    lease: timedelta = timedelta(seconds=60)
    backoff: Backoff = PATIENCE
    at_once: int = 10


class Poller:
    """One coroutine that keeps one task for each polled account. Errors of one account are its own and are visible."""

    def __init__(
        self,
        database: Database,
        accounts: Accounts,
        taker: Taker,
        clock: Clock,
        metrics: Metrics,
        *,
        holder: str,
        rhythm: Rhythm | None = None,
        reach: Reach = _anywhere,
        session_of: Callable[[Served], Session | None] = lambda served: served.channel.session,
        http: HttpPolls | None = None,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._database = database
        self._accounts = accounts
        self._taker = taker
        self._clock = clock
        self._metrics = metrics
        self._holder = holder
        self._rhythm = rhythm or Rhythm()
        self._reach = reach
        self._session_of = session_of
        self._http = http
        self._jitter = jitter
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._nudges: dict[str, asyncio.Event] = {}
        self._passed: dict[str, datetime] = {}
        self._wake = asyncio.Event()
        self._places = asyncio.Semaphore(self._rhythm.at_once)
        self._log = get_logger("poller")

    async def run(self) -> None:
        """Until cancelled: begins with accounts that appear, ends with those that go."""
        try:
            while True:
                self._look()
                await self._pass_nudges_on()
                await self._nap(self._wake, self._rhythm.look)
        finally:
            for task in self._tasks.values():
                task.cancel()
            await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    def wake(self) -> None:
        """Some account was nudged: look now."""
        self._wake.set()

    async def _nap(self, event: asyncio.Event, span: timedelta) -> None:
        """Until the event or for `span`, by the clock of this poller."""
        nap = asyncio.ensure_future(self._clock.sleep(span))
        call = asyncio.ensure_future(event.wait())
        try:
            await asyncio.wait({nap, call}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            nap.cancel()
            call.cancel()
        event.clear()

    async def _pass_nudges_on(self) -> None:
        """Accounts whose provider has said that there is something new, to whichever replica it said so."""
        if self._http is None or not self._nudges:
            return
        with suppress(Retriable):
            async with self._database.transaction(read_only=True) as connection:
                nudged = await cursors.nudged(connection, NUDGES_MOST)
            for account_id, at in nudged.items():
                event = self._nudges.get(account_id)
                # Once a nudge: an account that fails keeps its own pauses.
                if event is not None and self._passed.get(account_id) != at:
                    self._passed[account_id] = at
                    event.set()

    def _look(self) -> None:
        wanted = {served.account.id: served for served in self._accounts.all() if self._is_polled(served)}
        for account_id, task in list(self._tasks.items()):
            if account_id not in wanted:
                task.cancel()
            if task.done():
                del self._tasks[account_id]
                self._nudges.pop(account_id, None)
                self._passed.pop(account_id, None)
        for account_id in wanted.keys() - self._tasks.keys():
            self._tasks[account_id] = asyncio.create_task(self._keep_polling(account_id), name=f"poll {account_id}")

    def _is_polled(self, served: Served) -> bool:
        if self._http is not None and served.usable and is_polled(served):
            return True
        session = self._session_of(served) if served.usable else None
        if session is None:
            return False
        wanted = getattr(session, "wanted", None)
        return wanted is None or bool(wanted(served.account))

    async def _keep_polling(self, account_id: str) -> None:
        failures = 0
        nudged = self._nudges.setdefault(account_id, asyncio.Event())
        while (served := self._accounts.by_id(account_id)) is not None:
            try:
                turn = await self._turn(served)
            except Fenced:
                pause = self._rhythm.look
            except Exception as error:  # noqa: BLE001  a session's bug is this account's trouble only
                failures += 1
                pause = self._rhythm.backoff.pause(failures, self._jitter)
                if isinstance(error, AskHuman | UrlRefused):
                    pause = self._rhythm.backoff.ceiling
                asked = getattr(error, "retry_after", None)
                if asked is not None:
                    pause = max(pause, min(asked, PAUSE_MOST))
                self._log.warning("poll failed", account_id=account_id, failures=failures, exc_info=error)
            else:
                failures = 0
                pause = self._pause_after(turn)
            await self._nap(nudged, pause)

    def _pause_after(self, turn: Turn) -> timedelta:
        if turn.next_at is not None:
            return max(self._rhythm.again, turn.next_at - self._clock.now())
        return self._rhythm.again if turn.brought else self._rhythm.every * (0.75 + self._jitter() / 2)

    async def _turn(self, served: Served) -> Turn:
        """One poll, if the lease is to be had and it is due."""
        async with self._places, self._leased(served.account) as lease:
            if lease is None:
                return Turn(0, None, polled=False)
            channel = served.account.channel
            try:
                async with asyncio.timeout(self._rhythm.whole.total_seconds()):
                    turn = await self._poll(served, lease)
            except Fenced:
                raise
            except Exception as error:
                self._metrics.inc(Metric.GATEWAY_POLLS, channel, "failed")
                await self._note(served, lease, _told(error))
                raise
            if turn.polled:
                self._metrics.inc(Metric.GATEWAY_POLLS, channel, "ok")
                await self._note(served, lease, None)
            return turn

    async def _poll(self, served: Served, lease: Lease) -> Turn:
        if self._http is not None and is_polled(served):
            return await self._http.turn(served, lease)
        session = self._session_of(served)
        assert session is not None
        return Turn(await self._read(session, served, lease), None)

    async def _read(self, session: Session, served: Served, lease: Lease) -> int:
        account = served.account
        places = getattr(session, "places", None)
        reached = {
            (host, port): [str(address) for address in await self._reach(host, port)]
            for host, port in (places(account) if places is not None else ())
        }
        pinned = getattr(session, "pinned", None)
        if pinned is not None:
            session = pinned(reached)
        async with self._database.transaction([account.tenant_id], read_only=True) as connection:
            cursor = await cursors.read(connection, account)
        brought = 0
        items = session.fetch(account, cursor)
        try:
            async for item in items:
                request = Request(METHOD, account.webhook_url, "", (), item.body)
                await self._taker.take(served, request, self._taker.context(served))
                async with self._database.transaction([account.tenant_id]) as connection:
                    await cursors.move(connection, lease, account, item.cursor)
                brought += 1
        finally:
            # A generator left half-way holds its connection until the collector finds it.
            close = getattr(items, "aclose", None)
            if close is not None:
                await close()
        return brought

    async def _note(self, served: Served, lease: Lease, error: str | None) -> None:
        with suppress(Retriable):
            async with self._database.transaction([served.account.tenant_id]) as connection:
                await cursors.note(connection, lease, served.account, error)

    @asynccontextmanager
    async def _leased(self, account: Account) -> AsyncIterator[Lease | None]:
        """The account's lease, renewed while the block runs and let go after it; None while another replica has it.

        Where it can't be renewed the block goes on: the cursor can't be moved without it.
        """
        lease = await self._acquire(account)
        if lease is None:
            yield None
            return
        renewing = asyncio.create_task(self._renew(account))
        try:
            yield lease
        finally:
            renewing.cancel()
            await asyncio.gather(renewing, return_exceptions=True)
            with suppress(Retriable):
                await release(self._database, lease)

    async def _acquire(self, account: Account) -> Lease | None:
        async with self._database.transaction() as connection:
            return await acquire(connection, f"poll/{account.id}", self._holder, self._rhythm.lease)

    async def _renew(self, account: Account) -> None:
        while True:
            await self._clock.sleep(self._rhythm.lease / 3)
            with suppress(Retriable):
                await self._acquire(account)


def _told(error: Exception) -> str:
    """For people: our own errors in their words, all others by their kind, since their texts may quote anything."""
    if isinstance(error, TimeoutError):
        return f"{Unavailable.code}: the poll took too long"
    return f"{error.code}: {error.detail}" if isinstance(error, FrontdeskError) else f"error: {type(error).__name__}"
