"""One poll of a provider over HTTP: page by page, each durable before the cursor moves, within the day's quota."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol, cast

from backbone.channel.port import Account, Context, Final, HttpCall, ProviderReply, Request, Response, Throttled
from backbone.channel.sources import HttpPoll, PollPage
from backbone.clock import Clock
from backbone.errors import ConfigurationInvalid, Unavailable
from backbone.storage.database import Database
from backbone.storage.leases import Lease
from gateway.accounts import Served
from gateway.pollers import cursors
from gateway.pollers.cursors import Standing
from gateway.pollers.quota import Quota, next_poll, nudged_poll
from gateway.tokens.refresher import has_tokens

METHOD = "POLL"
"""The method of the request that a polled item is parsed as; no webhook can have it."""
PAGES_MOST = 20
"""Of one poll: the rest comes with the next one, so that one account can't hold a place for ever."""
EVERY = timedelta(minutes=5)
PAUSE_MOST = timedelta(hours=6)
"""However long a provider wants to be left alone: it may be a mistake."""


class Caller(Protocol):
    async def call(self, call: HttpCall, account: Account) -> ProviderReply: ...


class Taker(Protocol):
    """The gateway's intake behind its signature check."""

    def context(self, served: Served) -> Context: ...

    async def take(self, served: Served, request: Request, context: Context, *, reconciling: bool = False) -> Response:
        """Raises `Retriable` if something could not be made durable."""
        ...


@dataclass(frozen=True, slots=True)
class Turn:
    """What one turn brought; `polled` is False where nothing was asked. `next_at` None leaves the rhythm to the poller."""

    brought: int
    next_at: datetime | None
    polled: bool = True


def is_polled(served: Served) -> bool:
    """Whether the account's provider is asked over HTTP."""
    return served.channel.manifest.poll_every is not None and hasattr(served.channel.codec, "poll_call")


def quota_of(served: Served) -> Quota:
    """The manifest's, or what the account's own settings say, since providers raise quotas on request."""
    manifest, settings = served.channel.manifest, served.account.settings
    per_day = getattr(settings, "poll_quota_per_day", None) or manifest.poll_quota_per_day
    return Quota(per_day, getattr(settings, "poll_quota_zone", None) or manifest.poll_quota_zone)


class HttpPolls:
    """Runs `HttpPoll` codecs for the poller, which holds the account's lease meanwhile."""

    def __init__(
        self,
        database: Database,
        caller: Caller,
        taker: Taker,
        clock: Clock,
        *,
        renew: Callable[[Account], Awaitable[None]] | None = None,
    ) -> None:
        self._database = database
        self._caller = caller
        self._taker = taker
        self._clock = clock
        self._renew = renew
        self._costs: dict[str, int] = {}

    async def turn(self, served: Served, lease: Lease) -> Turn:
        """Polls if the account is due or was nudged.

        Raises `Fenced`, `Unavailable` (with the provider's wish for a pause), `ConfigurationInvalid` where a person must
        act, and what the intake raises. The next poll is planned before the first call, so that one that fails, or kills
        its process, is not repeated at once by another replica.
        """
        account, now, quota = served.account, self._clock.now(), quota_of(served)
        every = served.channel.manifest.poll_every or EVERY
        async with self._database.transaction([account.tenant_id], read_only=True) as connection:
            stands = await cursors.standing(connection, account)
        used = stands.used(quota.day(now))
        cost = self._costs.get(account.id, 1)
        due = _due(stands, quota, used, cost, now)
        if due > now:
            return Turn(0, due, polled=False)
        codec = cast("HttpPoll", served.channel.codec)
        call = codec.poll_call(account, stands.cursor, now)
        if call is None or (has_tokens(served) and account.token is None and self._needs_token(served, now)):
            return Turn(0, now + every, polled=False)
        await self._plan(account, lease, now, next_poll(quota, used=used, cost=cost, every=every, now=now))
        try:
            brought, spent, used = await self._pages(served, lease, call, stands, quota)
        except Unavailable as error:
            if error.retry_after is not None:
                await self._plan(account, lease, now, self._clock.now() + min(error.retry_after, PAUSE_MOST))
            raise
        following = next_poll(quota, used=used, cost=spent, every=every, now=self._clock.now())
        await self._plan(account, lease, now, following, answered=stands.nudged_at)
        return Turn(brought, following)

    def _needs_token(self, served: Served, now: datetime) -> bool:
        codec: Any = served.channel.codec
        return codec.token_call(served.account, now) is not None

    async def _plan(
        self, account: Account, lease: Lease, now: datetime, following: datetime, *, answered: datetime | None = None
    ) -> None:
        async with self._database.transaction([account.tenant_id]) as connection:
            await cursors.plan(connection, lease, account, polled_at=now, next_poll_at=following, answered=answered)

    async def _pages(
        self, served: Served, lease: Lease, first: HttpCall, stands: Standing, quota: Quota
    ) -> tuple[int, int, int]:
        """How many items came, what that cost, and what of the day is used now."""
        account, codec = served.account, cast("HttpPoll", served.channel.codec)
        call: HttpCall | None = first
        cursor, brought, spent = stands.cursor, 0, 0
        day = quota.day(self._clock.now())
        used, left = stands.used(day), PAGES_MOST
        reconciling = served.channel.manifest.ingress != "poll" and stands.cursor is not None
        while call is not None and left > 0:
            reply = await self._caller.call(call, account)
            page = codec.poll_found(account, call, reply, cursor)
            spent += page.cost
            self._costs[account.id] = page.cost
            used = await self._spend(account, lease, quota, page.cost)
            if page.trouble is not None:
                await self._raise(account, reply, page)
            for body in page.bodies:
                request = Request(METHOD, account.webhook_url, "", (), body)
                await self._taker.take(served, request, self._taker.context(served), reconciling=reconciling)
            await self._move(account, lease, page.cursor)
            cursor, brought, left = page.cursor, brought + len(page.bodies), left - 1
            units = quota.left(used)
            call = page.next_call if units is None or units >= page.cost else None
        return brought, spent, used

    async def _spend(self, account: Account, lease: Lease, quota: Quota, cost: int) -> int:
        async with self._database.transaction([account.tenant_id]) as connection:
            return await cursors.spend(connection, lease, account, quota.day(self._clock.now()), cost)

    async def _move(self, account: Account, lease: Lease, cursor: Mapping[str, Any]) -> None:
        async with self._database.transaction([account.tenant_id]) as connection:
            await cursors.move(connection, lease, account, cursor)

    async def _raise(self, account: Account, reply: ProviderReply, page: PollPage) -> None:
        """The trouble as an error of ours; a refused token is renewed first."""
        trouble = page.trouble
        assert trouble is not None
        if reply.status == 401 and account.token is not None and self._renew is not None:
            await self._renew(account)
            raise Unavailable("the provider refused the access token")
        if isinstance(trouble, Final):
            raise ConfigurationInvalid(f"{trouble.code}: {trouble.detail}" if trouble.detail else trouble.code)
        detail = "" if isinstance(trouble, Throttled) else trouble.detail
        raise Unavailable(f"{trouble.code}: {detail}" if detail else trouble.code, retry_after=trouble.retry_after)


def _due(stands: Standing, quota: Quota, used: int, cost: int, now: datetime) -> datetime:
    """`cost` is what the account's last call cost, as far as this process knows."""
    regular = stands.next_poll_at or now
    if stands.nudged_at is None:
        return regular
    return min(regular, nudged_poll(quota, used=used, cost=cost, polled_at=stands.polled_at, now=now))
