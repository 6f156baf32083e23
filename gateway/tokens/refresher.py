"""Has access tokens and renews them before they expire: one call at a time for each account, whatever the replicas."""

import asyncio
import random
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Protocol

from backbone.channel.port import Account, Final, HttpCall, ProviderReply, Transient
from backbone.channel.sources import Token
from backbone.clock import Clock
from backbone.errors import Fenced, FrontdeskError, Retriable
from backbone.storage.crypto import MasterKey
from backbone.storage.database import Connection, Database
from backbone.storage.leases import Lease, acquire, release
from backbone.telemetry.logs import get_logger
from backbone.telemetry.metrics import Metric, Metrics
from gateway.accounts import Served
from gateway.outbound.backoff import Backoff
from gateway.tokens import store

LOOK = timedelta(seconds=5)
LEASE = timedelta(seconds=60)
"""Outlasts a call with its deadline: a replica that dies leaves its account without a renewal for at most this."""
PATIENCE = Backoff(first=timedelta(seconds=5), ceiling=timedelta(minutes=10))
FINAL_PAUSE = timedelta(hours=1)
"""A person must act, and new settings are taken at once; this is for what the provider changes on its side."""
AT_ONCE = 10
ACCOUNTS_A_QUERY = 1000
EARLY_MOST = timedelta(minutes=1)
"""A token younger than this is not renewed for being refused: then it isn't its age that is wrong."""


class Accounts(Protocol):
    def all(self) -> Sequence[Served]: ...

    def by_id(self, account_id: str) -> Served | None: ...


class Caller(Protocol):
    async def call(self, call: HttpCall, account: Account) -> ProviderReply: ...


def has_tokens(served: Served) -> bool:
    """Whether this channel's codec has its access tokens from somewhere."""
    return hasattr(served.channel.codec, "token_call")


class Refresher:
    """One coroutine; each account's call is leased, so that replicas don't use up one another's refresh tokens."""

    def __init__(
        self,
        database: Database,
        master: MasterKey,
        accounts: Accounts,
        caller: Caller,
        clock: Clock,
        metrics: Metrics,
        *,
        holder: str,
        look: timedelta = LOOK,
        backoff: Backoff = PATIENCE,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._database = database
        self._master = master
        self._accounts = accounts
        self._caller = caller
        self._clock = clock
        self._metrics = metrics
        self._holder = holder
        self._look = look
        self._backoff = backoff
        self._jitter = jitter
        self._static: dict[str, int] = {}
        self._channels: set[str] = set()
        self._places = asyncio.Semaphore(AT_ONCE)
        self._wake = asyncio.Event()
        self._rounds = 0
        self._log = get_logger("tokens")

    def wake(self) -> None:
        self._wake.set()

    def progress(self) -> int:
        """Grows while the loop lives; a watchdog compares it."""
        return self._rounds

    async def run(self) -> None:
        """Until cancelled; the database may come and go."""
        while True:
            self._wake.clear()
            try:
                await self.round()
            except Retriable as error:
                self._log.warning("tokens not looked at", code=error.code)
            self._rounds += 1
            with suppress(TimeoutError):
                async with asyncio.timeout(self._look.total_seconds()):
                    await self._wake.wait()

    async def round(self) -> None:
        """Renews what is due now."""
        wanted = [served for served in self._accounts.all() if served.usable and has_tokens(served)]
        self._static = {served.account.id: v for served in wanted if (v := self._static.get(served.account.id))}
        known: dict[str, store.Due] = {}
        for start in range(0, len(wanted), ACCOUNTS_A_QUERY):
            async with self._database.transaction(read_only=True) as connection:
                part = [served.account.id for served in wanted[start : start + ACCOUNTS_A_QUERY]]
                known |= await store.dues(connection, part)
        self._tell(wanted, known)
        due = [served for served in wanted if self._is_due(served, known.get(served.account.id))]
        await asyncio.gather(*(self._renew(served) for served in due))

    def _tell(self, wanted: Sequence[Served], known: Mapping[str, store.Due]) -> None:
        """Whose renewal fails, and how long what they have still lasts: as of before this round's calls."""
        failing: dict[str, list[float]] = {channel: [] for channel in self._channels}
        now = self._clock.now()
        for served in wanted:
            due = known.get(served.account.id)
            left = failing.setdefault(served.account.channel, [])
            if due is not None and due.failures:
                left.append(max(0.0, (due.expires_at - now).total_seconds()) if due.expires_at else 0.0)
        self._channels = set(failing)
        for channel, left in failing.items():
            self._metrics.set(Metric.GATEWAY_TOKENS_FAILING, len(left), channel)
            self._metrics.set(Metric.GATEWAY_TOKEN_LEFT, min(left, default=0.0), channel)

    def _is_due(self, served: Served, due: store.Due | None) -> bool:
        if self._static.get(served.account.id) == served.version:
            return False
        return due is None or due.config_version != served.version or due.refresh_at <= self._clock.now()

    async def _renew(self, served: Served) -> None:
        """One account: its errors are its own, and are written where people see them."""
        async with self._places:
            lease: Lease | None = None
            try:
                async with self._database.transaction() as connection:
                    lease = await acquire(connection, f"token/{served.account.id}", self._holder, LEASE)
                if lease is not None:
                    await self._held(served, lease)
            except (Fenced, Retriable) as error:
                self._log.warning("token not renewed", account_id=served.account.id, code=error.code)
            finally:
                if lease is not None:
                    with suppress(Retriable):
                        await release(self._database, lease)

    async def _held(self, served: Served, lease: Lease) -> None:
        account = served.account
        async with self._database.transaction([account.tenant_id], read_only=True) as connection:
            row = await store.read(connection, self._master, account.id)
        if not self._is_due(served, row[1] if row else None):
            return
        held = row[0] if row else None
        account = replace(account, token=held.token if held else None, refresh_token=held.refresh if held else None)
        now = self._clock.now()
        found = await self._ask(served, account, now)
        if found is None:
            self._static[account.id] = served.version
            return
        async with self._database.transaction([account.tenant_id]) as connection:
            if isinstance(found, Token):
                await store.keep(
                    connection, lease, self._master, tenant_id=account.tenant_id, account_id=account.id,
                    config_version=served.version, token=found, refresh=account.refresh_token, now=now,
                    jitter=self._jitter(),
                )  # fmt: skip
            else:
                await self._note(connection, lease, served, found, row[1].failures + 1 if row else 1)
        self._metrics.inc(
            Metric.GATEWAY_TOKEN_REFRESHES, account.channel, "ok" if isinstance(found, Token) else "failed"
        )

    async def _ask(self, served: Served, account: Account, now: datetime) -> Token | Transient | Final | None:
        """What the provider says; None where the settings hold a token that does not expire. Raises nothing of a codec's."""
        codec: Any = served.channel.codec
        try:
            call = codec.token_call(account, now)
            if call is None:
                return None
            reply = await self._caller.call(call, account)
            found: Token | Transient | Final = codec.token_found(reply, account)
        except FrontdeskError as error:
            return Transient(error.code)
        except Exception as error:  # noqa: BLE001  a codec's bug is this account's trouble only
            self._log.error("token codec failed", channel=account.channel, exc_info=error)
            return Transient("codec_error")
        return found

    async def _note(
        self, connection: Connection, lease: Lease, served: Served, found: Transient | Final, failures: int
    ) -> None:
        final = isinstance(found, Final)
        asked = found.retry_after if isinstance(found, Transient) else None
        pause = FINAL_PAUSE if final else self._backoff.pause(failures, self._jitter, asked)
        account = served.account
        error = f"{found.code}: {found.detail}" if found.detail else found.code
        self._log.warning("no token", account_id=account.id, channel=account.channel, code=found.code, final=final)
        await store.fail(
            connection, lease, tenant_id=account.tenant_id, account_id=account.id, config_version=served.version,
            error=error, again_at=self._clock.now() + pause, needs_person=final,
        )  # fmt: skip


class EarlyRenewal:
    """For whoever is told by a provider that a token is no good: asks for another, at most once a minute."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def __call__(self, account: Account) -> None:
        """Raises nothing: without the database the message waits for the next attempt anyway."""
        with suppress(Retriable):
            async with self._database.transaction([account.tenant_id]) as connection:
                await store.renew_early(connection, account.id, self._clock.now() - EARLY_MOST)
